// Matrices as int8 with one scale per output, the form whose products of many rows are the fastest, and what stands
// beside them in derived weights.

import { readTensorBytes } from "../../formats/safetensors";
import type {
  TensorBatch,
  TensorHeader,
} from "../../formats/safetensorsWriter";
import type { ModelFolder } from "../files/modelFolder";
import { countRows, type LinearGroup } from "../files/weightGroups";
import { allOtherWeights, embeddingGroup } from "../files/weightNames";
import { findTensor } from "../files/weights";
import { readFloats } from "./dequantiseGroup";
import { largestMagnitude } from "./rounding";

const INT8_MAX = 127;

/** The tensors of an int8 matrix with its scales. */
export function int8Headers(
  name: string,
  { numInputs, numOutputs }: { numInputs: number; numOutputs: number },
): TensorHeader[] {
  return [
    { name, dtype: "I8", shape: [numInputs, numOutputs] },
    { name: `${name}Scales`, dtype: "F32", shape: [numOutputs] },
  ];
}

/**
 * The tensors of weights [numRows, numColumns] for products `x W^T`: each row rounded by its largest magnitude, the matrix
 * turned.
 */
export function int8Tensors(
  weights: Float32Array,
  group: LinearGroup,
): Uint8Array[] {
  const numRows = countRows(group);
  const { numColumns } = group;
  const matrix = new Int8Array(numRows * numColumns);
  const scales = new Float32Array(numRows);
  for (let row = 0; row < numRows; row++) {
    const start = row * numColumns;
    const end = start + numColumns;
    const scale = largestMagnitude(weights, { start, end }) / INT8_MAX || 1;
    scales[row] = scale;
    for (let column = 0; column < numColumns; column++) {
      matrix[column * numRows + row] = Math.round(
        weights[start + column]! / scale,
      );
    }
  }
  return [bytesOf(matrix), bytesOf(scales)];
}

/** The same for products `dy W`, which gradients are: each column rounded by its own, the matrix as it lies. */
export function int8BackwardTensors(
  weights: Float32Array,
  group: LinearGroup,
): Uint8Array[] {
  const numRows = countRows(group);
  const { numColumns } = group;
  const scales = new Float32Array(numColumns);
  for (let row = 0; row < numRows; row++) {
    for (let column = 0; column < numColumns; column++) {
      const magnitude = Math.abs(weights[row * numColumns + column]!);
      if (magnitude > scales[column]!) scales[column] = magnitude;
    }
  }
  for (let column = 0; column < numColumns; column++) {
    scales[column] = scales[column]! / INT8_MAX || 1;
  }
  const matrix = new Int8Array(numRows * numColumns);
  for (let row = 0; row < numRows; row++) {
    const start = row * numColumns;
    for (let column = 0; column < numColumns; column++) {
      matrix[start + column] = Math.round(
        weights[start + column]! / scales[column]!,
      );
    }
  }
  return [bytesOf(matrix), bytesOf(scales)];
}

/** What is no int8 matrix: the embedding as it is; norms, biases and learned positions as float32. */
export function copiedBatches(folder: ModelFolder): TensorBatch[] {
  const prefix = `${embeddingGroup(folder.config).name}.`;
  const embedding = [...folder.tensors].filter(([name]) =>
    name.startsWith(prefix),
  );
  return [
    ...embedding.map(([name, location]) => ({
      headers: [{ name, dtype: location.dtype, shape: location.shape }],
      load: () => [readTensorBytes(location)],
    })),
    ...allOtherWeights(folder.config).map(({ name, shape }) => ({
      headers: [{ name, dtype: "F32" as const, shape }],
      load: () => [bytesOf(readFloats(findTensor(folder, name, shape)))],
    })),
  ];
}

function bytesOf(view: ArrayBufferView): Uint8Array {
  return new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
}
