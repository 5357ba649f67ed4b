// A graph that says how probable given next tokens are: for bits per character and for comparing graphs.

import type { DecodeInput, ScoringOutput } from "../../common/graphNames";
import { GraphBuilder } from "../../onnx/graphBuilder";
import * as onnx from "../../onnx/operators";
import { declareGpt, type GptOptions } from "../families/architecture";
import { addedPositions, declareCachedInputs } from "../layers/cachedAttention";
import type { ModelFolder } from "../files/modelFolder";

/**
 * Inputs as those of the forward graph, and `targetIds` int64 [1, T]: the token that follows each one. Outputs:
 * `logProbabilities` float [1, T], `bestTokenIds` int64 [1, T], and keys and values of this run's tokens.
 */
export function buildScoringGraph(
  folder: ModelFolder,
  options: GptOptions,
): Uint8Array {
  const graph = new GraphBuilder();
  const gpt = declareGpt(graph, folder, options);
  const inputs = declareCachedInputs(graph, gpt.cache);
  const { hidden, present } = gpt.forward(graph, inputs);
  gpt.cache.outputNew(graph, present, addedPositions(graph, inputs));
  const logits = gpt.logits(graph, hidden!); // [1, T, vocabSize]
  const targets = onnx.unsqueeze(graph, [
    graph.input("targetIds" satisfies DecodeInput, "int64", [1, "T"]),
    graph.ints([2]),
  ]); // [1, T, 1]
  const logProbabilities = onnx.gatherElements(
    graph,
    [onnx.logSoftmax(graph, logits, -1), targets],
    2,
  ); // [1, T, 1]
  const flatShape = graph.ints([1, -1]);
  graph.output(
    "logProbabilities" satisfies ScoringOutput,
    onnx.reshape(graph, [logProbabilities, flatShape]),
    { type: "float32", shape: [1, "T"] },
  );
  graph.output(
    "bestTokenIds" satisfies ScoringOutput,
    onnx.reshape(graph, [onnx.argMax(graph, logits, -1), flatShape]),
    { type: "int64", shape: [1, "T"] },
  );
  return graph.toBytes();
}
