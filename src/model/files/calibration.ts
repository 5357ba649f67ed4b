// Scales of the int8 cache of keys and values: measured on text when a model is imported, kept in calibration.json.

import { existsSync } from "node:fs";
import path from "node:path";
import type { ModelConfig } from "./config";
import type { ModelFolder } from "./modelFolder";
import { readJson } from "../../common/ordinaryFile";

/** One scale per layer and channel (numKvHeads * headDim of them); a cached entry is scale * int8. */
export interface KvScales {
  keys: number[][];
  values: number[][];
}

/** Name of the file in a model folder. */
export const CALIBRATION_FILE = "calibration.json";

/** Reads the scales of a folder; `undefined` when it has none, a `TypeError` when they do not fit the model. */
export function readKvScales(folder: ModelFolder): KvScales | undefined {
  const file = path.join(folder.directory, CALIBRATION_FILE);
  if (!existsSync(file)) return undefined;
  const json = readJson(file) as { kvScales?: Partial<KvScales> } | null;
  const { keys, values } = json?.kvScales ?? {};
  if (!fits(keys, folder.config) || !fits(values, folder.config)) {
    const { numLayers, numKvHeads, headDim } = folder.config;
    throw new TypeError(
      `Cannot read ${file}: kvScales do not fit the model, expected keys and values of ${numLayers} layers with ${numKvHeads * headDim} numbers each above 0, at most ${MAX_SCALE}`,
    );
  }
  return { keys, values };
}

/** The text of a calibration file. */
export function formatCalibration(kvScales: KvScales): string {
  const round = (rows: number[][]) =>
    rows.map((row) => row.map((scale) => Number(scale.toPrecision(5))));
  return `${JSON.stringify({
    kvScales: { keys: round(kvScales.keys), values: round(kvScales.values) },
  })}\n`;
}

/** Keys and values of 127 times as much are in no model. */
const MAX_SCALE = 1e4;

function fits(rows: unknown, config: ModelConfig): rows is number[][] {
  const numChannels = config.numKvHeads * config.headDim;
  return (
    Array.isArray(rows) &&
    rows.length === config.numLayers &&
    rows.every(
      (row) =>
        Array.isArray(row) &&
        row.length === numChannels &&
        row.every(
          (scale) =>
            typeof scale === "number" && scale > 0 && scale <= MAX_SCALE,
        ),
    )
  );
}
