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
  const probabilities = onnx.softmax(graph, logits, -1);
  return graph.fused("CrossEntropy", [logits], {
    build: () => {
      const chosen = onnx.gatherElements(graph, [logits, targetIds], -1); // [T, 1]
      const surprise = onnx.sub(graph, [
        logSumExp(graph, { logits, probabilities }),
        chosen,
      ]);
      return onnx.reduceSum(graph, onnx.mul(graph, [surprise, weights]), {
        axis: [0, 1],
        keepDims: false,
      });
    },
    // weight (softmax(logits) - oneHot(target)); the sum takes over the product's memory.
    gradient: ({ graph, dy }) => [
      () => {
        const scale = onnx.mul(graph, [weights, dy]); // [T, 1]
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

/**
 * The largest logit minus the logarithm of its probability, which is at least 1 / vocabSize: exact where the target's
 * own probability is 0 in float32, and three times as fast as ReduceLogSumExp. [T, 1]
 */
function logSumExp(
  graph: GraphBuilder,
  { logits, probabilities }: { logits: Value; probabilities: Value },
): Value {
  const lastAxis = { axis: -1, keepDims: true };
  return onnx.sub(graph, [
    onnx.reduceMax(graph, logits, lastAxis),
    onnx.log(graph, onnx.reduceMax(graph, probabilities, lastAxis)),
  ]);
}
