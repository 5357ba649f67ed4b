// Shapes of the values of a differentiable graph: some gradient rules need them, and training graphs have fixed ones.
// An operator that is not here, or whose inputs have no known shape, gives values without one.

type Shape = readonly number[];
type MaybeShape = Shape | undefined;

/** What is known of a value, and of an attribute (see graphBuilder.ts). */
interface Value {
  readonly shape?: MaybeShape;
  readonly ints?: Shape;
}
interface Attribute {
  readonly int?: number;
  readonly ints?: readonly number[];
  readonly [key: string]: unknown;
}

/** A node before its outputs have names. */
interface NodeInputs {
  opType: string;
  inputs: readonly (Value | undefined)[];
  attributes: Record<string, Attribute>;
}

/** The shape of each output; where all are alike, one stands for them. */
export function inferShapes(node: NodeInputs): readonly MaybeShape[] {
  const { opType, inputs, attributes } = node;
  const x = inputs[0]?.shape;
  const second = inputs[1];
  switch (opType) {
    case "Add":
    case "Sub":
    case "Mul":
    case "Div":
      return [broadcastShapes(x, second?.shape)];
    case "MatMul":
      return [matMulShape(x, second?.shape)];
    case "Gemm":
      return [gemmShape([x, second?.shape], attributes)];
    case "Reshape":
      return [reshaped(x, second?.ints)];
    case "Expand":
      return [broadcastShapes(x, second?.ints)];
    case "Transpose":
      return [x && listOf(attributes.perm).map((axis) => x[axis]!)];
    case "Concat":
      return [concatShape(inputs, numberOf(attributes.axis))];
    case "Split":
      return splitShapes(x, second?.ints, attributes);
    case "Slice":
      return [sliceShape(x, inputs)];
    case "Gather":
      return [gatherShape([x, second?.shape], numberOf(attributes.axis))];
    case "Unsqueeze":
      return [x && second?.ints && unsqueezed(x, second.ints)];
    case "GatherElements":
      return [second?.shape];
    case "ReduceSum":
    case "ReduceMean":
    case "ReduceMax":
    case "ReduceSumSquare":
    case "ReduceLogSumExp":
      return [reducedShape(x, second?.ints, attributes)];
    default:
      return KEEPS_SHAPE.has(opType) ? [x] : [undefined];
  }
}

const KEEPS_SHAPE = new Set([
  "Abs",
  "Cast",
  "Erf",
  "Exp",
  "Gelu",
  "Identity",
  "LayerNormalization",
  "Log",
  "LogSoftmax",
  "Neg",
  "QuickGelu",
  "Reciprocal",
  "RotaryEmbedding",
  "ScatterElements",
  "Sigmoid",
  "SimplifiedLayerNormalization",
  "SkipSimplifiedLayerNormalization",
  "Softmax",
  "Sqrt",
  "Tanh",
]);

/** The shape of the result of an operator that repeats entries of either side along dimensions of size 1. */
function broadcastShapes(a: MaybeShape, b: MaybeShape): MaybeShape {
  if (!a || !b) return undefined;
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, axis) => {
    const left = a[axis - rank + a.length] ?? 1;
    const right = b[axis - rank + b.length] ?? 1;
    return left === 1 ? right : left;
  });
}

/** The axis counted from the front. */
export function absoluteAxis(axis: number, rank: number): number {
  return axis < 0 ? axis + rank : axis;
}

function matMulShape(a: MaybeShape, b: MaybeShape): MaybeShape {
  const batch = broadcastShapes(a?.slice(0, -2), b?.slice(0, -2));
  return batch && [...batch, a!.at(-2)!, b!.at(-1)!];
}

function gemmShape(
  [a, b]: [MaybeShape, MaybeShape],
  { transA, transB }: Record<string, Attribute>,
): MaybeShape {
  if (!a || !b) return undefined;
  return [a[numberOf(transA) ? 1 : 0]!, b[numberOf(transB) ? 0 : 1]!];
}

function reshaped(x: MaybeShape, target: MaybeShape): MaybeShape {
  if (!target || !x) return undefined;
  const known = target.reduce(
    (product, dim) => (dim === -1 ? product : product * dim),
    1,
  );
  const size = x.reduce((product, dim) => product * dim, 1);
  return target.map((dim) => (dim === -1 ? size / known : dim));
}

function concatShape(
  inputs: readonly (Value | undefined)[],
  axis: number,
): MaybeShape {
  const shapes = inputs.map((value) => value?.shape);
  const first = shapes[0];
  if (!first || !shapes.every((shape) => shape !== undefined)) return undefined;
  const along = absoluteAxis(axis, first.length);
  return first.with(
    along,
    shapes.reduce((sum, shape) => sum + shape[along]!, 0),
  );
}

function splitShapes(
  x: MaybeShape,
  sizes: MaybeShape,
  { axis, num_outputs }: Record<string, Attribute>,
): MaybeShape[] {
  if (!x) return [undefined];
  const along = absoluteAxis(numberOf(axis), x.length);
  if (sizes) return sizes.map((size) => x.with(along, size));
  return [x.with(along, x[along]! / numberOf(num_outputs))];
}

function sliceShape(
  x: MaybeShape,
  [, starts, ends, axes]: readonly (Value | undefined)[],
): MaybeShape {
  const axis = axes?.ints?.[0];
  const start = starts?.ints?.[0];
  const end = ends?.ints?.[0];
  if (!x || axis === undefined || start === undefined || end === undefined) {
    return undefined;
  }
  return x.with(absoluteAxis(axis, x.length), end - start);
}

function gatherShape(
  [x, indices]: [MaybeShape, MaybeShape],
  axis: number,
): MaybeShape {
  return (
    x && indices && [...x.slice(0, axis), ...indices, ...x.slice(axis + 1)]
  );
}

function unsqueezed(x: Shape, axes: Shape): Shape {
  const rank = x.length + axes.length;
  const added = new Set(axes.map((axis) => absoluteAxis(axis, rank)));
  const rest = x.values();
  return Array.from({ length: rank }, (_, axis) =>
    added.has(axis) ? 1 : rest.next().value!,
  );
}

function reducedShape(
  x: MaybeShape,
  axes: MaybeShape,
  { keepdims }: Record<string, Attribute>,
): MaybeShape {
  if (!x || !axes) return undefined;
  const gone = new Set(axes.map((axis) => absoluteAxis(axis, x.length)));
  return numberOf(keepdims)
    ? x.map((dim, axis) => (gone.has(axis) ? 1 : dim))
    : x.filter((_, axis) => !gone.has(axis));
}

function numberOf(attribute: Attribute | undefined): number {
  return attribute?.int ?? 0;
}

function listOf(attribute: Attribute | undefined): readonly number[] {
  return attribute?.ints ?? [];
}
