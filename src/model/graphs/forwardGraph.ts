// A graph that runs tokens on a past once: for scoring, for calibration, for prefill and as the reference for decoding.

import { LOGITS_NAME } from "../../common/graphNames";
import { GraphBuilder } from "../../onnx/graphBuilder";
import * as onnx from "../../onnx/operators";
import { declareGpt, type GptOptions } from "../families/architecture";
import { addedPositions, declareCachedInputs } from "../layers/cachedAttention";
import type { ModelFolder } from "../files/modelFolder";

/** Of which tokens the logits are wanted. */
export type LogitsOf = "none" | "last" | "all";

/**
 * Inputs: `tokenIds` int64 [1, T], `lastPosition` and `totalLength` int32 [1], `pastKey0`… and `pastValue0`…
 * [1, numKvHeads, capacity, headDim]. Outputs: `newKey0`…, `newValue0`… [1, numKvHeads, T, headDim] and `logits`
 * [1, T or 1, vocabSize].
 */
export function buildForwardGraph(
  folder: ModelFolder,
  options: GptOptions & { logits: LogitsOf },
): Uint8Array {
  const graph = new GraphBuilder();
  const gpt = declareGpt(graph, folder, options);
  const inputs = declareCachedInputs(graph, gpt.cache);
  const { hidden, present } = gpt.forward(graph, inputs, {
    cacheOnly: options.logits === "none",
  });
  gpt.cache.outputNew(graph, present, addedPositions(graph, inputs));
  if (hidden) {
    const wanted =
      options.logits === "last"
        ? onnx.gather(graph, [hidden, graph.ints([-1])], 1)
        : hidden; // [1, T or 1, embeddingDim]
    graph.output(LOGITS_NAME, gpt.logits(graph, wanted), {
      type: "float32",
      shape: [1, "numLogits", folder.config.vocabSize],
    });
  }
  return graph.toBytes();
}
