// Finds the weights of a linear group in a model folder, float or packed, and checks that their sizes fit the config.
//
// A packed group `name` has these tensors (K = numColumns, N = rows of all parts, blocks of `blockSize` along K):
//   name.packed    U8  [N, K / blockSize, blockSize * bits / 8], 4-bit values two to a byte, the lower half first
//   name.scales    F16 [N, K / blockSize]
//   name.minimums  F16 [N, K / blockSize], optional
// A weight is scale * q + minimum, and without minimums scale * (q - 2^(bits - 1)).

import type { ModelFolder } from "./modelFolder";
import type { TensorLocation } from "../../formats/safetensors";
import { countRows, floatShape, type LinearGroup } from "./weightGroups";

/** A group as fp32, fp16 or bf16 matrices, one per part: [numRows, numColumns], or transposed if the group says so. */
export interface FloatWeights {
  kind: "float";
  parts: TensorLocation[];
}

/** A group in the packed layout that `MatMulNBits` takes. */
export interface PackedWeights {
  kind: "packed";
  bits: 4 | 8;
  blockSize: number;
  packed: TensorLocation;
  scales: TensorLocation;
  minimums: TensorLocation | undefined;
}

/** A group as one int8 matrix, the form that the prefill graph takes (prefillWeights.ts derives it). */
export interface Int8Weights {
  kind: "int8";
  /** I8 [numColumns, numRows of all parts]. */
  matrix: TensorLocation;
  /** F32 [numRows]: one scale per output. */
  scales: TensorLocation;
}

/** Behind a group's name: its int8 matrix for the forward pass of training, and that for the backward one. */
export const FORWARD_SUFFIX = ".int8Forward";
export const BACKWARD_SUFFIX = ".int8Backward";

export type LinearWeights = FloatWeights | PackedWeights | Int8Weights;

/** Looks up a group's weights; throws when they are missing or of another size than the config says. */
export function findLinearWeights(
  folder: ModelFolder,
  group: LinearGroup,
): LinearWeights {
  if (folder.tensors.has(`${group.name}.int8`)) {
    return findInt8(folder, group);
  }
  const packed = folder.tensors.get(`${group.name}.packed`);
  return packed
    ? findPacked(folder, group, packed)
    : {
        kind: "float",
        parts: group.parts.map((part) =>
          findTensor(folder, `${part.name}.weight`, floatShape(group, part)),
        ),
      };
}

/** Looks up one tensor by name; throws unless it is there with that shape. */
export function findTensor(
  folder: ModelFolder,
  name: string,
  shape: number[],
): TensorLocation {
  const location = folder.tensors.get(name);
  if (!location) {
    throw new Error(
      `Cannot use model ${folder.directory}: tensor "${name}" is missing, expected shape [${shape.join(", ")}]`,
    );
  }
  if (location.shape.join() !== shape.join()) {
    throw new RangeError(
      `Cannot use model ${folder.directory}: tensor "${name}" has shape [${location.shape.join(", ")}], expected [${shape.join(", ")}] as config.json asks for`,
    );
  }
  return location;
}

function findInt8(folder: ModelFolder, group: LinearGroup): Int8Weights {
  const numRows = countRows(group);
  return {
    kind: "int8",
    matrix: findTensor(folder, `${group.name}.int8`, [
      group.numColumns,
      numRows,
    ]),
    scales: findTensor(folder, `${group.name}.int8Scales`, [numRows]),
  };
}

function findPacked(
  folder: ModelFolder,
  group: LinearGroup,
  packed: TensorLocation,
): PackedWeights {
  const numRows = countRows(group);
  const numBlocks = packed.shape[1] ?? 0;
  const blockSize = group.numColumns / numBlocks;
  const bits = ((packed.shape[2] ?? 0) * 8) / blockSize;
  if (
    packed.shape[0] !== numRows ||
    !Number.isInteger(blockSize) ||
    (bits !== 4 && bits !== 8)
  ) {
    throw new RangeError(
      `Cannot use model ${folder.directory}: tensor "${group.name}.packed" has shape [${packed.shape.join(", ")}], expected 4 or 8 bits of ${numRows} rows and ${group.numColumns} columns in equal blocks`,
    );
  }
  const shape = [numRows, numBlocks];
  const minimums = `${group.name}.minimums`;
  return {
    kind: "packed",
    bits,
    blockSize,
    packed,
    scales: findTensor(folder, `${group.name}.scales`, shape),
    minimums: folder.tensors.has(minimums)
      ? findTensor(folder, minimums, shape)
      : undefined,
  };
}
