// One function per operator, named like it; each adds one node (https://onnx.ai/onnx/operators/).
// Those with a gradient rule beside them are in arithmetic.ts, selection.ts and activations.ts, all of them to be had here;
// operators of ONNX Runtime's own are in contribOperators.ts.

import { int, ints } from "./attributes";
import { unary } from "./arithmetic";
import {
  DATA_TYPES,
  type ElementType,
  type GraphBuilder,
  type Value,
} from "./graphBuilder";

export * from "./activations";
export * from "./arithmetic";
export * from "./selection";

const comparison =
  (opType: string) =>
  (graph: GraphBuilder, [a, b]: [Value, Value]): Value =>
    graph.single(opType, [a, b]);

export const max = comparison("Max");
export const min = comparison("Min");
export const equal = comparison("Equal");
export const less = comparison("Less");
export const greater = comparison("Greater");
export const or = comparison("Or");
export const not = unary("Not");
export const shape = unary("Shape");

export function cast(graph: GraphBuilder, x: Value, to: ElementType): Value {
  return graph.single("Cast", [x], {
    attributes: { to: int(DATA_TYPES[to]) },
  });
}

/** The numbers from `start` up to `limit` by steps of `delta`; all three are scalars. */
export function range(
  graph: GraphBuilder,
  [start, limit, delta]: [Value, Value, Value],
): Value {
  return graph.single("Range", [start, limit, delta]);
}

export function argMax(graph: GraphBuilder, x: Value, axis: number): Value {
  return graph.single("ArgMax", [x], {
    attributes: { axis: int(axis), keepdims: int(1) },
  });
}

/** The `k` largest entries along `axis`, largest first, and their places. */
export function topK(
  graph: GraphBuilder,
  [x, k]: [Value, Value],
  axis: number,
): { values: Value; indices: Value } {
  const [values, indices] = graph.node("TopK", [x, k], {
    attributes: { axis: int(axis) },
    outputs: [true, true],
  });
  return { values: values!, indices: indices! };
}

/** Sum of all entries before each one. */
export function cumSumExclusive(
  graph: GraphBuilder,
  x: Value,
  axis: number,
): Value {
  return graph.single("CumSum", [x, graph.ints([axis], [])], {
    attributes: { exclusive: int(1) },
  });
}

/** Means of the last axis of x [N, C, L] over windows of `size` beside each other: [N, C, L / size]. */
export function averagePool(
  graph: GraphBuilder,
  x: Value,
  size: number,
): Value {
  return graph.single("AveragePool", [x], {
    attributes: { kernel_shape: ints([size]), strides: ints([size]) },
  });
}

/** `a` where `condition` holds, else `b`. */
export function where(
  graph: GraphBuilder,
  [condition, a, b]: [Value, Value, Value],
): Value {
  return graph.single("Where", [condition, a, b]);
}

/** Rounds `x / scale + zeroPoint` into the type of `zeroPoint`, saturating. */
export function quantizeLinear(
  graph: GraphBuilder,
  [x, scale, zeroPoint]: [Value, Value, Value],
): Value {
  return graph.single("QuantizeLinear", [x, scale, zeroPoint]);
}

/** Runs one of two graphs, which see the values around them and have outputs of the same types. */
export function ifElse(
  graph: GraphBuilder,
  condition: Value,
  branches: { then: GraphBuilder; else: GraphBuilder; numOutputs: number },
): Value[] {
  return graph.node("If", [condition], {
    attributes: {
      then_branch: { graph: branches.then },
      else_branch: { graph: branches.else },
    },
    outputs: Array.from({ length: branches.numOutputs }, () => true),
  });
}
