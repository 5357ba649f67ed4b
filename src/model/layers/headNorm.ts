// Normalises queries and keys head by head before they are rotated, as Qwen3 and Gemma 3 do (arXiv:2302.05442, there
// over whole rows).

import * as contrib from "../../onnx/contribOperators";
import type { GraphBuilder, Value } from "../../onnx/graphBuilder";
import * as onnx from "../../onnx/operators";
import type { ModelConfig } from "../files/config";

/** Weights of the two norms, [headDim] each. */
export interface HeadNorms {
  query: Value;
  key: Value;
}

/** Rows of queries, keys and values side by side, [1, T, (numHeads + 2 numKvHeads) headDim], to the same shape. */
export function normaliseHeads(
  graph: GraphBuilder,
  queryKeyValue: Value,
  { norms, config }: { norms: HeadNorms; config: ModelConfig },
): Value {
  const { numHeads, numKvHeads, headDim, normEpsilon } = config;
  const [query, key, value] = onnx.split(graph, queryKeyValue, {
    sizes: [numHeads, numKvHeads, numKvHeads].map((n) => n * headDim),
    axis: -1,
  });
  const normalise = (rows: Value, weight: Value, count: number) => {
    const heads = onnx.reshape(graph, [
      rows,
      graph.ints([1, -1, count, headDim]),
    ]);
    const normalised = contrib.simplifiedLayerNormalization(
      graph,
      [heads, weight],
      normEpsilon,
    );
    return onnx.reshape(graph, [
      normalised,
      graph.ints([1, -1, count * headDim]),
    ]);
  };
  return onnx.concat(
    graph,
    [
      normalise(query!, norms.query, numHeads),
      normalise(key!, norms.key, numKvHeads),
      value!,
    ],
    -1,
  );
}
