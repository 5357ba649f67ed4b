// One function per operator, named like it; each adds one node (https://onnx.ai/onnx/operators/).
// Operators of ONNX Runtime's own are in contribOperators.ts.

import {
  DATA_TYPES,
  type ElementType,
  type GraphBuilder,
  type Value,
} from "./graphBuilder";
import { float, int, ints, text } from "./attributes";
import { absoluteAxis } from "./shapes";

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
export function swapLastAxes(graph: GraphBuilder, x: Value): Value {
  const rank = shapeOf(x).length;
  const axes = Array.from({ length: rank - 2 }, (_, axis) => axis);
  return transpose(graph, x, [...axes, rank - 1, rank - 2]);
}

const unary =
  (opType: string) =>
  (graph: GraphBuilder, x: Value): Value =>
    graph.single(opType, [x]);

export const abs = unary("Abs");
export const erf = unary("Erf");
export const not = unary("Not");
export const reciprocal = unary("Reciprocal");
export const shape = unary("Shape");
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
    ],
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

export function concat(
  graph: GraphBuilder,
  parts: Value[],
  axis: number,
): Value {
  return graph.single("Concat", parts, {
    attributes: { axis: int(axis) },
    gradient: ({ graph, dy }) => {
      let end = 0;
      return parts.map((part) => {
        const start = end;
        end += shapeOf(part).at(axis)!;
        const bounds = { starts: [start], ends: [end] };
        return () =>
          slice(graph, dy, {
            starts: graph.ints(bounds.starts),
            ends: graph.ints(bounds.ends),
            axis,
          });
      });
    },
  });
}

/** Picks the entries of `x` along `axis` whose places are in `indices`. */
export function gather(
  graph: GraphBuilder,
  [x, indices]: [Value, Value],
  axis: number,
): Value {
  return graph.single("Gather", [x, indices], {
    attributes: { axis: int(axis) },
    gradient: ({ graph, dy }) => [
      () => {
        if (axis !== 0) {
          throw new TypeError(
            `Cannot differentiate Gather: axis is ${axis}, expected 0`,
          );
        }
        return scatterRows(graph, { rows: dy, indices, shape: shapeOf(x) });
      },
      undefined,
    ],
  });
}

/** Adds up `rows` at their places in zeros of `shape`: the reverse of a lookup. */
function scatterRows(
  graph: GraphBuilder,
  {
    rows,
    indices,
    shape,
  }: { rows: Value; indices: Value; shape: readonly number[] },
): Value {
  const rowShape = shape.slice(1);
  const places = reshape(graph, [
    indices,
    graph.ints([-1, ...rowShape.map(() => 1)]),
  ]); // [count, 1, ...]
  const flat = graph.ints([shapeOf(places)[0]!, ...rowShape]);
  return scatterElements(
    graph,
    [
      expand(graph, [graph.floats([0]), graph.ints([...shape])]),
      expand(graph, [places, flat]),
      reshape(graph, [rows, flat]),
    ],
    { axis: 0, adds: true },
  );
}

/** Puts `updates` at `indices` of a copy of `x`, along `axis`, or adds them to what is there. */
export function scatterElements(
  graph: GraphBuilder,
  [x, indices, updates]: [Value, Value, Value],
  { axis, adds = false }: { axis: number; adds?: boolean },
): Value {
  return graph.single("ScatterElements", [x, indices, updates], {
    attributes: {
      axis: int(axis),
      ...(adds && { reduction: text("add") }),
    },
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
    gradient: ({ graph, dy }) => [
      () => {
        const shape = graph.ints([...shapeOf(x)]);
        const zeros = expand(graph, [graph.floats([0]), shape]);
        return scatterElements(graph, [zeros, indices, dy], {
          axis,
          adds: true,
        });
      },
      undefined,
    ],
  });
}

/** `x[starts..ends]` along `axis`; the bounds are int64 vectors of one entry. */
export function slice(
  graph: GraphBuilder,
  x: Value,
  { starts, ends, axis }: { starts: Value; ends: Value; axis: number },
): Value {
  return graph.single("Slice", [x, starts, ends, graph.ints([axis])], {
    gradient: ({ graph, dy }) => [
      () => padBack(graph, dy, { x, start: starts.ints?.[0], axis }),
    ],
  });
}

/** Puts zeros where a slice of `x` that begins at `start` left entries out. */
function padBack(
  graph: GraphBuilder,
  gradient: Value,
  { x, start, axis }: { x: Value; start: number | undefined; axis: number },
): Value {
  if (start === undefined || start < 0) {
    throw new TypeError(
      `Cannot differentiate Slice: it begins at ${start ?? "a computed place"}, expected a constant from the front`,
    );
  }
  const shape = shapeOf(x);
  const along = absoluteAxis(axis, shape.length);
  const after = shape[along]! - start - shapeOf(gradient)[along]!;
  const pads = [
    ...shape.map((_, other) => (other === along ? start : 0)),
    ...shape.map((_, other) => (other === along ? after : 0)),
  ];
  return graph.single("Pad", [gradient, graph.ints(pads)]);
}

/** Cuts `x` along `axis` into parts of the given sizes. */
export function split(
  graph: GraphBuilder,
  x: Value,
  { sizes, axis }: { sizes: number[]; axis: number },
): Value[] {
  return graph.node("Split", [x, graph.ints(sizes)], {
    attributes: { axis: int(axis) },
    outputs: sizes.map(() => true),
    gradients: ({ graph, outputs, gradients }) => [
      () => concat(graph, withZeros(graph, outputs, gradients), axis),
    ],
  });
}

/** The gradients, zeros where there is none. */
function withZeros(
  graph: GraphBuilder,
  outputs: readonly Value[],
  gradients: readonly (Value | undefined)[],
): Value[] {
  return outputs.map((output, index) => {
    const shape = graph.ints([...shapeOf(output)]);
    return gradients[index] ?? expand(graph, [graph.floats([0]), shape]);
  });
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
    gradients: ({ graph, outputs, gradients }) => [
      () => concat(graph, withZeros(graph, outputs, gradients), -1),
    ],
  });
}

/** `(x - mean(x)) / sqrt(variance(x) + epsilon) * weight + bias` over the last axis (arXiv:1607.06450). */
export function layerNormalization(
  graph: GraphBuilder,
  [x, weight, bias]: [Value, Value, Value],
  epsilon: number,
): Value {
  return graph.single("LayerNormalization", [x, weight, bias], {
    attributes: { axis: int(-1), epsilon: float(epsilon) },
    gradient: ({ graph, dy }) => {
      const lastAxis = { axis: -1, keepDims: true };
      const { centred, inverse } = standardise(graph, x, epsilon);
      const normalised = mul(graph, [centred, inverse]);
      return [
        () => {
          // inverse (g - mean(g) - normalised mean(g normalised)) with g = dy weight
          const g = mul(graph, [dy, weight]);
          const along = mul(graph, [g, normalised]);
          const share = mul(graph, [
            normalised,
            reduceMean(graph, along, lastAxis),
          ]);
          const mean = reduceMean(graph, g, lastAxis);
          const rest = sub(graph, [sub(graph, [g, mean]), share]);
          return mul(graph, [rest, inverse]);
        },
        () => sumToShapeOf(graph, mul(graph, [dy, normalised]), weight),
        () => sumToShapeOf(graph, dy, bias),
      ];
    },
  });
}

/** `x` minus its mean, and 1 / sqrt(variance + epsilon), over the last axis. */
function standardise(graph: GraphBuilder, x: Value, epsilon: number) {
  const lastAxis = { axis: -1, keepDims: true };
  const centred = sub(graph, [x, reduceMean(graph, x, lastAxis)]);
  const variance = mul(graph, [
    reduceSumSquare(graph, centred, lastAxis),
    graph.floats([1 / shapeOf(x).at(-1)!]),
  ]);
  const shifted = add(graph, [variance, graph.floats([epsilon])]);
  return { centred, inverse: reciprocal(graph, sqrt(graph, shifted)) };
}

/** GELU (arXiv:1606.08415), exact or by its approximation with tanh. */
export function gelu(
  graph: GraphBuilder,
  x: Value,
  approximate: "none" | "tanh",
): Value {
  return graph.single("Gelu", [x], {
    attributes: { approximate: text(approximate) },
    gradient: ({ graph, dy }) => [
      () => {
        const slope =
          approximate === "tanh"
            ? tanhGeluSlope(graph, x)
            : exactGeluSlope(graph, x);
        return mul(graph, [dy, slope]);
      },
    ],
  });
}

const GELU_SCALE = Math.sqrt(2 / Math.PI);
const GELU_CUBIC = 0.044715;

/** Of `x / 2 (1 + tanh(u))` with `u = sqrt(2 / pi) (x + 0.044715 x^3)`. */
function tanhGeluSlope(graph: GraphBuilder, x: Value): Value {
  const constant = (value: number) => graph.floats([value]);
  const square = mul(graph, [x, x]);
  /** sqrt(2 / pi) (1 + factor x^2) */
  const scaled = (factor: number) =>
    add(graph, [
      constant(GELU_SCALE),
      mul(graph, [square, constant(GELU_SCALE * factor)]),
    ]);
  const t = tanh(graph, mul(graph, [x, scaled(GELU_CUBIC)]));
  const inner = scaled(3 * GELU_CUBIC); // du/dx
  const bend = sub(graph, [constant(1), mul(graph, [t, t])]);
  // (1 + t + x (1 - t^2) du/dx) / 2
  const rise = mul(graph, [x, mul(graph, [bend, inner])]);
  const sum = add(graph, [constant(1), add(graph, [t, rise])]);
  return mul(graph, [sum, constant(0.5)]);
}

/** Of `x P(x)` with the normal distribution's P and density p: `P(x) + x p(x)`. */
function exactGeluSlope(graph: GraphBuilder, x: Value): Value {
  const constant = (value: number) => graph.floats([value]);
  const error = erf(graph, mul(graph, [x, constant(Math.SQRT1_2)]));
  const below = mul(graph, [add(graph, [error, constant(1)]), constant(0.5)]);
  const exponent = mul(graph, [mul(graph, [x, x]), constant(-0.5)]);
  const density = mul(graph, [
    exp(graph, exponent),
    constant(1 / Math.sqrt(2 * Math.PI)),
  ]);
  return add(graph, [below, mul(graph, [x, density])]);
}

/** The numbers from `start` up to `limit` by steps of `delta`; all three are scalars. */
export function range(
  graph: GraphBuilder,
  [start, limit, delta]: [Value, Value, Value],
): Value {
  return graph.single("Range", [start, limit, delta]);
}

export function softmax(graph: GraphBuilder, x: Value, axis: number): Value {
  return graph.single("Softmax", [x], {
    attributes: { axis: int(axis) },
    gradient: ({ graph, y, dy }) => [
      () => {
        const weighted = mul(graph, [dy, y]);
        const sum = reduceSum(graph, weighted, { axis, keepDims: true });
        return mul(graph, [y, sub(graph, [dy, sum])]);
      },
    ],
  });
}

export function logSoftmax(graph: GraphBuilder, x: Value, axis: number): Value {
  return graph.single("LogSoftmax", [x], {
    attributes: { axis: int(axis) },
    gradient: ({ graph, y, dy }) => [
      () => {
        const sum = reduceSum(graph, dy, { axis, keepDims: true });
        return sub(graph, [dy, mul(graph, [exp(graph, y), sum])]);
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
