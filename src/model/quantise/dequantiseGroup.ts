// A linear group of a model folder as fp32, whatever its layout on disk: for export, and for weights derived from it.

import { assertNever } from "../../common/assertNever";
import type { ModelFolder } from "../files/modelFolder";
import { unpack } from "./packedMatrix";
import {
  readTensorBytes,
  type TensorLocation,
} from "../../formats/safetensors";
import {
  dequantise,
  isWeightFormat,
  toUint16s,
} from "../../formats/weightFormats";
import type { LinearGroup } from "../files/weightNames";
import { findLinearWeights, type PackedWeights } from "../files/weights";

/** Reads a group as fp32: [rows of all parts below each other, numColumns]. */
export function dequantiseGroup(
  folder: ModelFolder,
  group: LinearGroup,
): Float32Array {
  const weights = findLinearWeights(folder, group);
  switch (weights.kind) {
    case "float":
      return joinParts(
        weights.parts.map((part) =>
          group.isTransposed
            ? transposeMatrix(readFloats(part), group.numColumns)
            : readFloats(part),
        ),
      );
    case "packed":
      return unpackGroup(group, weights);
    case "int8":
      throw new TypeError(
        `Cannot read "${group.name}" of ${folder.directory} as fp32: it holds weights derived for prefill, expected the model's own`,
      );
    default:
      return assertNever(weights);
  }
}

/** Reads a floating-point tensor as fp32. */
export function readFloats(location: TensorLocation): Float32Array {
  if (!isWeightFormat(location.dtype)) {
    throw new TypeError(
      `Cannot read a tensor of ${location.file}: its type is ${location.dtype}, expected F32, F16 or BF16`,
    );
  }
  return dequantise(readTensorBytes(location), location.dtype);
}

/** Turns a matrix of `numRows` rows. */
export function transposeMatrix(
  matrix: Float32Array,
  numRows: number,
): Float32Array {
  const numColumns = matrix.length / numRows;
  const turned = new Float32Array(matrix.length);
  for (let row = 0; row < numRows; row++) {
    for (let column = 0; column < numColumns; column++) {
      turned[column * numRows + row] = matrix[row * numColumns + column]!;
    }
  }
  return turned;
}

function joinParts(parts: Float32Array[]): Float32Array {
  if (parts.length === 1) return parts[0]!;
  const joined = new Float32Array(
    parts.reduce((sum, part) => sum + part.length, 0),
  );
  let start = 0;
  for (const part of parts) {
    joined.set(part, start);
    start += part.length;
  }
  return joined;
}

function unpackGroup(
  group: LinearGroup,
  { bits, blockSize, packed, scales, minimums }: PackedWeights,
): Float32Array {
  return unpack({
    bits,
    blockSize,
    numRows: packed.shape[0]!,
    numColumns: group.numColumns,
    packed: readTensorBytes(packed),
    scales: toUint16s(readTensorBytes(scales)),
    minimums: minimums && toUint16s(readTensorBytes(minimums)),
  });
}
