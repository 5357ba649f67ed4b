// The settings that training has unless someone says otherwise, and the check that every run passes.
// The defaults were chosen by measurement on development text (docs/LOG.md). Both the panel and the command line take
// them from here.

import type { Projection, TrainingSettings } from "../protocol/training";
import { settingRanges, type SettingRange } from "./trainingSettings";

/** All linear layers of a decoder layer, by PEFT's names. */
export const PROJECTIONS: readonly Projection[] = [
  "q",
  "k",
  "v",
  "o",
  "gate",
  "up",
  "down",
];

/** What a run has when nothing is chosen; `threads` is for whoever knows the machine. */
export function defaultTrainingSettings(threads: number): TrainingSettings {
  return {
    method: "lora",
    rank: 16,
    alpha: 32,
    projections: [...PROJECTIONS],
    lastLayers: 0,
    learningRate: 2e-3,
    weightDecay: 0.01,
    maxGradientNorm: 1,
    warmupSteps: 10,
    epochs: 2,
    maxMinutes: undefined,
    blockTokens: 256,
    gradientAccumulationSteps: 2,
    seed: 1,
    threads,
  };
}

/** A setting that is a number. */
type NumericSetting = Exclude<keyof TrainingSettings, "method" | "projections">;

/**
 * The ranges of all settings that are numbers; those of the panel's fields are the panel's. A learning rate may be any:
 * one that is too high ends the run with its best.
 */
const trainingSettingRanges: Record<NumericSetting, SettingRange> = {
  ...settingRanges,
  learningRate: { min: 0, max: 1e6, isInteger: false, isOptional: false },
  alpha: { min: 0.001, max: 1024, isInteger: false, isOptional: false },
  weightDecay: { min: 0, max: 10, isInteger: false, isOptional: false },
  maxGradientNorm: { min: 1e-6, max: 1e6, isInteger: false, isOptional: false },
  warmupSteps: { min: 0, max: 100_000, isInteger: true, isOptional: false },
  gradientAccumulationSteps: {
    min: 1,
    max: 1024,
    isInteger: true,
    isOptional: false,
  },
  seed: { min: 0, max: 2 ** 31, isInteger: true, isOptional: false },
  threads: { min: 1, max: 64, isInteger: true, isOptional: false },
};

/** What is wrong with settings, by the setting: nothing when a run may begin with them. */
export function checkSettings(
  settings: TrainingSettings,
): Partial<Record<keyof TrainingSettings, string>> {
  const faults: Partial<Record<keyof TrainingSettings, string>> = {};
  const names = Object.keys(trainingSettingRanges) as NumericSetting[];
  for (const name of names) {
    const fault = checkNumber(settings[name], trainingSettingRanges[name]);
    if (fault) faults[name] = fault;
  }
  if (settings.method === "lora" && settings.projections.length === 0) {
    faults.projections = `found none, expected at least one of ${PROJECTIONS.join(", ")}`;
  }
  for (const name of settings.projections) {
    if (PROJECTIONS.includes(name)) continue;
    faults.projections = `found "${String(name)}", expected ${PROJECTIONS.join(", ")}`;
  }
  return faults;
}

/** Throws an error that names every setting that is out of its range. */
export function requireSoundSettings(settings: TrainingSettings): void {
  const faults = Object.entries(checkSettings(settings));
  if (faults.length === 0) return;
  const list = faults.map(([name, fault]) => `${name}: ${fault}`).join("; ");
  throw new RangeError(`Cannot train with these settings: ${list}`);
}

function checkNumber(
  value: number | undefined,
  { min, max, isInteger, isOptional }: SettingRange,
): string | undefined {
  if (value === undefined && isOptional) return undefined;
  const isSound =
    typeof value === "number" &&
    value >= min &&
    value <= max &&
    (!isInteger || Number.isInteger(value));
  return isSound
    ? undefined
    : `found ${String(value)}, expected ${isInteger ? "a whole number" : "a number"} from ${min} to ${max}`;
}
