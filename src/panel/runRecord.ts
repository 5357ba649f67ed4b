// A run's record: how it grows with what the trainer reports, and what of it the next window finds on the disk.

import type { ActiveRunState } from "../common/runState";
import type { LossPoint, PanelRun } from "../protocol/panel";
import type {
  Skipped,
  TrainingProgress,
  TrainingRequest,
  TrainingSample,
} from "../protocol/training";
import type { RunRecord } from "../words/panelCodes";

/** A longer curve is thinned: no panel is wide enough for more, and each report carries all of it. */
const MAX_POINTS = 500;
/** The last samples tell how far it has come; they hold text of the workspace and are not piled up. */
const MAX_SAMPLES = 6;
const MAX_SKIPPED = 200;

/** A run that goes on in the next window. */
export type SavedRun = Omit<PanelRun, "progress" | "skipped"> & {
  request: TrainingRequest;
};

/** As it was written before a run's state was one value. */
type OldSavedRun = Omit<SavedRun, "state"> & { isPausedByPerson: boolean };

/** Takes what this version or an older one has written. */
export function readSavedRun(saved: SavedRun | OldSavedRun): SavedRun {
  if ("state" in saved) return saved;
  const { isPausedByPerson, ...run } = saved;
  const state: ActiveRunState = isPausedByPerson
    ? { kind: "pausedByUser", work: "training" }
    : { kind: "training" };
  return { ...run, state };
}

/** A run that begins. */
export function newRun({
  adapterId,
  name,
}: {
  adapterId: string;
  name: string;
}): RunRecord {
  return {
    adapterId,
    name,
    progress: undefined,
    trainingLosses: [],
    heldOutLosses: [],
    samples: [],
    skipped: [],
  };
}

/** After a report; losses of steps that a resumed run does again replace the old ones. */
export function withProgress(
  run: RunRecord,
  progress: TrainingProgress,
): RunRecord {
  const { trainingLoss, heldOutLoss, step } = progress;
  return {
    ...run,
    progress,
    trainingLosses:
      trainingLoss === undefined || progress.phase !== "training"
        ? run.trainingLosses
        : withPoint(run.trainingLosses, { step, loss: trainingLoss }),
    heldOutLosses:
      heldOutLoss === undefined
        ? run.heldOutLosses
        : withPoint(run.heldOutLosses, heldOutLoss),
  };
}

/** After a sample. */
export function withSample(run: RunRecord, sample: TrainingSample): RunRecord {
  return { ...run, samples: [...run.samples, sample].slice(-MAX_SAMPLES) };
}

/** After a file that was left out. */
export function withSkipped(run: RunRecord, skipped: Skipped): RunRecord {
  const others = run.skipped.filter(({ name }) => name !== skipped.name);
  return { ...run, skipped: [...others, skipped].slice(-MAX_SKIPPED) };
}

function withPoint(points: LossPoint[], point: LossPoint): LossPoint[] {
  const before = points.filter(({ step }) => step < point.step);
  const all = [...before, point];
  if (all.length <= MAX_POINTS) return all;
  // Every second one goes, the newest stays.
  return all.filter((_, index) => (all.length - 1 - index) % 2 === 0);
}
