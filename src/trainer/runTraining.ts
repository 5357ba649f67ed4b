// One training run from request to result: read and encode, measure, train, measure again, write.
// The process's entry and the command line both run it here. Until it is done the folder of the result holds nothing
// but the checkpoint.

import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import path from "node:path";
import { hashBase } from "../model/files/baseHash";
import { requireSoundSettings } from "../settings/defaultTrainingSettings";
import type {
  AdapterManifest,
  TrainingGraphBits,
  TrainingOutcome,
  TrainingPhase,
  TrainingRequest,
  TrainingSettings,
} from "../protocol/training";
import {
  checkFreeSpace,
  CheckpointFolder,
  explainWriteFault,
} from "../training/checkpoint";
import { evaluateBlocks } from "../training/evaluateBlocks";
import {
  numberOfSteps,
  Trainer,
  type TrainerNumbers,
} from "../training/trainer";
import { peakMemoryMb } from "./peakMemory";
import { judge, type Judgement } from "./judgement";
import { writeResult } from "./learner";
import type { MeasuredBlocks } from "./preparation";
import { speedOf } from "./progress";
import { RunLeftError, type RunControl } from "./runControl";
import { loadParts, type RunListener, type RunParts } from "./runParts";
import { PreviewSamples } from "./previewSamples";

/** Held-out blocks that the looks during training take: enough to see a rise, few enough to cost little. */
const VALIDATION_BLOCKS = 16;

/** Looks happen at least so often in a run, and otherwise take at most about this share of its blocks. */
const MIN_LOOKS = 8;
const LOOK_SHARE = 0.2;
const MIN_STEPS_BETWEEN_LOOKS = 4;

/** Looks without a new best after which training ends. */
const PATIENCE = 3;

const CHECKPOINT_EVERY_SECONDS = 30;

/** Arrays that a checkpoint and the one before it hold for each parameter, four bytes each. */
const CHECKPOINT_ARRAYS = 3 * 4;

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
  const parts = await loadParts(request, { control, listener });
  const { learner, report } = parts;
  try {
    requireSpace(parts);
    const checkpoints = openCheckpoints(parts);
    const before = await measureBits(parts, "measuring-before");

    const trainer = createTrainer(parts, {
      checkpoints,
      checkpointEverySeconds,
      sampleEverySeconds,
    });
    report("training", 0, trainer.numbers);
    const ended = await trainer.run();
    const peakMb = peakMemoryMb();
    const { numbers } = trainer;
    if (control.ending === "leave") throw leftAt(numbers.step, request);
    const outcome = outcomeOf(numbers, { ended, peakMemoryMb: peakMb });
    if (control.ending === "discard") return discard(checkpoints, outcome);

    trainer.useBest();
    const after = await measureBits(parts, "measuring-after");
    outcome.trainingGraph = bitsBeforeAndAfter(before, after);
    const manifest = manifestOf(parts, { outcome, losses: numbers.losses });
    const judgement = await judgeOrLeave(parts, manifest);
    if (!judgement) return discard(checkpoints, outcome);
    Object.assign(outcome, judgement);
    write(parts, manifest);
    checkpoints.remove();
    report("done", 1, numbers);
    return outcome;
  } finally {
    await learner.dispose();
  }
}

/** What is known before anything is measured. */
function outcomeOf(
  numbers: TrainerNumbers,
  {
    ended,
    peakMemoryMb,
  }: Pick<TrainingOutcome, "ended"> & { peakMemoryMb: number },
): TrainingOutcome {
  return {
    ended,
    steps: numbers.step,
    seconds: numbers.seconds,
    tokensPerSecond: speedOf(numbers),
    peakMemoryMb,
    bestStep: numbers.best?.step ?? 0,
    verdict: "not-measured",
    proof: undefined,
    examples: undefined,
  };
}

function discard(
  checkpoints: CheckpointFolder,
  outcome: TrainingOutcome,
): TrainingOutcome {
  checkpoints.remove();
  return { ...outcome, ended: "stopped" };
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

/** Room for the checkpoints and the result, so that a disk that is too full is known before training. */
function requireSpace({ request, learner }: RunParts): void {
  const bytes = learner.model.parameters.reduce(
    (sum, { values }) => sum + values.byteLength,
    0,
  );
  checkFreeSpace(request.outFolder, {
    neededBytes: CHECKPOINT_ARRAYS * bytes,
    action: "train",
  });
}

/** The checkpoints of this run and no other: same base, text and settings, but for what may change between sessions. */
function openCheckpoints({
  request,
  base,
  prepared,
}: RunParts): CheckpointFolder {
  const settings: Partial<TrainingSettings> = { ...request.settings };
  delete settings.maxMinutes;
  delete settings.threads;
  const key = createHash("sha256")
    .update(
      JSON.stringify([
        hashBase(base),
        prepared.documents,
        Object.entries(settings).sort(),
      ]),
    )
    .digest("hex");
  return new CheckpointFolder(request.outFolder, key);
}

function createTrainer(
  parts: RunParts,
  {
    checkpoints,
    checkpointEverySeconds,
    sampleEverySeconds,
  }: {
    checkpoints: CheckpointFolder;
    checkpointEverySeconds: number;
    sampleEverySeconds: number;
  },
) {
  const { request, control, listener, report, prepared, learner } = parts;
  const { model } = learner;
  const { settings, resume } = request;
  const heldOut = spread(prepared.heldOut.blocks, VALIDATION_BLOCKS);
  const found = resume ? checkpoints.read(model.parameters) : undefined;
  if (resume) {
    listener.onNotice(
      found
        ? `Going on from step ${found.state.numbers.step}`
        : `There is no checkpoint in ${request.outFolder}: training from the start`,
    );
  }
  if (found?.damage) {
    listener.onNotice(
      `The newest checkpoint is damaged (${found.damage}); the one before it is used`,
    );
  }
  found?.parameters.forEach((values, index) =>
    model.parameters[index]!.values.set(values),
  );
  mkdirSync(request.outFolder, { recursive: true });
  const steps = numberOfSteps(prepared.training.length, settings);
  const lookSteps =
    heldOut.length / (LOOK_SHARE * settings.gradientAccumulationSteps);
  const previewSamples = new PreviewSamples(parts, {
    everySeconds: sampleEverySeconds,
    step: () => trainer.numbers.step,
    manifest: () =>
      manifestOf(parts, {
        outcome: outcomeOf(trainer.numbers, {
          ended: "stopped",
          peakMemoryMb: 0,
        }),
        losses: [],
      }),
  });
  const trainer = new Trainer(model, {
    training: prepared.training,
    heldOut,
    tokensOf: ({ tokenIds }) => tokenIds.length,
    settings,
    evaluateEverySteps: Math.max(
      MIN_STEPS_BETWEEN_LOOKS,
      Math.ceil(Math.min(lookSteps, steps / MIN_LOOKS)),
    ),
    patience: PATIENCE,
    resumeFrom: found?.state,
    signal: control.signal,
    async turn() {
      await control.turn();
      if (!control.signal.aborted) await previewSamples.sampleWhenDue();
    },
    onStep: (numbers) =>
      report("training", numbers.step / numbers.plannedSteps, numbers),
    saveCheckpoint: (state) => checkpoints.write(model.parameters, state),
    checkpointEverySeconds,
  });
  return trainer;
}

/** At most `count` elements, evenly from everywhere. */
function spread<T>(elements: readonly T[], count: number): T[] {
  const step = Math.max(1, elements.length / count);
  return Array.from(
    { length: Math.min(count, elements.length) },
    (_, index) => elements[Math.floor(index * step)]!,
  );
}

function leftAt(step: number, { outFolder }: TrainingRequest): RunLeftError {
  return new RunLeftError(
    `Training was left at step ${step}; its checkpoint is in ${path.join(outFolder, "checkpoint")}`,
  );
}

interface Bits {
  heldOut: number;
  general: number | undefined;
}

/** Bits per character by the training graph at the present parameters; undefined where it is interrupted. */
async function measureBits(
  { request, control, report, prepared, learner }: RunParts,
  phase: TrainingPhase,
): Promise<Bits | undefined> {
  const isWanted = request.skipsEvaluation || prepared.examples.length > 0;
  if (!isWanted) return undefined;
  report(phase, 0);
  const measure = async ({ blocks, characters }: MeasuredBlocks) => {
    const sum = await evaluateBlocks(learner.model, {
      blocks,
      // A run that is stopped and kept is still measured.
      signal: new AbortController().signal,
      turn: control.turn,
    });
    return sum!.loss / Math.LN2 / characters;
  };
  const heldOut = await measure(prepared.heldOut);
  report(phase, 0.5);
  const general = prepared.general && (await measure(prepared.general));
  return { heldOut, general };
}

function bitsBeforeAndAfter(
  before: Bits | undefined,
  after: Bits | undefined,
): TrainingGraphBits | undefined {
  if (!before || !after) return undefined;
  return {
    heldOut: { before: before.heldOut, after: after.heldOut },
    general:
      before.general === undefined || after.general === undefined
        ? undefined
        : { before: before.general, after: after.general },
  };
}

function manifestOf(
  { request, base, prepared }: RunParts,
  {
    outcome,
    losses,
  }: { outcome: TrainingOutcome; losses: AdapterManifest["losses"] },
): AdapterManifest {
  return {
    version: 1,
    name: path.basename(path.resolve(request.outFolder)),
    createdAt: new Date().toISOString(),
    base: { name: base.name, sha256: hashBase(base) },
    documents: prepared.documents,
    settings: request.settings,
    losses,
    outcome,
  };
}

/** Undefined when the run is discarded. A run that is left while it is measured is measured again when it is resumed: its checkpoint is complete. */
async function judgeOrLeave(
  parts: RunParts,
  manifest: AdapterManifest,
): Promise<Judgement | undefined> {
  const { control, request } = parts;
  const candidate = path.join(request.outFolder, "checkpoint.candidate");
  try {
    return await judge(parts, {
      manifest,
      candidate,
      signal: control.dropSignal,
    });
  } catch (error) {
    if (control.ending === "discard") return undefined;
    if (control.ending === "leave") {
      throw leftAt(manifest.outcome.steps, request);
    }
    throw explainWriteFault(error, {
      action: "measure what was learned",
      folder: request.outFolder,
    });
  } finally {
    rmSync(candidate, { recursive: true, force: true });
  }
}

function write(
  { request, base, learner }: RunParts,
  manifest: AdapterManifest,
): void {
  try {
    const { parameters } = learner.model;
    writeResult(request.outFolder, { parameters, base, manifest });
  } catch (error) {
    throw explainWriteFault(error, {
      action: "write the result",
      folder: request.outFolder,
    });
  }
}
