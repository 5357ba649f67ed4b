// The three choices that stand in place of numbers, and what each will take: known before the start from the
// amount of text and from how fast this machine has trained before.

import type {
  SettingField,
  TrainingChoice,
  TrainingForecast,
  TrainingSettings,
  TrainingSpeed,
} from "../protocol/training";

/** The fields that a choice fills in. A thorough run ends when held-out text is no longer expected better. */
export const trainingChoices: Record<
  TrainingChoice,
  Pick<Record<SettingField, string>, "maxMinutes" | "epochs">
> = {
  quick: { maxMinutes: "5", epochs: "2" },
  good: { maxMinutes: "20", epochs: "2" },
  thorough: { maxMinutes: "", epochs: "4" },
};

/** In the order in which they are shown. */
export const choiceNames = Object.keys(trainingChoices) as TrainingChoice[];

/** The choice that texts in the fields are; undefined for numbers of one's own. */
export function choiceOf(
  texts: Record<SettingField, string>,
): TrainingChoice | undefined {
  return choiceNames.find((name) => {
    const { maxMinutes, epochs } = trainingChoices[name];
    return texts.maxMinutes.trim() === maxMinutes && texts.epochs === epochs;
  });
}

/** Measuring takes at most about this share of a limited run, */
const MEASURING_SHARE = 0.35;
/** not more than a whole evaluation takes on two cores, */
export const MAX_MEASURING_SECONDS = 150;
/** and writing the result and comparing with the baselines follow it. */
export const ENDING_SECONDS = 6;

/** What is kept of a run's time for measuring and writing. */
export function measuringSeconds(maxSeconds = Infinity): number {
  return (
    Math.min(MEASURING_SHARE * maxSeconds, MAX_MEASURING_SECONDS) +
    ENDING_SECONDS
  );
}

/** Looks at held-out text take about this share of the time of the steps. */
const LOOK_OVERHEAD = 0.15;

/** Foresees a run over `trainingTokens` of text. */
export function forecastOf(
  { epochs, maxMinutes }: Pick<TrainingSettings, "epochs" | "maxMinutes">,
  {
    trainingTokens,
    speed,
  }: { trainingTokens: number; speed: TrainingSpeed | undefined },
): TrainingForecast {
  const limit = maxMinutes === undefined ? undefined : 60 * maxMinutes;
  if (!speed) return { seconds: limit, isAtMost: true };
  const { tokensPerSecond, preparingSeconds } = speed;
  const perToken = (1 + LOOK_OVERHEAD) / tokensPerSecond;
  const around = preparingSeconds + measuringSeconds(limit);
  const whole = epochs * trainingTokens * perToken;
  return {
    seconds: Math.min(limit ?? Infinity, around + whole),
    isAtMost: limit === undefined,
  };
}
