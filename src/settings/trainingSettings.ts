// The settings of training that a person may change, with their ranges: read from text, checked while it is typed.
// Knows no words: a fault is a code that the host turns into a sentence.

import type { SettingField } from "../protocol/training";

/** A range of numbers; `isOptional` allows an empty text. */
export interface SettingRange {
  min: number;
  max: number;
  isInteger: boolean;
  isOptional: boolean;
}

/** Ranges of all fields, in the order in which they are shown. */
export const settingRanges: Record<SettingField, SettingRange> = {
  epochs: { min: 0.1, max: 100, isInteger: false, isOptional: false },
  maxMinutes: { min: 1, max: 1440, isInteger: false, isOptional: true },
  rank: { min: 1, max: 64, isInteger: true, isOptional: false },
  learningRate: { min: 1e-6, max: 1e-2, isInteger: false, isOptional: false },
  lastLayers: { min: 0, max: 100, isInteger: true, isOptional: false },
  blockTokens: { min: 32, max: 1024, isInteger: true, isOptional: false },
};

/** The fields in the order in which they are shown. */
export const settingFields = Object.keys(settingRanges) as SettingField[];

/** What was wrong with a text. */
export type SettingFault = "not-a-number" | "not-whole" | "out-of-range";

/** A number, nothing where that is allowed, or what is wrong with the text. */
export type SettingReading =
  { value: number | undefined } | { fault: SettingFault };

/** Reads one field as a person typed it; a comma counts as a decimal point. */
export function readTrainingSetting(
  field: SettingField,
  text: string,
): SettingReading {
  const range = settingRanges[field];
  const trimmed = text.trim().replace(",", ".");
  if (trimmed === "" && range.isOptional) return { value: undefined };
  if (!/^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i.test(trimmed)) {
    return { fault: "not-a-number" };
  }
  const value = Number(trimmed);
  if (range.isInteger && !Number.isInteger(value)) {
    return { fault: "not-whole" };
  }
  if (value < range.min || value > range.max) {
    return { fault: "out-of-range" };
  }
  return { value };
}
