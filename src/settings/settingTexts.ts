// The settings as texts in fields, and as numbers for a run.

import { defaultTrainingSettings } from "./defaultTrainingSettings";
import type { SettingField, TrainingSettings } from "../protocol/training";
import { choiceOf, trainingChoices } from "./trainingChoices";
import {
  readTrainingSetting,
  settingFields,
  type SettingFault,
} from "./trainingSettings";

type Texts = Record<SettingField, string>;

/** What is wrong with each field. */
export function settingErrors(
  texts: Texts,
): Partial<Record<SettingField, SettingFault>> {
  const errors: Partial<Record<SettingField, SettingFault>> = {};
  for (const field of settingFields) {
    const reading = readTrainingSetting(field, texts[field]);
    if ("fault" in reading) errors[field] = reading.fault;
  }
  return errors;
}

/** Texts without fault as settings of a run; what has no field is as by default. */
export function settingsOf(texts: Texts, threads: number): TrainingSettings {
  const defaults = defaultTrainingSettings(threads);
  const number = (field: SettingField): number | undefined => {
    const reading = readTrainingSetting(field, texts[field]);
    if ("value" in reading) return reading.value;
    throw new RangeError(
      `Cannot train: ${field} is "${texts[field]}", ${reading.fault}`,
    );
  };
  const rank = number("rank") ?? defaults.rank;
  return {
    ...defaults,
    rank,
    // The scale alpha / rank stays, so that a change of the rank alone does not change how far a step goes.
    alpha: (defaults.alpha / defaults.rank) * rank,
    epochs: number("epochs") ?? defaults.epochs,
    maxMinutes: number("maxMinutes"),
    learningRate: number("learningRate") ?? defaults.learningRate,
    lastLayers: number("lastLayers") ?? defaults.lastLayers,
    blockTokens: number("blockTokens") ?? defaults.blockTokens,
  };
}

const TIMES_THE_MINUTES = 3;
const TIMES_THE_EPOCHS = 2;

/** What a run takes that goes on longer than one with these texts: the next choice, else as far as a field allows. */
export function longerSettings(texts: Texts): Partial<Texts> {
  const choice = choiceOf(texts);
  if (choice === "quick") return trainingChoices.good;
  if (choice === "good") return trainingChoices.thorough;
  const longer = (field: "maxMinutes" | "epochs", times: number) => {
    const reading = readTrainingSetting(field, texts[field]);
    if (!("value" in reading) || reading.value === undefined) return undefined;
    const text = String(Math.ceil(reading.value * times));
    return "value" in readTrainingSetting(field, text)
      ? { [field]: text }
      : { [field]: texts[field] };
  };
  return (
    longer("maxMinutes", TIMES_THE_MINUTES) ??
    longer("epochs", TIMES_THE_EPOCHS) ??
    {}
  );
}
