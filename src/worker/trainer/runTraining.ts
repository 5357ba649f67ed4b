// One training run from request to result: read and encode, measure, train, measure again, write.
// The process's entry and the command line both run it here. Until it is done the folder of the result holds nothing
// but the checkpoint.

import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync } from "node:fs";
import path from "node:path";
import { hashBase } from "../../model/baseHash";
import { openModelFolder, type ModelFolder } from "../../model/modelFolder";
import { openTrainingFolder } from "../../model/trainingWeights";
import { requireSoundSettings } from "../../protocol/defaultTrainingSettings";
import type {
  AdapterManifest,
  TrainerContract,
  TrainingGraphBits,
  TrainingOutcome,
  TrainingPhase,
  TrainingProgress,
  TrainingRequest,
  TrainingSettings,
} from "../../protocol/training";
import { loadTokenizer, type Tokenizer } from "../../tokenizer/tokenizer";
import {
  checkFreeSpace,
  CheckpointFolder,
  explainWriteFault,
} from "../../training/checkpoint";
import { evaluateBlocks } from "../../training/evaluateBlocks";
import { numberOfSteps, Trainer } from "../../training/trainer";
import { peakMemoryMb } from "../peakMemory";
import { loadLearner, writeResult, type Learner } from "./learner";
import {
  prepareSource,
  type MeasuredBlocks,
  type Preparation,
} from "./preparation";
import { progressReporter, speedOf, type ReportProgress } from "./progress";
import { RunLeftError, type RunControl } from "./runControl";

/** Whom a run tells what. */
export interface RunListener {
  onProgress(progress: TrainingProgress): void;
  onSample(sample: TrainerContract["events"]["sample"]): void;
  onSkipped(skipped: TrainerContract["events"]["skipped"]): void;
  /** Something to know that is no fault. */
  onNotice(text: string): void;
}

/** What a run is made of once everything is loaded. */
export interface RunParts {
  request: TrainingRequest;
  control: RunControl;
  listener: RunListener;
  report: ReportProgress;
  base: ModelFolder;
  tokenizer: Tokenizer;
  prepared: Preparation;
  learner: Learner;
}

/** Held-out blocks that the looks during training take: enough to see a rise, few enough to cost little. */
const LOOK_BLOCKS = 16;

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
  { control, listener }: { control: RunControl; listener: RunListener },
): Promise<TrainingOutcome> {
  requireSoundSettings(request.settings);
  requireFreeFolder(request);
  const parts = await loadParts(request, { control, listener });
  const { learner, report } = parts;
  try {
    requireSpace(parts);
    const checkpoints = openCheckpoints(parts);
    const before = await measureBits(parts, "measuring-before");

    const trainer = createTrainer(parts, checkpoints);
    report("training", 0, trainer.numbers);
    const ended = await trainer.run();
    const peakMb = peakMemoryMb();
    if (control.ending === "leave") throw leftAt(trainer.numbers.step, request);
    const { numbers } = trainer;
    const outcome: TrainingOutcome = {
      ended,
      steps: numbers.step,
      seconds: numbers.seconds,
      tokensPerSecond: speedOf(numbers),
      peakMemoryMb: peakMb,
      bestStep: numbers.best?.step ?? 0,
      verdict: "not-measured",
      proof: undefined,
      examples: undefined,
    };
    if (control.ending === "discard") {
      checkpoints.remove();
      return outcome;
    }

    trainer.useBest();
    const after = await measureBits(parts, "measuring-after");
    outcome.trainingGraph = bitsBeforeAndAfter(before, after);
    write(parts, { outcome, losses: numbers.losses });
    checkpoints.remove();
    report("done", 1, numbers);
    return outcome;
  } finally {
    await learner.dispose();
  }
}

/** Reads, encodes and loads everything that a run or an estimate needs. */
export async function loadParts(
  request: TrainingRequest,
  { control, listener }: { control: RunControl; listener: RunListener },
): Promise<RunParts> {
  const report = progressReporter(
    (progress) => listener.onProgress(progress),
    () => control.isPaused,
  );
  report("preparing", 0);
  const base = openModelFolder(request.modelFolder);
  const tokenizer = await loadTokenizer(request.modelFolder);
  const prepared = await prepareSource(request, {
    tokenizer,
    endTokenId: endTokenIdOf(base, tokenizer),
    onSkipped: (skipped) => listener.onSkipped(skipped),
  });
  report("preparing", 0.3);
  const learner = await loadLearner(
    deriveWeights(base, request.cacheFolder),
    request.settings,
  );
  report("preparing", 1);
  return {
    request,
    control,
    listener,
    report,
    base,
    tokenizer,
    prepared,
    learner,
  };
}

/** Quantised weights become float32 ones in the cache folder when the model is trained for the first time. */
function deriveWeights(base: ModelFolder, cacheFolder: string): ModelFolder {
  try {
    return openTrainingFolder(base, cacheFolder);
  } catch (error) {
    throw explainWriteFault(error, {
      action: "derive the weights for training",
      folder: cacheFolder,
    });
  }
}

/** What ends a document: a chat model ends its turns with another token than its documents. */
function endTokenIdOf(
  { config }: ModelFolder,
  tokenizer: Tokenizer,
): number | undefined {
  return tokenizer.specialTokenId("<|endoftext|>") ?? config.eosTokenIds[0];
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
  { request, control, listener, report, prepared, learner }: RunParts,
  checkpoints: CheckpointFolder,
) {
  const { model } = learner;
  const { settings, resume } = request;
  const heldOut = spread(prepared.heldOut.blocks, LOOK_BLOCKS);
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
  return new Trainer(model, {
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
    turn: control.turn,
    onStep: (numbers) =>
      report("training", numbers.step / numbers.plannedSteps, numbers),
    saveCheckpoint: (state) => checkpoints.write(model.parameters, state),
    checkpointEverySeconds: CHECKPOINT_EVERY_SECONDS,
  });
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
  if (!request.skipsProof) return undefined;
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

function write(
  { request, base, prepared, learner }: RunParts,
  {
    outcome,
    losses,
  }: { outcome: TrainingOutcome; losses: AdapterManifest["losses"] },
): void {
  const { outFolder, settings } = request;
  try {
    writeResult(outFolder, {
      parameters: learner.model.parameters,
      base,
      manifest: {
        version: 1,
        name: path.basename(path.resolve(outFolder)),
        createdAt: new Date().toISOString(),
        base: { name: base.name, sha256: hashBase(base) },
        documents: prepared.documents,
        settings,
        losses,
        outcome,
      },
    });
  } catch (error) {
    throw explainWriteFault(error, {
      action: "write the result",
      folder: outFolder,
    });
  }
}
