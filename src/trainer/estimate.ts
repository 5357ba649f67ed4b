// What a run would cost: its tokens are counted, and a few steps are tried and forgotten.

import type { TrainingEstimate, TrainingRequest } from "../protocol/training";
import { requireSoundSettings } from "../settings/defaultTrainingSettings";
import { numberOfSteps } from "../training/trainer";
import { peakMemoryMb } from "./peakMemory";
import type { RunControl } from "./runControl";
import { loadRunLearner, prepareRun, type RunListener } from "./prepareRun";

/** Blocks that are tried and timed; the one before them pays for what is only done once. */
const TIMED_BLOCKS = 2;

/** Looks at held-out text take about this share of the time of the steps. */
const LOOK_OVERHEAD = 0.15;

/** Estimates a run; nothing is kept. */
export async function estimateTraining(
  request: TrainingRequest,
  { control, listener }: { control: RunControl; listener: RunListener },
): Promise<TrainingEstimate> {
  requireSoundSettings(request.settings);
  const run = await prepareRun(request, { control, listener });
  const { prepared } = run;
  const learner = await loadRunLearner(run);
  try {
    const { settings } = request;
    let seconds = 0;
    for (let index = 0; index <= TIMED_BLOCKS; index++) {
      await control.turn();
      control.signal.throwIfAborted();
      const start = performance.now();
      await learner.model.computeGradients(
        prepared.training[index % prepared.training.length]!,
      );
      if (index > 0) seconds += (performance.now() - start) / 1000;
    }
    const secondsPerBlock = seconds / TIMED_BLOCKS;
    const numBlocks = prepared.training.length * settings.epochs;
    const whole = numBlocks * secondsPerBlock * (1 + LOOK_OVERHEAD);
    const limit = 60 * (settings.maxMinutes ?? Infinity);
    const steps = numberOfSteps(prepared.training.length, settings);
    return {
      trainingTokens: prepared.trainingTokens,
      heldOutTokens: prepared.heldOut.tokens,
      steps: Math.max(1, Math.round(steps * Math.min(1, limit / whole))),
      tokensPerSecond: settings.blockTokens / secondsPerBlock,
      seconds: Math.min(whole, limit),
      peakMemoryMb: peakMemoryMb(),
    };
  } finally {
    await learner.dispose();
  }
}
