// Sums, products and shapes, one function per operator with its gradient rule: `dy` is the gradient of the loss by the
// output y (graphBuilder.ts). What broadcasting repeated is added up on the way back.

import { int, ints } from "./attributes";
import type { GraphBuilder, Value } from "./graphBuilder";
import { absoluteAxis } from "./shapes";

export function add(graph: GraphBuilder, [a, b]: [Value, Value]): Value {
  return graph.single("Add", [a, b], {
    gradient: ({ graph, dy }) => [
      () => sumToShapeOf(graph, dy, a),
      () => sumToShapeOf(graph, dy, b),
    ],
  });
}

export function sub(graph: GraphBuilder, [a, b]: [Value, Value]): Value {
  return graph.single("Sub", [a, b], {
    gradient: ({ graph, dy }) => [
      () => sumToShapeOf(graph, dy, a),
      () => neg(graph, sumToShapeOf(graph, dy, b)),
    ],
  });
}

export function mul(graph: GraphBuilder, [a, b]: [Value, Value]): Value {
  return graph.single("Mul", [a, b], {
    gradient: ({ graph, dy }) => [
      () => sumToShapeOf(graph, mul(graph, [dy, b]), a),
      () => sumToShapeOf(graph, mul(graph, [dy, a]), b),
    ],
  });
}

export function div(graph: GraphBuilder, [a, b]: [Value, Value]): Value {
  return graph.single("Div", [a, b], {
    gradient: ({ graph, y, dy }) => [
      () => sumToShapeOf(graph, div(graph, [dy, b]), a),
      () => {
        const byB = mul(graph, [dy, div(graph, [y, b])]);
        return neg(graph, sumToShapeOf(graph, byB, b));
      },
    ],
  });
}

/** Matrix product over the last two axes. */
export function matMul(graph: GraphBuilder, [a, b]: [Value, Value]): Value {
  return graph.single("MatMul", [a, b], {
    gradient: ({ graph, dy }) => [
      () => {
        const byA = matMul(graph, [dy, swapLastAxes(graph, b)]);
        return sumToShapeOf(graph, byA, a);
      },
      () => {
        const byB = matMul(graph, [swapLastAxes(graph, a), dy]);
        return sumToShapeOf(graph, byB, b);
      },
    ],
  });
}

/** Product of two matrices, either of them transposed first, plus `addend`, repeated over rows where it is a vector. */
export function gemm(
  graph: GraphBuilder,
  [a, b]: [Value, Value],
  {
    transposeA = false,
    transposeB = false,
    addend,
  }: {
    transposeA?: boolean;
    transposeB?: boolean;
    addend?: Value | undefined;
  } = {},
): Value {
  return graph.single("Gemm", addend ? [a, b, addend] : [a, b], {
    attributes: {
      transA: int(transposeA ? 1 : 0),
      transB: int(transposeB ? 1 : 0),
    },
    // For y = a b: da = dy b^T, db = a^T dy; a transposed side takes the transposed gradient.
    gradient: ({ graph, dy }) => [
      () =>
        transposeA
          ? gemm(graph, [b, dy], { transposeA: transposeB, transposeB: true })
          : gemm(graph, [dy, b], { transposeB: !transposeB }),
      () =>
        transposeB
          ? gemm(graph, [dy, a], { transposeA: true, transposeB: transposeA })
          : gemm(graph, [a, dy], { transposeA: !transposeA }),
      addend && (() => sumToShapeOf(graph, dy, addend)),
    ],
  });
}

/** The same numbers in another shape, an int64 vector in which one entry may be -1. */
export function reshape(
  graph: GraphBuilder,
  [x, target]: [Value, Value],
): Value {
  return graph.single("Reshape", [x, target], {
    gradient: ({ graph, dy }) => [
      () => reshape(graph, [dy, graph.ints([...shapeOf(x)])]),
      undefined,
    ],
  });
}

export function unsqueeze(
  graph: GraphBuilder,
  [x, axes]: [Value, Value],
): Value {
  return graph.single("Unsqueeze", [x, axes], {
    gradient: ({ graph, dy }) => [
      () => reshape(graph, [dy, graph.ints([...shapeOf(x)])]),
      undefined,
    ],
  });
}

/** Repeats entries along dimensions of size 1 until `x` has the shape `target`. */
export function expand(
  graph: GraphBuilder,
  [x, target]: [Value, Value],
): Value {
  return graph.single("Expand", [x, target], {
    gradient: ({ graph, dy }) => [() => sumToShapeOf(graph, dy, x), undefined],
  });
}

export function transpose(
  graph: GraphBuilder,
  x: Value,
  permutation: number[],
): Value {
  return graph.single("Transpose", [x], {
    attributes: { perm: ints(permutation) },
    gradient: ({ graph, dy }) => [
      () => {
        const inverse = permutation.map((_, axis) => permutation.indexOf(axis));
        return transpose(graph, dy, inverse);
      },
    ],
  });
}

/** An operator of one input without a gradient rule. */
export const unary =
  (opType: string) =>
  (graph: GraphBuilder, x: Value): Value =>
    graph.single(opType, [x]);

export const abs = unary("Abs");
export const erf = unary("Erf");
export const reciprocal = unary("Reciprocal");
export const sqrt = unary("Sqrt");

export function identity(graph: GraphBuilder, x: Value): Value {
  return graph.single("Identity", [x], {
    gradient: ({ dy }) => [() => dy],
  });
}

export function neg(graph: GraphBuilder, x: Value): Value {
  return graph.single("Neg", [x], {
    gradient: ({ graph, dy }) => [() => neg(graph, dy)],
  });
}

export function exp(graph: GraphBuilder, x: Value): Value {
  return graph.single("Exp", [x], {
    gradient: ({ graph, y, dy }) => [() => mul(graph, [dy, y])],
  });
}

export function log(graph: GraphBuilder, x: Value): Value {
  return graph.single("Log", [x], {
    gradient: ({ graph, dy }) => [() => div(graph, [dy, x])],
  });
}

export function sigmoid(graph: GraphBuilder, x: Value): Value {
  return graph.single("Sigmoid", [x], {
    gradient: ({ graph, y, dy }) => [
      () => {
        const slope = mul(graph, [y, sub(graph, [graph.floats([1]), y])]);
        return mul(graph, [dy, slope]);
      },
    ],
  });
}

export function tanh(graph: GraphBuilder, x: Value): Value {
  return graph.single("Tanh", [x], {
    gradient: ({ graph, y, dy }) => [
      () => {
        const square = mul(graph, [y, y]);
        return mul(graph, [dy, sub(graph, [graph.floats([1]), square])]);
      },
    ],
  });
}

/** Along which axes a tensor is reduced, and whether they stay with size 1. */
export interface Reduction {
  axis: number | number[];
  keepDims: boolean;
}

const reduce =
  (opType: string) =>
  (graph: GraphBuilder, x: Value, { axis, keepDims }: Reduction): Value =>
    graph.single(opType, [x, graph.ints([axis].flat())], {
      attributes: { keepdims: int(keepDims ? 1 : 0) },
    });

export const reduceMax = reduce("ReduceMax");
export const reduceLogSumExp = reduce("ReduceLogSumExp");
export const reduceSumSquare = reduce("ReduceSumSquare");

export function reduceSum(
  graph: GraphBuilder,
  x: Value,
  { axis, keepDims }: Reduction,
): Value {
  return graph.single("ReduceSum", [x, graph.ints([axis].flat())], {
    attributes: { keepdims: int(keepDims ? 1 : 0) },
    gradient: ({ graph, dy }) => [() => spread(graph, dy, { over: x, axis })],
  });
}

export function reduceMean(
  graph: GraphBuilder,
  x: Value,
  { axis, keepDims }: Reduction,
): Value {
  return graph.single("ReduceMean", [x, graph.ints([axis].flat())], {
    attributes: { keepdims: int(keepDims ? 1 : 0) },
    gradient: ({ graph, dy }) => [
      () => {
        const shape = shapeOf(x);
        const count = [axis].flat().reduce((n, i) => n * shape.at(i)!, 1);
        const share = mul(graph, [dy, graph.floats([1 / count])]);
        return spread(graph, share, { over: x, axis });
      },
    ],
  });
}

/** Repeats what a reduction along `axis` gave, over the shape that it had before. */
function spread(
  graph: GraphBuilder,
  reduced: Value,
  { over, axis }: { over: Value; axis: number | number[] },
): Value {
  const shape = [...shapeOf(over)];
  const gone = [axis].flat().map((i) => absoluteAxis(i, shape.length));
  const kept = shape.map((dim, i) => (gone.includes(i) ? 1 : dim));
  return expand(graph, [
    reshape(graph, [reduced, graph.ints(kept)]),
    graph.ints(shape),
  ]);
}

/** The shape of a value in a differentiable graph. */
export function shapeOf(value: Value): readonly number[] {
  if (!value.shape) {
    throw new TypeError(
      `Cannot differentiate by "${value.name}": its shape is unknown, expected fixed shapes throughout`,
    );
  }
  return value.shape;
}

/** Takes back what broadcasting did: adds up `gradient` along the axes along which `x` was repeated. */
export function sumToShapeOf(
  graph: GraphBuilder,
  gradient: Value,
  x: Value,
): Value {
  const from = shapeOf(gradient);
  const to = shapeOf(x);
  const numAdded = from.length - to.length;
  const axes = from
    .map((_, axis) => axis)
    .filter((axis) => from[axis] !== (to[axis - numAdded] ?? 0));
  if (axes.length === 0) return gradient;
  const sum = reduceSum(graph, gradient, { axis: axes, keepDims: false });
  return axes.length === numAdded
    ? sum
    : reshape(graph, [sum, graph.ints([...to])]);
}

/** The matrices of `x`, transposed. */
function swapLastAxes(graph: GraphBuilder, x: Value): Value {
  const rank = shapeOf(x).length;
  const axes = Array.from({ length: rank - 2 }, (_, axis) => axis);
  return transpose(graph, x, [...axes, rank - 1, rank - 2]);
}
