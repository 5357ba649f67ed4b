// What a run would cost: its tokens are counted, and a few steps are tried and forgotten.

import type { TrainingEstimate, TrainingRequest } from "../protocol/training";
import { requireSoundSettings } from "../settings/defaultTrainingSettings";
import { forecastOf } from "../settings/trainingChoices";
import { peakMemoryMb } from "./peakMemory";
import type { RunControl } from "./runControl";
import { loadRunLearner, prepareRun, type RunListener } from "./prepareRun";
import { keepSpeed } from "./trainRun";

/** Blocks that are tried and timed; the one before them pays for what is only done once. */
const TIMED_BLOCKS = 2;

/** Estimates a run; nothing is kept. */
export async function estimateTraining(
  request: TrainingRequest,
  { control, listener }: { control: RunControl; listener: RunListener },
): Promise<TrainingEstimate> {
  requireSoundSettings(request.settings);
  const run = await prepareRun(request, { control, listener });
  const { prepared } = run;
  const learner = await loadRunLearner(run);
  const preparingSeconds = run.clock.seconds;
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
    const tokensPerSecond = (TIMED_BLOCKS * settings.blockTokens) / seconds;
    const speed = { tokensPerSecond, preparingSeconds };
    keepSpeed(run, speed);
    const { trainingTokens } = prepared;
    const { seconds: whole } = forecastOf(settings, { trainingTokens, speed });
    return {
      trainingTokens,
      heldOutTokens: prepared.heldOut.tokens,
      tokensPerSecond,
      seconds: whole!,
      peakMemoryMb: peakMemoryMb(),
    };
  } finally {
    await learner.dispose();
  }
}
