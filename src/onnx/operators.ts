// One function per operator, named like it; each adds one node (https://onnx.ai/onnx/operators/).
// Operators of ONNX Runtime's own are in contribOperators.ts.

import {
  DATA_TYPES,
  type ElementType,
  type GraphBuilder,
  type Value,
} from "./graphBuilder";
import { int, ints } from "./attributes";

const binary =
  (opType: string) =>
  (graph: GraphBuilder, [a, b]: [Value, Value]): Value =>
    graph.single(opType, [a, b]);

const unary =
  (opType: string) =>
  (graph: GraphBuilder, x: Value): Value =>
    graph.single(opType, [x]);

export const add = binary("Add");
export const sub = binary("Sub");
export const mul = binary("Mul");
export const div = binary("Div");
export const max = binary("Max");
export const min = binary("Min");
export const equal = binary("Equal");
export const less = binary("Less");
export const greater = binary("Greater");
export const or = binary("Or");
/** Matrix product over the last two axes. */
export const matMul = binary("MatMul");
export const reshape = binary("Reshape");
export const unsqueeze = binary("Unsqueeze");
export const expand = binary("Expand");

export const abs = unary("Abs");
export const exp = unary("Exp");
export const log = unary("Log");
export const neg = unary("Neg");
export const not = unary("Not");
export const shape = unary("Shape");
export const sigmoid = unary("Sigmoid");
export const tanh = unary("Tanh");

export function cast(graph: GraphBuilder, x: Value, to: ElementType): Value {
  return graph.single("Cast", [x], {
    attributes: { to: int(DATA_TYPES[to]) },
  });
}

/** Product of two matrices, either of them transposed first. */
export function gemm(
  graph: GraphBuilder,
  [a, b]: [Value, Value],
  { transposeA = false, transposeB = false } = {},
): Value {
  return graph.single("Gemm", [a, b], {
    attributes: {
      transA: int(transposeA ? 1 : 0),
      transB: int(transposeB ? 1 : 0),
    },
  });
}

export function transpose(
  graph: GraphBuilder,
  x: Value,
  permutation: number[],
): Value {
  return graph.single("Transpose", [x], {
    attributes: { perm: ints(permutation) },
  });
}

export function concat(
  graph: GraphBuilder,
  parts: Value[],
  axis: number,
): Value {
  return graph.single("Concat", parts, { attributes: { axis: int(axis) } });
}

/** Picks the entries of `x` along `axis` whose places are in `indices`. */
export function gather(
  graph: GraphBuilder,
  [x, indices]: [Value, Value],
  axis: number,
): Value {
  return graph.single("Gather", [x, indices], {
    attributes: { axis: int(axis) },
  });
}

/** Puts `updates` at `indices` of a copy of `x`, along `axis`. */
export function scatterElements(
  graph: GraphBuilder,
  [x, indices, updates]: [Value, Value, Value],
  axis: number,
): Value {
  return graph.single("ScatterElements", [x, indices, updates], {
    attributes: { axis: int(axis) },
  });
}

/** Picks `x[..., indices[...]]` along `axis`, `indices` having the rank of `x`. */
export function gatherElements(
  graph: GraphBuilder,
  [x, indices]: [Value, Value],
  axis: number,
): Value {
  return graph.single("GatherElements", [x, indices], {
    attributes: { axis: int(axis) },
  });
}

/** `x[starts..ends]` along `axis`; the bounds are int64 vectors of one entry. */
export function slice(
  graph: GraphBuilder,
  x: Value,
  { starts, ends, axis }: { starts: Value; ends: Value; axis: number },
): Value {
  return graph.single("Slice", [x, starts, ends, graph.ints([axis])]);
}

/** Splits the last axis into `numParts` equal parts. */
export function splitLast(
  graph: GraphBuilder,
  x: Value,
  numParts: number,
): Value[] {
  return graph.node("Split", [x], {
    attributes: { axis: int(-1), num_outputs: int(numParts) },
    outputs: Array.from({ length: numParts }, () => true),
  });
}

export function softmax(graph: GraphBuilder, x: Value, axis: number): Value {
  return graph.single("Softmax", [x], { attributes: { axis: int(axis) } });
}

export function logSoftmax(graph: GraphBuilder, x: Value, axis: number): Value {
  return graph.single("LogSoftmax", [x], { attributes: { axis: int(axis) } });
}

const reduce =
  (opType: string) =>
  (
    graph: GraphBuilder,
    x: Value,
    { axis, keepDims }: { axis: number; keepDims: boolean },
  ): Value =>
    graph.single(opType, [x, graph.ints([axis])], {
      attributes: { keepdims: int(keepDims ? 1 : 0) },
    });

export const reduceSum = reduce("ReduceSum");
export const reduceMax = reduce("ReduceMax");
export const reduceMean = reduce("ReduceMean");
export const reduceLogSumExp = reduce("ReduceLogSumExp");

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
