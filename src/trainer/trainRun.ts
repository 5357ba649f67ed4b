// The second phase of a run: the learner is loaded, taught and measured by its own graph, and disposed of. What is left
// of it is its parameters.

import { faultOf } from "../common/fault";
import { isWriteFault, requireRoom } from "../common/writeFault";
import type {
  TrainingGraphBits,
  TrainingOutcome,
  TrainingPhase,
} from "../protocol/training";
import type { CheckpointFolder } from "../training/checkpoint";
import { evaluateBlocks } from "../training/evaluateBlocks";
import {
  numberOfSteps,
  Trainer,
  type TrainerNumbers,
  type TrainerState,
} from "../training/trainer";
import type { TokenBlock } from "../training/blocks";
import type { Parameter, TrainingModel } from "../training/trainingModel";
import { peakMemoryMb } from "./peakMemory";
import { loadRunLearner, type PreparedRun } from "./prepareRun";
import type { MeasuredBlocks } from "./preparation";
import { PreviewSamples } from "./previewSamples";
import { RunLeftError } from "./runControl";

/** Held-out blocks that the looks during training take: enough to see a rise, few enough to cost little. */
const VALIDATION_BLOCKS = 16;

/** Looks happen at least so often in a run, and otherwise take at most about this share of its blocks. */
const MIN_LOOKS = 8;
const LOOK_SHARE = 0.2;
const MIN_STEPS_BETWEEN_LOOKS = 4;

/** Looks without a new best after which training ends, unless the request says otherwise. */
export const PATIENCE = 3;

/** Arrays that a checkpoint and the one before it hold for each parameter, four bytes each. */
const CHECKPOINT_ARRAYS = 3 * 4;

/** What training came to. */
export interface TrainedRun {
  ended: TrainingOutcome["ended"];
  numbers: TrainerNumbers;
  peakMemoryMb: number;
  /** The best ones found; those of the last step in a run that is discarded. */
  parameters: readonly Parameter[];
  /** Undefined where it was not measured. */
  trainingGraph: TrainingGraphBits | undefined;
}

/** What training is given beside the run. */
export interface TrainRunOptions {
  checkpoints: CheckpointFolder;
  checkpointEverySeconds: number;
  sampleEverySeconds: number;
}

/** Trains to the end or until the run is ended. Rejects with a `RunLeftError` when it was left for later. */
export async function trainRun(
  run: PreparedRun,
  options: TrainRunOptions,
): Promise<TrainedRun> {
  const { request, control, report } = run;
  const { outFolder } = request;
  const learner = await loadRunLearner(run);
  try {
    const { model } = learner;
    const { parameters } = model;
    requireSpace(outFolder, parameters);
    const before = await measureBits(run, { model, phase: "measuring-before" });

    const saver = new CheckpointSaver(run, { ...options, parameters });
    const trainer = createTrainer(run, { ...options, model, saver });
    report("training", 0, trainer.numbers);
    const ended = await trainer.run();
    const { numbers } = trainer;
    const trained = {
      ended,
      numbers,
      peakMemoryMb: peakMemoryMb(),
      parameters,
    };
    if (control.ending === "leave") {
      if (saver.fault) throw saver.fault;
      throw new RunLeftError({ step: numbers.step, outFolder });
    }
    if (control.ending === "discard") {
      return { ...trained, trainingGraph: undefined };
    }

    trainer.useBest();
    const after = await measureBits(run, { model, phase: "measuring-after" });
    return { ...trained, trainingGraph: bitsBeforeAndAfter(before, after) };
  } finally {
    await learner.dispose();
  }
}

/** Room for the checkpoints and the result, so that a disk that is too full is known before training. */
function requireSpace(
  outFolder: string,
  parameters: readonly Parameter[],
): void {
  const bytes = parameters.reduce(
    (sum, { values }) => sum + values.byteLength,
    0,
  );
  requireRoom({
    action: "train in",
    place: outFolder,
    neededBytes: CHECKPOINT_ARRAYS * bytes,
  });
}

/** The trainer of a model at its first parameters, or at those of the checkpoint. */
function createTrainer(
  run: PreparedRun,
  {
    model,
    checkpoints,
    checkpointEverySeconds,
    sampleEverySeconds,
    saver,
  }: TrainRunOptions & {
    model: TrainingModel<TokenBlock>;
    saver: CheckpointSaver;
  },
): Trainer<TokenBlock> {
  const { request, control, report, prepared } = run;
  const { settings } = request;
  const { parameters } = model;
  const heldOut = spread(prepared.heldOut.blocks, VALIDATION_BLOCKS);
  const resumeFrom = request.resume
    ? restoreCheckpoint(run, { checkpoints, parameters })
    : undefined;
  const previewSamples = new PreviewSamples(run, {
    parameters,
    everySeconds: sampleEverySeconds,
  });
  return new Trainer(model, {
    training: prepared.training,
    heldOut,
    tokensOf: ({ tokenIds }) => tokenIds.length,
    settings,
    evaluateEverySteps: stepsBetweenLooks(run, heldOut.length),
    patience: request.patience ?? PATIENCE,
    resumeFrom,
    signal: control.signal,
    async turn({ step }) {
      await control.turn();
      if (!control.signal.aborted) await previewSamples.sampleWhenDue(step);
    },
    onStep: (numbers) =>
      report("training", numbers.step / numbers.plannedSteps, numbers),
    saveCheckpoint: (state) => saver.save(state),
    checkpointEverySeconds,
  });
}

/** Saves checkpoints; a disk that takes none ends no training, since what it makes can be written elsewhere. */
class CheckpointSaver {
  /** Why the last state is not where it belongs; its message says where it is, if anywhere. */
  fault: Error | undefined;

  constructor(
    private readonly run: PreparedRun,
    private readonly options: Pick<TrainRunOptions, "checkpoints"> &
      Pick<TrainedRun, "parameters">,
  ) {}

  save(state: TrainerState): void {
    const { checkpoints, parameters } = this.options;
    const isNews = this.fault === undefined;
    try {
      this.fault = checkpoints.write(parameters, state);
    } catch (error) {
      if (!isWriteFault(faultOf(error))) throw error;
      this.fault = error as Error;
    }
    if (this.fault && isNews) this.run.listener.onNotice(this.fault.message);
  }
}

/** Puts the checkpoint's parameters into the model's and answers the rest of it; undefined where there is none. */
function restoreCheckpoint(
  { request, listener }: PreparedRun,
  {
    checkpoints,
    parameters,
  }: Pick<TrainRunOptions, "checkpoints"> & Pick<TrainedRun, "parameters">,
): TrainerState | undefined {
  const found = checkpoints.read(parameters);
  if (!found) {
    listener.onNotice(
      `There is no checkpoint in ${request.outFolder}: training from the start`,
    );
    return undefined;
  }
  listener.onNotice(`Going on from step ${found.state.numbers.step}`);
  if (found.damage) {
    listener.onNotice(
      `The newest checkpoint is damaged (${found.damage}); the one before it is used`,
    );
  }
  found.parameters.forEach((values, index) =>
    parameters[index]!.values.set(values),
  );
  return found.state;
}

function stepsBetweenLooks(
  { request: { settings }, prepared }: PreparedRun,
  heldOutBlocks: number,
): number {
  const steps = numberOfSteps(prepared.training.length, settings);
  const affordable =
    heldOutBlocks / (LOOK_SHARE * settings.gradientAccumulationSteps);
  return Math.max(
    MIN_STEPS_BETWEEN_LOOKS,
    Math.ceil(Math.min(affordable, steps / MIN_LOOKS)),
  );
}

/** At most `count` elements, evenly from everywhere. */
function spread<T>(elements: readonly T[], count: number): T[] {
  const step = Math.max(1, elements.length / count);
  return Array.from(
    { length: Math.min(count, elements.length) },
    (_, index) => elements[Math.floor(index * step)]!,
  );
}

interface Bits {
  heldOut: number;
  general: number | undefined;
}

/** Bits per character by the training graph at the present parameters; undefined where they are not wanted. */
async function measureBits(
  { request, control, report, prepared }: PreparedRun,
  { model, phase }: { model: TrainingModel<TokenBlock>; phase: TrainingPhase },
): Promise<Bits | undefined> {
  const isWanted =
    request.skipsEvaluation || prepared.examples.heldOut.length > 0;
  if (!isWanted) return undefined;
  report(phase, 0);
  const measure = async ({ blocks, characters }: MeasuredBlocks) => {
    const sum = await evaluateBlocks(model, {
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
