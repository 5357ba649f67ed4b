// Derives the weights of the prefill graph from a model's own: int8 with one scale per output, the form whose products
// of many rows are two to three times as fast as those of 4-bit blocks. Made once on first load and kept in a cache
// folder; the file is some 130 MB for the embedded model, read by memory mapping.

import { createHash } from "node:crypto";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
} from "node:fs";
import path from "node:path";
import { dequantiseGroup, readFloats } from "./dequantiseGroup";
import { openModelFolder, type ModelFolder } from "./modelFolder";
import { readTensorBytes } from "./safetensors";
import { writeSafetensors, type TensorBatch } from "./safetensorsWriter";
import { countRows } from "./weightGroups";
import {
  allOtherWeights,
  embeddingGroup,
  layerGroups,
  type LinearGroup,
} from "./weightNames";
import { findTensor } from "./weights";

/** Raised when what is derived changes, so that old files are not taken for new ones. */
const DERIVATION_VERSION = 1;
const INT8_MAX = 127;

/** Where the derived folder of a model is, whether it exists or not. */
export function prefillFolderPath(
  folder: ModelFolder,
  cacheFolder: string,
): string {
  return path.join(cacheFolder, `${fileNameOf(folder)}-${fingerprint(folder)}`);
}

/** A model's name may hold characters that a file's name may not. */
function fileNameOf(folder: ModelFolder): string {
  return folder.name.replaceAll(/[^\w.-]/g, "_");
}

/** Opens the derived folder of a model, making it first when it is not there. */
export function openPrefillFolder(
  folder: ModelFolder,
  cacheFolder: string,
): ModelFolder {
  const target = prefillFolderPath(folder, cacheFolder);
  const found = openIfWhole(target);
  if (found) return found;
  derive(folder, target);
  removeOlder(folder, target);
  return openModelFolder(target);
}

/** A folder that a power failure left damaged is removed, to be made again. */
function openIfWhole(target: string): ModelFolder | undefined {
  if (!existsSync(target)) return undefined;
  try {
    return openModelFolder(target);
  } catch {
    rmSync(target, { recursive: true, force: true });
    return undefined;
  }
}

/** Writes into a folder of its own and renames it: a second window that does the same at once loses nothing. */
function derive(folder: ModelFolder, target: string): void {
  mkdirSync(path.dirname(target), { recursive: true });
  const temporary = mkdtempSync(`${target}.partial-`);
  try {
    copyFileSync(
      path.join(folder.directory, "config.json"),
      path.join(temporary, "config.json"),
    );
    writeSafetensors(temporary, batches(folder), {
      maxShardBytes: Number.MAX_SAFE_INTEGER,
    });
    try {
      renameSync(temporary, target);
    } catch (error) {
      if (!existsSync(target)) throw error;
    }
  } finally {
    rmSync(temporary, { recursive: true, force: true });
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
    let largest = 0;
    for (let column = 0; column < numColumns; column++) {
      largest = Math.max(largest, Math.abs(weights[start + column]!));
    }
    const scale = largest / INT8_MAX || 1;
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

/** Tells one state of a model's files from another without reading them whole. */
function fingerprint(folder: ModelFolder): string {
  const hash = createHash("sha256").update(`${DERIVATION_VERSION}`);
  const files = new Set([...folder.tensors.values()].map(({ file }) => file));
  for (const file of [...files].sort()) {
    const { size, mtimeMs } = statSync(file);
    hash.update(`${path.basename(file)} ${size} ${mtimeMs}\n`);
  }
  return hash.digest("hex").slice(0, 16);
}

/** A folder this old that is still unfinished belongs to a process that is gone. */
const MAX_PARTIAL_AGE_MS = 60 * 60 * 1000;

/**
 * Removes what was derived from earlier states of the model, and what was left unfinished long ago; a file still in use
 * on Windows stays until next time.
 */
function removeOlder(folder: ModelFolder, target: string): void {
  const parent = path.dirname(target);
  for (const name of readdirSync(parent)) {
    const [, model, partial] =
      /^(.*)-[0-9a-f]{16}(\.partial-\w+)?$/.exec(name) ?? [];
    const file = path.join(parent, name);
    if (model !== fileNameOf(folder) || file === target) continue;
    try {
      if (partial && Date.now() - statSync(file).mtimeMs < MAX_PARTIAL_AGE_MS) {
        continue;
      }
      rmSync(file, { recursive: true, force: true });
    } catch {
      continue;
    }
  }
}
