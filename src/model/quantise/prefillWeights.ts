// Derives the weights of the prefill graph from a model's own: int8 with one scale per output, the form whose products
// of many rows are two to three times as fast as those of 4-bit blocks. Made once on first load and kept in a cache
// folder; the file is some 130 MB for the embedded model, read by memory mapping.

import path from "node:path";
import { stampOf } from "../files/baseHash";
import {
  findDerivedFolder,
  isAsWritten,
  openDerivedFolder,
  type Derivation,
} from "../files/derivedFolder";
import { dequantiseGroup, readFloats } from "./dequantiseGroup";
import type { ModelFolder } from "../files/modelFolder";
import { largestMagnitude } from "./rounding";
import { readTensorBytes } from "../../formats/safetensors";
import type { TensorBatch } from "../../formats/safetensorsWriter";
import { countRows } from "../files/weightGroups";
import {
  allOtherWeights,
  embeddingGroup,
  layerGroups,
  type LinearGroup,
} from "../files/weightNames";
import { findTensor } from "../files/weights";

const DERIVATION: Derivation = { suffix: "", version: 1, batches };
const INT8_MAX = 127;

/** The derived folder of a model as its files are now, unchecked; undefined where none is known. */
export function findPrefillFolder(
  folder: ModelFolder,
  cacheFolder: string,
): string | undefined {
  return findDerivedFolder(folder, { derivation: DERIVATION, cacheFolder });
}

/** Opens the derived folder of a model, making it first when it is not there or not what was written. */
export function openPrefillFolder(
  folder: ModelFolder,
  cacheFolder: string,
): ModelFolder {
  return openDerivedFolder(folder, { derivation: DERIVATION, cacheFolder });
}

/** The state of the derived weights' file; another one when they were made anew. */
export function stampPrefill(directory: string): string {
  return stampOf(path.join(directory, "model.safetensors"));
}

/** Whether the derived weights that were loaded still are those, and what was written: reads all of them. */
export function isPrefillSound({
  directory,
  stamp,
}: {
  directory: string;
  stamp: string;
}): boolean {
  try {
    return stampPrefill(directory) === stamp && isAsWritten(directory);
  } catch {
    return false; // They are gone.
  }
}

function batches(folder: ModelFolder): TensorBatch[] {
  const { config } = folder;
  const result = [...copiedBatches(folder)];
  for (let layer = 0; layer < config.numLayers; layer++) {
    for (const group of Object.values(layerGroups(config, layer))) {
      const numRows = countRows(group);
      result.push({
        headers: [
          {
            name: `${group.name}.int8`,
            dtype: "I8",
            shape: [group.numColumns, numRows],
          },
          { name: `${group.name}.int8Scales`, dtype: "F32", shape: [numRows] },
        ],
        load: () => quantiseByRow(folder, group, numRows),
      });
    }
  }
  return result;
}

/** The embedding as it is; norms, biases and learned positions as float32. */
function* copiedBatches(folder: ModelFolder): Generator<TensorBatch> {
  const prefix = `${embeddingGroup(folder.config).name}.`;
  for (const [name, location] of folder.tensors) {
    if (!name.startsWith(prefix)) continue;
    yield {
      headers: [{ name, dtype: location.dtype, shape: location.shape }],
      load: () => [readTensorBytes(location)],
    };
  }
  for (const { name, shape } of allOtherWeights(folder.config)) {
    yield {
      headers: [{ name, dtype: "F32", shape }],
      load: () => [bytesOf(readFloats(findTensor(folder, name, shape)))],
    };
  }
}

/** Rounds each row [numColumns] by its largest magnitude and turns the matrix: int8 [numColumns, numRows]. */
function quantiseByRow(
  folder: ModelFolder,
  group: LinearGroup,
  numRows: number,
): Uint8Array[] {
  const { numColumns } = group;
  const weights = dequantiseGroup(folder, group);
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

function bytesOf(view: ArrayBufferView): Uint8Array {
  return new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
}
