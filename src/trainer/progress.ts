// What a run says of itself while it goes on.

import type { TrainingPhase, TrainingProgress } from "../protocol/training";
import type { TrainerNumbers } from "../training/trainer";

/** Reports a phase, how far it is and, once training has begun, its numbers. */
export type ReportProgress = (
  phase: TrainingPhase,
  fraction: number,
  numbers?: TrainerNumbers,
) => void;

/** Makes progress events of numbers. */
export function progressReporter(
  send: (progress: TrainingProgress) => void,
): ReportProgress {
  return (phase, fraction, numbers) =>
    send({
      phase,
      fraction,
      step: numbers?.step ?? 0,
      steps: numbers?.plannedSteps ?? 0,
      tokensPerSecond: numbers ? speedOf(numbers) : 0,
      trainingLoss: numbers?.losses.at(-1)?.training,
      heldOutLoss: numbers && lastHeldOut(numbers),
      secondsLeft:
        numbers && phase === "training" ? secondsLeft(numbers) : undefined,
      residentMb: process.memoryUsage.rss() / 2 ** 20,
    });
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

function secondsLeft({
  step,
  plannedSteps,
  secondsPerStep,
}: TrainerNumbers): number | undefined {
  return step === 0 ? undefined : (plannedSteps - step) * secondsPerStep;
}
