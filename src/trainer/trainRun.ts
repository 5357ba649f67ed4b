// The second phase of a run: the learner is loaded, taught and measured by its own graph, and disposed of. What is left
// of it is its parameters.

import { faultOf } from "../common/fault";
import { isWriteFault, requireRoom } from "../common/writeFault";
import type {
  TrainingGraphBits,
  TrainingOutcome,
  TrainingPhase,
  TrainingSettings,
  TrainingSpeed,
} from "../protocol/training";
import { keepTrainingSpeed } from "../model/files/trainingSpeed";
import { FIRST_FIT_STEP } from "../training/timePlan";
import type { CheckpointFolder } from "../training/checkpoint";
import { evaluateBlocks } from "../training/evaluateBlocks";
import {
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
import { speedOf } from "./progress";
import { RunLeftError } from "./runControl";

/** Held-out blocks that the looks during training take: enough to see a rise, few enough to cost little. */
const VALIDATION_BLOCKS = 16;
/** Of a run of a few minutes, in which the same look would cost too large a share. */
const SHORT_MINUTES = 10;
const VALIDATION_BLOCKS_OF_SHORT = 8;

/** Looks take at most about this share of the time of the steps, but for a run so short that it would have fewer than so many. */
const LOOK_SHARE = 0.1;
const MIN_LOOKS = 3;
/** More show nothing more, and would end a run for a passing rise. */
const MAX_LOOKS = 16;
/** A held-out block costs so much of one that is learned from: no gradients. */
const LOOK_COST = 0.4;

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
  const { request, control, clock, report } = run;
  const { outFolder } = request;
  const learner = await loadRunLearner(run);
  try {
    const { model } = learner;
    const { parameters } = model;
    requireSpace(outFolder, parameters);
    const startSeconds = clock.seconds;
    const before = await measureBits(run, { model, phase: "measuring-before" });
    if (before) clock.reserveAlso(clock.seconds - startSeconds);

    const saver = new CheckpointSaver(run, { ...options, parameters });
    const trainer = createTrainer(run, { ...options, model, saver });
    const preparingSeconds = clock.seconds;
    report("training", 0, trainer.numbers);
    const ended = await trainer.run();
    const { numbers } = trainer;
    if (numbers.step >= FIRST_FIT_STEP) {
      const tokensPerSecond = speedOf(numbers);
      keepSpeed(run, { tokensPerSecond, preparingSeconds });
    }
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

/** For the forecast of the next run, which does without where it cannot be written. */
export function keepSpeed(
  { request: { cacheFolder, modelFolder, settings } }: PreparedRun,
  speed: TrainingSpeed,
): void {
  try {
    keepTrainingSpeed(cacheFolder, { ...settings, modelFolder }, speed);
  } catch (error) {
    if (!isWriteFault(faultOf(error))) throw error;
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
  const { request, control, clock, report, prepared } = run;
  const { settings } = request;
  const { parameters } = model;
  const heldOut = spread(
    prepared.heldOut.blocks,
    (settings.maxMinutes ?? Infinity) <= SHORT_MINUTES
      ? VALIDATION_BLOCKS_OF_SHORT
      : VALIDATION_BLOCKS,
  );
  const resumeFrom = request.resume
    ? restoreCheckpoint(run, { checkpoints, parameters })
    : undefined;
  clock.addSpent(resumeFrom?.numbers.seconds ?? 0);
  const previewSamples = new PreviewSamples(run, {
    parameters,
    everySeconds: sampleEverySeconds,
  });
  return new Trainer(model, {
    training: prepared.training,
    heldOut,
    tokensOf: ({ tokenIds }) => tokenIds.length,
    settings,
    stepsBetweenLooks: (plannedSteps) =>
      stepsBetweenLooks(plannedSteps, {
        heldOutBlocks: heldOut.length,
        settings,
      }),
    secondsLeft: () => clock.secondsForSteps,
    patience: request.patience ?? PATIENCE,
    resumeFrom,
    signal: control.signal,
    async turn(numbers) {
      await control.turn();
      const { step } = numbers;
      report("training", step / numbers.plannedSteps, numbers);
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

/** By the plan of steps, which follows the clock: the points of the curve lie evenly in time. */
function stepsBetweenLooks(
  plannedSteps: number,
  {
    heldOutBlocks,
    settings,
  }: { heldOutBlocks: number; settings: TrainingSettings },
): number {
  const lookInSteps =
    (LOOK_COST * heldOutBlocks) / settings.gradientAccumulationSteps;
  const affordable = Math.max(
    lookInSteps / LOOK_SHARE,
    plannedSteps / MAX_LOOKS,
  );
  return Math.max(1, Math.ceil(Math.min(affordable, plannedSteps / MIN_LOOKS)));
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
