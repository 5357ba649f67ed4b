// The loss of language models, as one operator: its parts would each keep a tensor of the size of the logits,
// which for 256 tokens and a vocabulary of 49,152 is 50 MB.

import type { GraphBuilder, Value } from "./graphBuilder";
import * as onnx from "./operators";

/** What the loss is made of. */
export interface CrossEntropyInputs {
  /** [T, vocabSize] */
  logits: Value;
  /** int64 [T, 1] */
  targetIds: Value;
  /** [T, 1]; 0 leaves a position out. */
  weights: Value;
}

/** Sum over positions of weight times the negative log-likelihood of the target, in nats: a scalar. */
export function crossEntropy(
  graph: GraphBuilder,
  { logits, targetIds, weights }: CrossEntropyInputs,
): Value {
  return graph.fused("CrossEntropy", [logits], {
    build: () => {
      const total = onnx.reduceLogSumExp(graph, logits, {
        axis: -1,
        keepDims: true,
      }); // [T, 1]
      const chosen = onnx.gatherElements(graph, [logits, targetIds], -1); // [T, 1]
      const surprise = onnx.sub(graph, [total, chosen]);
      return onnx.reduceSum(graph, onnx.mul(graph, [surprise, weights]), {
        axis: [0, 1],
        keepDims: false,
      });
    },
    // weight (softmax(logits) - oneHot(target)); the product and the sum take over the softmax's memory.
    gradient: ({ graph, dy }) => [
      () => {
        const scale = onnx.mul(graph, [weights, dy]); // [T, 1]
        const probabilities = onnx.softmax(graph, logits, -1);
        return onnx.scatterElements(
          graph,
          [
            onnx.mul(graph, [probabilities, scale]),
            targetIds,
            onnx.neg(graph, scale),
          ],
          { axis: -1, adds: true },
        );
      },
    ],
  });
}
