// Linear layers of a graph: declares a group's weights once as initializers and multiplies by them anywhere below.
// Which operator computes the product follows from how the weights are stored.

import type { ElementType, GraphBuilder, Value } from "../onnx/graphBuilder";
import * as contrib from "../onnx/contribOperators";
import * as onnx from "../onnx/operators";
import path from "node:path";
import type { ModelFolder } from "./modelFolder";
import type { Dtype, TensorLocation } from "./safetensors";
import {
  findLinearWeights,
  type FloatWeights,
  type Int8Weights,
  type PackedWeights,
} from "./weights";
import type { LinearGroup } from "./weightNames";

/** How products are computed with packed weights: 4 takes int8 activations, 1 keeps them fp32. */
export type AccuracyLevel = 1 | 4;

/** A linear layer without bias whose weights are declared in the root graph. */
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
    fileName: path.basename(location.file),
    offset: location.offset,
    sizeBytes: location.sizeBytes,
  });
  return type === "float16" || type === "bfloat16"
    ? onnx.cast(root, value, "float32")
    : value;
}

/** Declares the weights of `group` in `root`. */
export function declareLinear(
  root: GraphBuilder,
  folder: ModelFolder,
  options: { group: LinearGroup; accuracyLevel: AccuracyLevel },
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
  { numColumns, parts }: LinearGroup,
): LinearLayer {
  const matrices = weights.parts.map((part) => declareTensor(root, part)); // each [numRows, numColumns]
  const numRows = parts.reduce((sum, part) => sum + part.numRows, 0);
  return {
    apply(graph, x) {
      const rows = onnx.reshape(graph, [x, graph.ints([-1, numColumns])]); // [T, numColumns]
      const products = matrices.map((matrix) =>
        onnx.gemm(graph, [rows, matrix], { transposeB: true }),
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
  {
    group,
    accuracyLevel,
  }: { group: LinearGroup; accuracyLevel: AccuracyLevel },
): LinearLayer {
  const { bits, blockSize, packed } = weights;
  const { numColumns } = group;
  const [numRows, numBlocks] = packed.shape as [number, number, number];
  const bytes = {
    fileName: path.basename(packed.file),
    offset: packed.offset,
    sizeBytes: packed.sizeBytes,
  };
  const blocks = root.external("uint8", packed.shape, bytes);
  const scales = declareTensor(root, weights.scales); // [numRows, numBlocks]
  const packing = { numRows, numColumns, bits, blockSize, accuracyLevel };

  // MatMulNBits knows no fractional zero point: scale * q + minimum = scale * (q - middle) + shift, and the shifts
  // go through a small product of their own with the sums of x over each block.
  const middle = 2 ** (bits - 1);
  let shifts: Value | undefined;
  if (weights.minimums) {
    const offset = onnx.mul(root, [scales, root.floats([middle])]);
    const minimums = declareTensor(root, weights.minimums);
    shifts = onnx.transpose(root, onnx.add(root, [minimums, offset]), [1, 0]); // [numBlocks, numRows]
  }

  return {
    apply(graph, x) {
      const product = contrib.matMulNBits(graph, [x, blocks, scales], packing);
      if (!shifts) return product;
      const blockShape = graph.ints([1, -1, numBlocks, blockSize]);
      const inBlocks = onnx.reshape(graph, [x, blockShape]);
      const sums = onnx.reduceSum(graph, inBlocks, {
        axis: 3,
        keepDims: false,
      }); // [1, T, numBlocks]
      return onnx.add(graph, [product, onnx.matMul(graph, [sums, shifts])]);
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

/** Rows of x are divided by their largest magnitude first, so that one fixed scale serves them all. */
const INT8_ACTIVATION_SCALE = 1 / 127;
const INT8_ACTIVATION_ZERO_POINT = 128;

function int8Linear(
  root: GraphBuilder,
  weights: Int8Weights,
  group: LinearGroup,
): LinearLayer {
  const matrix = declareTensor(root, weights.matrix); // [numColumns, numRows]
  const bScale = declareTensor(root, weights.scales); // [numRows]
  return {
    apply(graph, x) {
      const aScale = graph.floats([INT8_ACTIVATION_SCALE]);
      const aZeroPoint = graph.inline(
        "uint8",
        Uint8Array.of(INT8_ACTIVATION_ZERO_POINT),
        [],
      );
      const magnitude = onnx.max(graph, [
        onnx.reduceMax(graph, onnx.abs(graph, x), { axis: -1, keepDims: true }),
        graph.floats([1e-8]),
      ]); // [1, T, 1]
      const a = onnx.quantizeLinear(graph, [
        onnx.div(graph, [x, magnitude]),
        aScale,
        aZeroPoint,
      ]);
      const product = contrib.matMulIntegerToFloat(graph, {
        a,
        b: matrix,
        aScale,
        bScale,
        aZeroPoint,
      });
      return onnx.mul(graph, [product, magnitude]);
    },
    gatherRows() {
      throw new TypeError(
        `Cannot look up rows of ${group.name}: it is stored for products alone`,
      );
    },
  };
}
