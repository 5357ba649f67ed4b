// A tiny model as `inkling import` leaves it: packed weights, a tokenizer, scales for an int8 cache.

import { cpSync, writeFileSync } from "node:fs";
import path from "node:path";
import {
  CALIBRATION_FILE,
  formatCalibration,
} from "../../../src/model/files/calibration";
import { importModel } from "../../../src/model/import/importModel";
import {
  openModelFolder,
  type ModelFolder,
} from "../../../src/model/files/modelFolder";
import type { Packing } from "../../../src/model/import/packing";
import { calibrateKvScales } from "../../../src/engine/calibrate";
import { buildTokenizerFiles } from "../../../src/tokenizer/buildTokenizerFiles";
import { randomTokenIds } from "./tinyGraphs";
import { makeTinyModel, removeTinyModel, TINY_CONFIG } from "./tinyModel";

/** Layers in 4-bit blocks with minimums, rows of the embedding in 8-bit blocks. */
export const LINEAR_PACKING: Packing = {
  kind: "rounded",
  format: { bits: 4, blockSize: 32, hasMinimums: true },
};
export const EMBEDDING_PACKING: Packing = {
  kind: "rounded",
  format: { bits: 8, blockSize: 32, hasMinimums: false },
};

/** Packs a floating-point folder into `directory` and calibrates its cache. */
export async function packModel(
  source: string,
  directory: string,
): Promise<ModelFolder> {
  await importModel({
    source,
    directory,
    buildTokenizerFiles,
    linear: LINEAR_PACKING,
    embedding: EMBEDDING_PACKING,
    name: path.basename(directory),
  });
  const folder = openModelFolder(directory);
  const windows = [1, 2, 3].map((seed) => randomTokenIds(seed, { count: 64 }));
  const scales = await calibrateKvScales(folder, windows, { threads: 1 });
  writeFileSync(
    path.join(directory, CALIBRATION_FILE),
    formatCalibration(scales),
  );
  return folder;
}

/** Makes a random model from `seed` and packs it into `directory`. */
export async function makePackedModel(
  seed: number,
  directory: string,
): Promise<ModelFolder> {
  const source = makeTinyModel(seed, TINY_CONFIG);
  try {
    const tokenizer = path.join(source.directory, "tokenizer.json");
    writeFileSync(tokenizer, "{}");
    return await packModel(source.directory, directory);
  } finally {
    removeTinyModel(source);
  }
}

/** A copy of a model folder, to be changed. */
export function copyModel(folder: ModelFolder, directory: string): ModelFolder {
  cpSync(folder.directory, directory, { recursive: true });
  return openModelFolder(directory);
}
