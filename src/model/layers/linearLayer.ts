// Linear layers of a graph: declares a group's weights once as initializers and multiplies by them anywhere below.
// Which operator computes the product follows from how the weights are stored.

import type { ElementType, GraphBuilder, Value } from "../../onnx/graphBuilder";
import * as contrib from "../../onnx/contribOperators";
import * as onnx from "../../onnx/operators";
import path from "node:path";
import { followLink } from "../../common/ordinaryFile";
import { shiftBlocks } from "../quantise/shiftBlocks";
import type { ModelFolder } from "../files/modelFolder";
import type { Dtype, TensorLocation } from "../../formats/safetensors";
import {
  findLinearWeights,
  findTensor,
  type FloatWeights,
  type Int8Weights,
  type PackedWeights,
} from "../files/weights";
import {
  biasWeights,
  countRows,
  type LinearGroup,
} from "../files/weightGroups";

/** How products are computed with packed weights: 4 takes int8 activations, 1 keeps them fp32. */
export type AccuracyLevel = 1 | 4;

/** A linear layer whose weights are declared in the root graph. */
export interface LinearLayer {
  /** [1, T, numColumns] -> [1, T, numRows of all parts]. */
  apply(graph: GraphBuilder, x: Value): Value;
  /** Rows of the weights as float32: token ids [1, T] -> [1, T, numColumns]. */
  gatherRows(graph: GraphBuilder, tokenIds: Value): Value;
}

const ELEMENT_TYPES: Partial<Record<Dtype, ElementType>> = {
  F32: "float32",
  F16: "float16",
  BF16: "bfloat16",
  U8: "uint8",
  I8: "int8",
};

/** Declares a tensor that stays on disk; 16-bit floats are widened to float32 when the session is made. */
export function declareTensor(root: GraphBuilder, location: TensorLocation) {
  const type = ELEMENT_TYPES[location.dtype];
  if (!type) {
    throw new TypeError(
      `Cannot use a tensor of ${location.file}: its dtype is ${location.dtype}, expected ${Object.keys(ELEMENT_TYPES).join(", ")}`,
    );
  }
  const value = root.external(type, location.shape, {
    fileName: path.basename(followLink(location.file)),
    offset: location.offset,
    sizeBytes: location.sizeBytes,
  });
  return type === "float16" || type === "bfloat16"
    ? onnx.cast(root, value, "float32")
    : value;
}

/** Declares a weight outside of linear layers, such as that of a norm, in `root`. */
export function declareWeight(
  root: GraphBuilder,
  folder: ModelFolder,
  { name, shape }: { name: string; shape: number[] },
): Value {
  return declareTensor(root, findTensor(folder, name, shape));
}

/** Columns put between x and its shifts in a packed product, in whole blocks of the same packing. */
export interface FurtherBlocks {
  numBlocks: number;
  /** [numRows, numBlocks, bytes of a block], laid out like the weights, without zero points of their own. */
  packed: Uint8Array<ArrayBuffer>;
  /** [numRows, numBlocks] */
  scales: Float32Array<ArrayBuffer>;
  /** [1, T, numColumns] -> tensors that together are [1, T, numBlocks * blockSize]. */
  columns(graph: GraphBuilder, x: Value): Value[];
}

/** Which weights are declared, and how they are multiplied. */
export interface LinearOptions {
  group: LinearGroup;
  accuracyLevel: AccuracyLevel;
  /** Only for packed weights with accuracy level 4. */
  further?: FurtherBlocks;
}

/** Declares the weights of a group in `root`, its biases too. */
export function declareLinear(
  root: GraphBuilder,
  folder: ModelFolder,
  options: LinearOptions,
): LinearLayer {
  const layer = declareProduct(root, folder, options);
  const biases = biasWeights(options.group).map((weight) =>
    declareWeight(root, folder, weight),
  );
  if (biases.length === 0) return layer;
  const bias = biases.length === 1 ? biases[0]! : onnx.concat(root, biases, 0); // [numRows of all parts]
  return {
    ...layer,
    apply: (graph, x) => onnx.add(graph, [layer.apply(graph, x), bias]),
  };
}

function declareProduct(
  root: GraphBuilder,
  folder: ModelFolder,
  options: LinearOptions,
): LinearLayer {
  const { group } = options;
  const weights = findLinearWeights(folder, group);
  switch (weights.kind) {
    case "float":
      return floatLinear(root, weights, group);
    case "packed":
      return packedLinear(root, weights, options);
    case "int8":
      return int8Linear(root, weights, group);
  }
}

function floatLinear(
  root: GraphBuilder,
  weights: FloatWeights,
  group: LinearGroup,
): LinearLayer {
  const { numColumns } = group;
  const transposeB = !group.isTransposed;
  const matrices = weights.parts.map((part) => declareTensor(root, part)); // each [numRows, numColumns] unless transposed
  const numRows = countRows(group);
  return {
    apply(graph, x) {
      const rows = onnx.reshape(graph, [x, graph.ints([-1, numColumns])]); // [T, numColumns]
      const products = matrices.map((matrix) =>
        onnx.gemm(graph, [rows, matrix], { transposeB }),
      ); // each [T, numRows]
      const product =
        products.length === 1 ? products[0]! : onnx.concat(graph, products, -1);
      return onnx.reshape(graph, [product, graph.ints([1, -1, numRows])]);
    },
    gatherRows: (graph, tokenIds) =>
      onnx.gather(graph, [matrices[0]!, tokenIds], 0),
  };
}

function packedLinear(
  root: GraphBuilder,
  weights: PackedWeights,
  { group, accuracyLevel, further }: LinearOptions,
): LinearLayer {
  const { bits, blockSize, packed } = weights;
  const { numColumns } = group;
  const numRows = packed.shape[0]!;
  const bytes = {
    fileName: path.basename(packed.file),
    offset: packed.offset,
    sizeBytes: packed.sizeBytes,
  };
  const blocks = root.external("uint8", packed.shape, bytes);
  const scales = declareTensor(root, weights.scales); // [numRows, numBlocks]
  const isExact = accuracyLevel === 1;
  if (isExact && further) {
    throw new TypeError(
      `Cannot put further blocks behind ${group.name}: its product is exact, expected accuracy level 4`,
    );
  }
  const exactShifts = isExact
    ? declareExactShifts(root, weights, scales)
    : undefined;
  const widened = widen(root, weights, {
    plain: { blocks, scales, numColumns },
    further,
    hasShifts: !isExact && weights.minimums !== undefined,
  });

  return {
    apply(graph, x) {
      const product = contrib.matMulNBits(
        graph,
        [
          widened.input(graph, x),
          widened.blocks,
          widened.scales,
          widened.zeroPoints,
        ],
        {
          numRows,
          numColumns: widened.numColumns,
          bits,
          blockSize,
          accuracyLevel,
        },
      );
      return exactShifts
        ? onnx.add(graph, [product, exactShifts(graph, x)])
        : product;
    },
    gatherRows(graph, tokenIds) {
      if (weights.minimums) {
        throw new TypeError(
          `Cannot look up rows of ${group.name}: its packing has minimums, expected a symmetric one`,
        );
      }
      const flat = root.external(
        "uint8",
        [numRows, (numColumns * bits) / 8],
        bytes,
      );
      return contrib.gatherBlockQuantized(graph, [flat, tokenIds, scales], {
        bits,
        blockSize,
      });
    },
  };
}

/** The shifts (see `widenByShifts`) as a float32 product of their own: slower, and the reference for the other way. */
function declareExactShifts(
  root: GraphBuilder,
  { bits, blockSize, packed, minimums }: PackedWeights,
  scales: Value,
) {
  if (!minimums) return undefined;
  const numBlocks = packed.shape[1]!;
  const middle = root.floats([2 ** (bits - 1)]);
  const shifts = onnx.transpose(
    root,
    onnx.add(root, [
      declareTensor(root, minimums),
      onnx.mul(root, [scales, middle]),
    ]),
    [1, 0],
  ); // [numBlocks, numRows]
  return (graph: GraphBuilder, x: Value): Value => {
    const blockShape = graph.ints([1, -1, numBlocks, blockSize]);
    const inBlocks = onnx.reshape(graph, [x, blockShape]);
    const sums = onnx.reduceSum(graph, inBlocks, { axis: 3, keepDims: false }); // [1, T, numBlocks]
    return onnx.matMul(graph, [sums, shifts]);
  };
}

/**
 * Puts further columns behind x and further blocks behind the weights, all in one product: a product of its own took a
 * fifth of a decoding step (docs/LOG.md). Two things come in so. Further blocks that are handed in; and minimums, which
 * the operator does not know: scale * q + minimum = scale * (q - middle) + shift, so each block's sum of x times its
 * shift is missing.
 */
function widen(
  root: GraphBuilder,
  weights: PackedWeights,
  {
    plain,
    further,
    hasShifts,
  }: {
    plain: { blocks: Value; scales: Value; numColumns: number };
    further: FurtherBlocks | undefined;
    hasShifts: boolean;
  },
) {
  const numFurther = further?.numBlocks ?? 0;
  const shifts = hasShifts ? shiftBlocks(weights, { numFurther }) : undefined;
  const numRows = weights.packed.shape[0]!;
  const blockBytes = weights.packed.shape[2]!;
  const blocks = [plain.blocks];
  const scales = [plain.scales];
  for (const added of [further, shifts]) {
    if (!added) continue;
    const shape = [numRows, added.numBlocks];
    blocks.push(root.inline("uint8", added.packed, [...shape, blockBytes]));
    scales.push(root.inline("float32", added.scales, shape));
  }
  const join = (parts: Value[]) =>
    parts.length === 1 ? parts[0]! : onnx.concat(root, parts, 1);
  return {
    blocks: join(blocks),
    scales: join(scales),
    zeroPoints:
      shifts &&
      root.inline("uint8", shifts.zeroPoints, [
        numRows,
        shifts.zeroPoints.length / numRows,
      ]),
    numColumns:
      plain.numColumns +
      numFurther * weights.blockSize +
      (shifts?.numShifts ?? 0),
    /** [1, T, numColumns of the group] -> [1, T, numColumns] */
    input(graph: GraphBuilder, x: Value): Value {
      const columns = [x, ...(further?.columns(graph, x) ?? [])];
      if (shifts) columns.push(onnx.averagePool(graph, x, weights.blockSize));
      return columns.length === 1 ? x : onnx.concat(graph, columns, -1);
    },
  };
}

/** Rows of x are divided by their largest magnitude first, so that one fixed scale serves them all. */
const INT8_ACTIVATION_SCALE = 1 / 127;
const INT8_ACTIVATION_ZERO_POINT = 128;
/** What a row of zeros is divided by. */
const LEAST_MAGNITUDE = 1e-20;

function int8Linear(
  root: GraphBuilder,
  weights: Int8Weights,
  group: LinearGroup,
): LinearLayer {
  const declared = {
    matrix: declareTensor(root, weights.matrix),
    scales: declareTensor(root, weights.scales),
  };
  return {
    apply: (graph, x) => int8Product(graph, x, declared),
    gatherRows() {
      throw new TypeError(
        `Cannot look up rows of ${group.name}: it is stored for products alone`,
      );
    },
  };
}

/** `x` [..., K] times int8 `matrix` [K, N] with one scale per column [N]; rows of x are rounded to 8 bits. */
export function int8Product(
  graph: GraphBuilder,
  x: Value,
  { matrix, scales }: { matrix: Value; scales: Value },
): Value {
  const aScale = graph.floats([INT8_ACTIVATION_SCALE]);
  const aZeroPoint = graph.inline(
    "uint8",
    Uint8Array.of(INT8_ACTIVATION_ZERO_POINT),
    [],
  );
  const magnitude = onnx.max(graph, [
    onnx.reduceMax(graph, onnx.abs(graph, x), { axis: -1, keepDims: true }),
    graph.floats([LEAST_MAGNITUDE]),
  ]); // [..., 1]
  const a = onnx.quantizeLinear(graph, [
    onnx.div(graph, [x, magnitude]),
    aScale,
    aZeroPoint,
  ]);
  const product = contrib.matMulIntegerToFloat(graph, {
    a,
    b: matrix,
    aScale,
    bScale: scales,
    aZeroPoint,
  });
  return onnx.mul(graph, [product, magnitude]);
}
