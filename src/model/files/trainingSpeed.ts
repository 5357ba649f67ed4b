// How fast this machine has trained, kept beside the weights that training prepares: a forecast before the next run.
// One line for each model and size; a file that cannot be read is none.

import { readFileSync } from "node:fs";
import path from "node:path";
import { writeFileAtomically } from "../../common/atomicFile";

const FILE = "training-speed.json";

/** Speed depends on these. */
export interface SpeedKey {
  modelFolder: string;
  blockTokens: number;
  lastLayers: number;
  rank: number;
}

/** As it was measured. */
export interface KeptSpeed {
  tokensPerSecond: number;
  /** Until the first step. */
  preparingSeconds: number;
}

/** The newest speed of runs like this one; undefined where there was none. */
export function readTrainingSpeed(
  cacheFolder: string,
  key: SpeedKey,
): KeptSpeed | undefined {
  const kept = readAll(cacheFolder)[textOf(key)];
  return isSpeed(kept) ? kept : undefined;
}

/** Keeps it for the next run. */
export function keepTrainingSpeed(
  cacheFolder: string,
  key: SpeedKey,
  { tokensPerSecond, preparingSeconds }: KeptSpeed,
): void {
  const all = {
    ...readAll(cacheFolder),
    [textOf(key)]: { tokensPerSecond, preparingSeconds },
  };
  writeFileAtomically(path.join(cacheFolder, FILE), JSON.stringify(all));
}

function textOf({ modelFolder, blockTokens, lastLayers, rank }: SpeedKey) {
  return [path.resolve(modelFolder), blockTokens, lastLayers, rank].join("|");
}

function readAll(cacheFolder: string): Record<string, unknown> {
  try {
    const text = readFileSync(path.join(cacheFolder, FILE), "utf8");
    const all: unknown = JSON.parse(text);
    return typeof all === "object" && all !== null ? { ...all } : {};
  } catch {
    return {};
  }
}

function isSpeed(value: unknown): value is KeptSpeed {
  if (typeof value !== "object" || value === null) return false;
  const { tokensPerSecond, preparingSeconds } = value as Partial<KeptSpeed>;
  const isCount = (number: unknown) =>
    typeof number === "number" && Number.isFinite(number) && number >= 0;
  return (
    isCount(preparingSeconds) &&
    isCount(tokensPerSecond) &&
    tokensPerSecond! > 0
  );
}
