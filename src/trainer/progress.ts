// What a run says of itself while it goes on.

import type { TrainingPhase, TrainingProgress } from "../protocol/training";
import type { TrainerNumbers } from "../training/trainer";

/** Reports a phase, how far it is and, once training has begun, its numbers. */
export type ReportProgress = (
  phase: TrainingPhase,
  fraction: number,
  numbers?: TrainerNumbers,
) => void;

/** What is told oftener is not seen. */
const MIN_MS_BETWEEN = 250;
/** Before so much of a phase is over, its speed says little of the rest. */
const MIN_FRACTION = 0.05;
const MIN_PHASE_MS = 3_000;

/** Makes progress events of numbers. */
export function progressReporter(
  send: (progress: TrainingProgress) => void,
  {
    maxMinutes = Infinity,
    now = () => performance.now(),
  }: {
    /** Of training; before some steps are done, their number is not fitted to it. */
    maxMinutes?: number | undefined;
    now?: () => number;
  } = {},
): ReportProgress {
  let last: { phase: TrainingPhase; atMs: number } | undefined;
  let phaseStartMs = now();
  return (phase, fraction, numbers) => {
    const atMs = now();
    if (last?.phase !== phase) phaseStartMs = atMs;
    else if (!numbers && fraction < 1 && atMs - last.atMs < MIN_MS_BETWEEN) {
      return;
    }
    last = { phase, atMs };
    send({
      phase,
      fraction,
      step: numbers?.step ?? 0,
      steps: numbers?.plannedSteps ?? 0,
      tokensPerSecond: numbers ? speedOf(numbers) : 0,
      trainingLoss: numbers?.losses.at(-1)?.training,
      heldOutLoss: numbers && lastHeldOut(numbers),
      secondsLeft:
        numbers && phase === "training"
          ? secondsLeft(numbers, 60 * maxMinutes)
          : secondsByFraction(fraction, atMs - phaseStartMs),
      residentMb: process.memoryUsage.rss() / 2 ** 20,
    });
  };
}

/** Of a phase that has no steps, as if the rest went on as what is over. */
function secondsByFraction(
  fraction: number,
  elapsedMs: number,
): number | undefined {
  if (fraction < MIN_FRACTION || elapsedMs < MIN_PHASE_MS) return undefined;
  return ((elapsedMs / 1000) * (1 - fraction)) / fraction;
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

function secondsLeft(
  { step, plannedSteps, secondsPerStep, trainedSeconds }: TrainerNumbers,
  maxSeconds: number,
): number | undefined {
  const allowed = Math.max(0, maxSeconds - trainedSeconds);
  if (step === 0) return Number.isFinite(allowed) ? allowed : undefined;
  return Math.min(allowed, (plannedSteps - step) * secondsPerStep);
}
