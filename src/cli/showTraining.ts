// A training run's progress on stderr: on a terminal a line in place, elsewhere one line every so often.

import type { TrainingProgress } from "../protocol/training";
import type { RunListener } from "../trainer/prepareRun";
import { describeSkipped } from "./trainingWords";

/** Seconds between two lines where nobody watches. */
const LINE_EVERY_SECONDS = 10;

const PHASES: Record<TrainingProgress["phase"], string> = {
  preparing: "Preparing",
  "measuring-before": "Measuring the model as it is",
  training: "Training",
  "measuring-after": "Measuring what was learned",
  done: "Done",
};

/** A listener that writes to stderr. */
export function showTraining(
  write: (text: string) => void = (text) => process.stderr.write(text),
  isTerminal = process.stderr.isTTY === true,
): RunListener {
  let phase = "";
  let lastLineMs = 0;
  let lastStep = -1;
  return {
    onProgress(progress) {
      if (progress.phase !== phase) {
        phase = progress.phase;
        write(`${isTerminal ? "\r\x1b[K" : ""}${PHASES[progress.phase]}\n`);
      }
      if (progress.phase === "done") return;
      const evaluation = progress.heldOutLoss;
      const isNew = evaluation !== undefined && evaluation.step !== lastStep;
      const now = Date.now();
      const isDue = now - lastLineMs >= 1000 * LINE_EVERY_SECONDS;
      if (!isTerminal && !isDue && !isNew) return;
      lastLineMs = now;
      if (isNew) lastStep = evaluation.step;
      const end = isTerminal && !isNew ? "" : "\n";
      write(
        `${isTerminal ? "\r\x1b[K" : ""}${describeProgress(progress)}${end}`,
      );
    },
    onSample({ prompt, before, now }) {
      const tail = prompt.slice(-60);
      write(
        `  ${JSON.stringify(tail)}\n    before ${JSON.stringify(before)}\n    now    ${JSON.stringify(now)}\n`,
      );
    },
    onSkipped: (skipped) =>
      describeSkipped(skipped).forEach((text) => write(`${text}\n`)),
    onNotice: (text) => write(`${text}\n`),
  };
}

function describeProgress(progress: TrainingProgress): string {
  const { step, steps, trainingLoss, heldOutLoss, secondsLeft } = progress;
  const parts = [
    secondsLeft === undefined ? "" : `${Math.floor(100 * progress.fraction)}%`,
    step === 0 ? "" : `step ${step}${steps === 0 ? "" : `/${steps}`}`,
    trainingLoss === undefined ? "" : `loss ${trainingLoss.toFixed(4)}`,
    heldOutLoss === undefined
      ? ""
      : `held-out ${heldOutLoss.loss.toFixed(4)} at ${heldOutLoss.step}`,
    progress.tokensPerSecond === 0
      ? ""
      : `${progress.tokensPerSecond.toFixed(0)} tokens/s`,
    secondsLeft === undefined ? "" : `${formatSeconds(secondsLeft)} left`,
    `${progress.residentMb.toFixed(0)} MB`,
  ];
  return parts.filter((part) => part !== "").join(", ");
}

/** Seconds as minutes and seconds. */
export function formatSeconds(seconds: number): string {
  const whole = Math.round(seconds);
  return whole < 60
    ? `${whole} s`
    : `${Math.floor(whole / 60)} min ${whole % 60} s`;
}
