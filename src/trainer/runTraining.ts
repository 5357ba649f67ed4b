// One training run from request to result, in four phases, each from value to value: prepare, train, evaluate, write.
// The process's entry and the command line both run it here. Until it is done the folder of the result holds nothing
// but the checkpoint.

import { createHash } from "node:crypto";
import { existsSync, readdirSync } from "node:fs";
import path from "node:path";
import { keepInSpareFolder } from "../common/spareFolder";
import { explainWriteFault, withKeptIn } from "../common/writeFault";
import { hashBase, hashModel } from "../model/files/baseHash";
import type {
  AdapterManifest,
  TrainingOutcome,
  TrainingRequest,
  TrainingSettings,
} from "../protocol/training";
import { requireSoundSettings } from "../settings/defaultTrainingSettings";
import { CheckpointFolder } from "../training/checkpoint";
import { evaluateRun, NOT_EVALUATED, type RunEvaluation } from "./evaluateRun";
import { writeResult } from "./learner";
import { prepareRun, type PreparedRun, type RunListener } from "./prepareRun";
import { speedOf } from "./progress";
import type { RunControl } from "./runControl";
import { trainRun, type TrainedRun } from "./trainRun";

const CHECKPOINT_EVERY_SECONDS = 30;

/** Runs a request to its end. Rejects with a `RunLeftError` when it was left for later. */
export async function runTraining(
  request: TrainingRequest,
  {
    control,
    listener,
    checkpointEverySeconds = CHECKPOINT_EVERY_SECONDS,
    sampleEverySeconds = Infinity,
  }: {
    control: RunControl;
    listener: RunListener;
    checkpointEverySeconds?: number;
    /** Samples are shown so often; never, unless it is given. */
    sampleEverySeconds?: number;
  },
): Promise<TrainingOutcome> {
  requireSoundSettings(request.settings);
  requireFreeFolder(request);
  const run = await prepareRun(request, { control, listener });
  const checkpoints = openCheckpoints(run);
  const trained = await trainRun(run, {
    checkpoints,
    checkpointEverySeconds,
    sampleEverySeconds,
  });
  const evaluation =
    control.ending === "discard" ? undefined : await evaluateRun(run, trained);
  if (!evaluation) {
    checkpoints.remove();
    return { ...outcomeOf(trained, NOT_EVALUATED), ended: "stopped" };
  }
  const outcome = outcomeOf(trained, evaluation);
  writeRun(run, { trained, outcome });
  checkpoints.remove();
  run.report("done", 1, trained.numbers);
  return outcome;
}

/** A finished adapter or foreign files are never written over; a checkpoint only by its own run. */
function requireFreeFolder({ outFolder, resume }: TrainingRequest): void {
  if (!existsSync(outFolder)) return;
  const names = readdirSync(outFolder).filter(
    (name) => !name.startsWith("training.lock"),
  );
  const isCheckpoint = (name: string) => name.startsWith("checkpoint");
  if (!names.every(isCheckpoint)) {
    throw new Error(
      `Cannot train into ${outFolder}: it holds files already, expected a new or empty folder`,
    );
  }
  const isBrokenOff = names.some((name) =>
    /^checkpoint(\.previous)?$/.test(name),
  );
  if (isBrokenOff && !resume) {
    throw new Error(
      `Cannot train into ${outFolder}: it holds the checkpoint of a run that was broken off, expected a new or empty folder; resume that run or remove its checkpoint`,
    );
  }
}

/** The checkpoints of this run and no other: same base, text and settings, but for what may change between sessions. */
function openCheckpoints({
  request,
  base,
  prepared,
}: PreparedRun): CheckpointFolder {
  const settings: Partial<TrainingSettings> = { ...request.settings };
  delete settings.maxMinutes;
  delete settings.threads;
  const key = createHash("sha256")
    .update(
      JSON.stringify([
        hashModel(base),
        prepared.documents,
        Object.entries(settings).sort(),
      ]),
    )
    .digest("hex");
  return new CheckpointFolder(request.outFolder, key);
}

function outcomeOf(
  { ended, numbers, peakMemoryMb, trainingGraph }: TrainedRun,
  evaluation: RunEvaluation,
): TrainingOutcome {
  return {
    ended,
    steps: numbers.step,
    seconds: numbers.seconds,
    tokensPerSecond: speedOf(numbers),
    peakMemoryMb,
    bestStep: numbers.best?.step ?? 0,
    ...evaluation,
    trainingGraph,
  };
}

/** Where the place of the result cannot be written, a whole result is kept elsewhere, and the error says where. */
function writeRun(
  { request, base, prepared }: PreparedRun,
  { trained, outcome }: { trained: TrainedRun; outcome: TrainingOutcome },
): void {
  const { outFolder, settings } = request;
  const manifest: AdapterManifest = {
    version: 1,
    name: path.basename(path.resolve(outFolder)),
    createdAt: new Date().toISOString(),
    base: { name: base.name, sha256: hashBase(base) },
    documents: prepared.documents,
    ...(prepared.examples.labels && { labels: prepared.examples.labels }),
    settings,
    losses: trained.numbers.losses,
    outcome,
  };
  const { parameters } = trained;
  const write = (folder: string) =>
    writeResult(folder, { parameters, base, settings, manifest });
  try {
    write(outFolder);
  } catch (error) {
    const fault = explainWriteFault(error, {
      action: "write what was learned to",
      place: outFolder,
    });
    const spare = keepInSpareFolder(outFolder, (folder) =>
      write(path.join(folder, manifest.name)),
    );
    if (spare === undefined) throw fault;
    throw withKeptIn(fault, path.join(spare, manifest.name));
  }
}
