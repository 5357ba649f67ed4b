// Attention for training: every token of a block at once, in operators that have gradients, without a cache.
// Several documents may lie behind each other in a block; none sees another.

import * as contrib from "../../onnx/contribOperators";
import type { GraphBuilder, Value } from "../../onnx/graphBuilder";
import * as onnx from "../../onnx/operators";
import type { ModelConfig } from "../files/config";
import type { Attend, RotaryTables } from "./gpt";

/** What is added to a score where a token may not look; its exponential is 0 in float32. */
const HIDDEN_SCORE = -1e9;

/** Attends to the same and earlier tokens of the same document; `documentIds` is int64 [1, T]. */
export function blockAttention(
  root: GraphBuilder,
  config: ModelConfig,
  { documentIds, blockTokens }: { documentIds: Value; blockTokens: number },
): Attend {
  const { numHeads, numKvHeads, headDim } = config;
  const numGroups = numHeads / numKvHeads;
  /** One for each length of window that layers have. */
  const masks = new Map<number | undefined, Value>();
  const maskOf = (window: number | undefined) => {
    const known = masks.get(window);
    if (known) return known;
    const mask = declareMask(root, {
      documentIds,
      blockTokens,
      numKvHeads,
      numGroups,
      window,
    });
    masks.set(window, mask);
    return mask;
  };
  return (
    graph,
    { queryKeyValue, inputs, rotary, scale = 1 / Math.sqrt(headDim), window },
  ) => {
    if (!("positions" in inputs)) {
      throw new TypeError(
        "Cannot attend within a block: the forward pass has a cache, expected positions",
      );
    }
    const { positions } = inputs;
    const sizes = [numHeads, numKvHeads, numKvHeads].map((n) => n * headDim);
    const [query, key, value] = onnx.split(graph, queryKeyValue, {
      sizes,
      axis: -1,
    });
    const heads = (x: Value, count: number) =>
      toHeads(graph, x, [blockTokens, count, headDim]);
    const turn = (x: Value) => rotate(graph, x, { positions, rotary });
    const shape = (...dims: number[]) => graph.ints([1, ...dims]);

    // The query heads that share a key head stand below each other, so that nothing needs to be repeated.
    const grouped = onnx.reshape(graph, [
      onnx.mul(graph, [turn(heads(query!, numHeads)), graph.floats([scale])]),
      shape(numKvHeads, numGroups * blockTokens, headDim),
    ]); // [1, numKvHeads, numGroups T, headDim]
    const keys = turn(heads(key!, numKvHeads)); // [1, numKvHeads, T, headDim]
    const scores = onnx.matMul(graph, [
      grouped,
      onnx.transpose(graph, keys, [0, 1, 3, 2]),
    ]); // [1, numKvHeads, numGroups T, T]
    const shares = onnx.softmax(
      graph,
      onnx.add(graph, [scores, maskOf(window)]),
      -1,
    );
    const mixed = onnx.matMul(graph, [shares, heads(value!, numKvHeads)]); // [1, numKvHeads, numGroups T, headDim]
    const byHead = onnx.reshape(graph, [
      mixed,
      shape(numHeads, blockTokens, headDim),
    ]);
    const byToken = onnx.transpose(graph, byHead, [0, 2, 1, 3]); // [1, T, numHeads, headDim]
    const output = onnx.reshape(graph, [
      byToken,
      shape(blockTokens, numHeads * headDim),
    ]);
    return { output };
  };
}

/** [1, T, count headDim] -> [1, count, T, headDim]. */
function toHeads(
  graph: GraphBuilder,
  x: Value,
  [blockTokens, count, headDim]: [number, number, number],
): Value {
  const shape = graph.ints([1, blockTokens, count, headDim]);
  return onnx.transpose(graph, onnx.reshape(graph, [x, shape]), [0, 2, 1, 3]);
}

function rotate(
  graph: GraphBuilder,
  x: Value,
  { positions, rotary }: { positions: Value; rotary: RotaryTables | undefined },
): Value {
  if (!rotary) return x;
  return contrib.rotaryEmbedding(graph, { x, positions, ...rotary });
}

/** [1, numKvHeads, numGroups T, T]: 0 where a row's token may see a column's, for each of the query heads of a group. */
function declareMask(
  root: GraphBuilder,
  {
    documentIds,
    blockTokens,
    numKvHeads,
    numGroups,
    window,
  }: {
    documentIds: Value;
    blockTokens: number;
    numKvHeads: number;
    numGroups: number;
    window: number | undefined;
  },
): Value {
  const order = Array.from({ length: blockTokens }, (_, i) => i);
  const asRow = (x: Value) =>
    onnx.reshape(root, [x, root.ints([1, 1, 1, blockTokens])]);
  const asColumn = (x: Value) =>
    onnx.reshape(root, [x, root.ints([1, 1, blockTokens, 1])]);
  const places = root.ints(order);
  const isLater = onnx.greater(root, [asRow(places), asColumn(places)]);
  const isForeign = onnx.not(
    root,
    onnx.equal(root, [asRow(documentIds), asColumn(documentIds)]),
  );
  const hidden = [isLater, isForeign];
  if (window !== undefined) {
    const firstSeen = root.ints(order.map((place) => place - window + 1));
    hidden.push(onnx.less(root, [asRow(places), asColumn(firstSeen)]));
  }
  const scores = onnx.where(root, [
    hidden.reduce((all, each) => onnx.or(root, [all, each])),
    root.floats([HIDDEN_SCORE]),
    root.floats([0]),
  ]); // [1, 1, T, T]
  // Whole instead of repeated at each addition, which takes three times as long.
  const forGroup = onnx.concat(
    root,
    Array.from({ length: numGroups }, () => scores),
    2,
  );
  const mask = onnx.concat(
    root,
    Array.from({ length: numKvHeads }, () => forGroup),
    1,
  );
  return {
    ...mask,
    shape: [1, numKvHeads, numGroups * blockTokens, blockTokens],
  };
}
