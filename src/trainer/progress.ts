// What a run says of itself while it goes on: how far all of it is, on one clock over preparing, steps and measuring.

import type { TrainingPhase, TrainingProgress } from "../protocol/training";
import { FIRST_FIT_STEP } from "../training/timePlan";
import type { TrainerNumbers } from "../training/trainer";
import type { RunClock } from "./runClock";

/** Reports a phase, how far it is and, once training has begun, its numbers. */
export type ReportProgress = (
  phase: TrainingPhase,
  fraction: number,
  numbers?: TrainerNumbers,
) => void;

/** What is told oftener is not seen. */
const MIN_MS_BETWEEN = 250;
/** Before so much of measuring is over, its speed says little of the rest. */
const MIN_FRACTION = 0.05;

/** Makes progress events of numbers. */
export function progressReporter(
  send: (progress: TrainingProgress) => void,
  clock: RunClock,
): ReportProgress {
  let last:
    { phase: TrainingPhase; atSeconds: number; news: string } | undefined;
  let phaseStart = clock.seconds;
  let furthest = 0;
  return (phase, fraction, numbers) => {
    const elapsedSeconds = clock.seconds;
    const news = `${numbers?.step} ${numbers && lastHeldOut(numbers)?.step}`;
    if (last?.phase !== phase) phaseStart = elapsedSeconds;
    else if (
      news === last.news &&
      fraction < 1 &&
      1000 * (elapsedSeconds - last.atSeconds) < MIN_MS_BETWEEN
    ) {
      return;
    }
    last = { phase, atSeconds: elapsedSeconds, news };
    const secondsLeft = secondsLeftIn(phase, {
      clock,
      numbers,
      fraction,
      phaseSeconds: elapsedSeconds - phaseStart,
    });
    if (phase === "done") furthest = 1;
    else if (secondsLeft !== undefined) {
      const all = elapsedSeconds + secondsLeft;
      const share = all > 0 ? elapsedSeconds / all : 0;
      furthest = Math.max(furthest, Math.min(0.99, share));
    }
    send({
      phase,
      fraction: furthest,
      elapsedSeconds,
      step: numbers?.step ?? 0,
      steps: numbers && isPlanSure(numbers, clock) ? numbers.plannedSteps : 0,
      tokensPerSecond: numbers ? speedOf(numbers) : 0,
      trainingLoss: numbers?.losses.at(-1)?.training,
      heldOutLoss: numbers && lastHeldOut(numbers),
      secondsLeft,
      residentMb: process.memoryUsage.rss() / 2 ** 20,
    });
  };
}

/** A limited run knows its steps when a few have been timed. */
function isPlanSure({ step }: TrainerNumbers, clock: RunClock): boolean {
  return clock.maxSeconds === undefined || step >= FIRST_FIT_STEP;
}

/** Of the whole run; never more than what is left of its minutes. */
function secondsLeftIn(
  phase: TrainingPhase,
  {
    clock,
    numbers,
    fraction,
    phaseSeconds,
  }: {
    clock: RunClock;
    numbers: TrainerNumbers | undefined;
    fraction: number;
    phaseSeconds: number;
  },
): number | undefined {
  const limit = clock.secondsLeft;
  const needed = (): number | undefined => {
    switch (phase) {
      case "preparing":
      case "measuring-before":
        return clock.expectedSeconds === undefined
          ? undefined
          : clock.expectedSeconds - clock.seconds;
      case "training": {
        if (!numbers || numbers.secondsPerStep === 0) return undefined;
        const steps = numbers.plannedSteps - numbers.step;
        return steps * numbers.secondsPerStep + clock.reservedSeconds;
      }
      case "measuring-after":
        return fraction < MIN_FRACTION
          ? clock.reservedSeconds - phaseSeconds
          : (phaseSeconds * (1 - fraction)) / fraction;
      case "done":
        return 0;
    }
  };
  const seconds = needed() ?? limit;
  if (seconds === undefined) return undefined;
  // What is measured ends by the clock, but for loading: a machine that has become slower is late, and says so.
  const isLate = phase === "measuring-after";
  return Math.max(0, isLate ? seconds : Math.min(seconds, limit ?? Infinity));
}

/** Tokens per second of work on steps. */
export function speedOf({
  trainedTokens,
  trainedSeconds,
}: Pick<TrainerNumbers, "trainedTokens" | "trainedSeconds">): number {
  return trainedSeconds > 0 ? trainedTokens / trainedSeconds : 0;
}

function lastHeldOut({ losses }: TrainerNumbers) {
  const last = losses.findLast(({ heldOut }) => heldOut !== undefined);
  return last && { step: last.step, loss: last.heldOut! };
}
