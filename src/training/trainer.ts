// The training loop: gradients added up over blocks, clipped, one AdamW step; now and then the loss on the held-out blocks.
// It keeps the best parameters, ends when held-out loss no longer falls, when time is up or when a loss is no number,
// and can be stopped between any two blocks and taken up again with the same losses. Knows nothing of text, of files
// or of what computes the gradients.

import { adamWStep, zeroMoments, type Moments } from "./adamW";
import { orderOfEpoch } from "./blockOrder";
import { scaleAndClip } from "./gradientNorm";
import { learningRateFactor } from "./schedule";
import { fitPlan } from "./timePlan";
import type { SummedLoss, TrainingModel } from "./trainingModel";
import { WorkClock } from "./workClock";
import type { TrainingOutcome, TrainingSettings } from "../protocol/training";

/** Losses known of a step, nats per token; step 0 is before training. */
export interface StepLosses {
  step: number;
  training: number | undefined;
  heldOut: number | undefined;
}

/** Why a run is over. */
export type TrainingEnd = Exclude<TrainingOutcome["ended"], "stopped">;

/** Everything about a run that is not an array of parameters: plain data that survives JSON. */
export interface TrainerNumbers {
  step: number;
  /** Blocks that went into finished steps, over all epochs. */
  blocksUsed: number;
  plannedSteps: number;
  /** Time spent at work: training and looks at held-out text, without pauses. */
  seconds: number;
  trainedSeconds: number;
  trainedTokens: number;
  /** What a step costs with its share of looks, measured; 0 before the first. */
  secondsPerStep: number;
  /** What the last evaluation on held-out blocks cost. */
  secondsPerEvaluation: number;
  best: { step: number; loss: number } | undefined;
  evaluationsWithoutGain: number;
  losses: StepLosses[];
  ended: TrainingEnd | undefined;
}

/** What a checkpoint keeps beside the model's parameters. */
export interface TrainerState {
  numbers: TrainerNumbers;
  moments: Moments;
  best: readonly Float32Array<ArrayBuffer>[];
}

/** What a trainer is given. */
export interface TrainerOptions<Block> {
  training: readonly Block[];
  heldOut: readonly Block[];
  tokensOf(block: Block): number;
  settings: Pick<
    TrainingSettings,
    | "epochs"
    | "gradientAccumulationSteps"
    | "learningRate"
    | "maxGradientNorm"
    | "seed"
    | "warmupSteps"
    | "weightDecay"
  >;
  /** Steps between two looks at the held-out blocks, by the plan of steps, which follows the clock. */
  stepsBetweenLooks(plannedSteps: number): number;
  /** What steps and looks may still take; undefined, or left out, is no limit. */
  secondsLeft?: () => number | undefined;
  /** Looks without a new best after which training ends. */
  patience: number;
  /** Where to go on from; the model's parameters belong to it already. */
  resumeFrom?: TrainerState | undefined;
  signal: AbortSignal;
  /** Awaited between blocks: lets messages in, and waits while training is paused. */
  turn(numbers: TrainerNumbers): Promise<void>;
  onStep(numbers: TrainerNumbers): void;
  saveCheckpoint(state: TrainerState): void;
  checkpointEverySeconds: number;
  now?: () => number;
}

/** Trains one model; `run` is called once. */
export class Trainer<Block> {
  private readonly state: TrainerState;
  private readonly clock: WorkClock;
  private readonly epochSteps: number;
  private secondsAtCheckpoint: number;

  constructor(
    private readonly model: TrainingModel<Block>,
    private readonly options: TrainerOptions<Block>,
  ) {
    const { training, settings, resumeFrom, now } = options;
    this.clock = new WorkClock(now);
    this.epochSteps = numberOfSteps(training.length, settings);
    this.state = resumeFrom ?? {
      numbers: freshNumbers(this.epochSteps),
      moments: zeroMoments(model.parameters),
      best: model.parameters.map(({ values }) => values.slice()),
    };
    this.secondsAtCheckpoint = this.numbers.seconds;
  }

  get numbers(): TrainerNumbers {
    return this.state.numbers;
  }

  /**
   * Trains until there is a reason to end or the signal is aborted: then the state is saved as it is, and the return
   * value is "stopped". The parameters are those of the last step; `useBest` changes that.
   */
  async run(): Promise<TrainingOutcome["ended"]> {
    const { numbers } = this;
    while (numbers.ended === undefined) {
      if (this.isLookDue() && !(await this.evaluateHeldOut())) break;
      numbers.ended = this.reasonToEnd();
      if (numbers.ended !== undefined) break;
      this.saveNowAndThen();
      if (!(await this.takeStep())) break;
    }
    this.options.saveCheckpoint(this.state);
    return numbers.ended ?? "stopped";
  }

  /** Puts the best parameters found into the model. */
  useBest(): void {
    this.model.parameters.forEach(({ values }, index) =>
      values.set(this.state.best[index]!),
    );
  }

  /** One optimiser step; false when it was interrupted, and then nothing has changed. */
  private async takeStep(): Promise<boolean> {
    const { numbers, options } = this;
    const { settings } = options;
    const sum = await this.addUpGradients();
    if (!sum) return false;
    const norm = scaleAndClip(sum.gradients, {
      scale: 1 / sum.weight,
      maxNorm: settings.maxGradientNorm,
    });
    const training = sum.loss / sum.weight;
    if (!Number.isFinite(training) || !Number.isFinite(norm)) {
      numbers.ended = "diverged";
      return true;
    }
    const factor = learningRateFactor(numbers.step, {
      steps: numbers.plannedSteps,
      warmupSteps: settings.warmupSteps,
    });
    numbers.step++;
    adamWStep(this.model.parameters, {
      gradients: sum.gradients,
      moments: this.state.moments,
      step: numbers.step,
      learningRate: settings.learningRate * factor,
      weightDecay: settings.weightDecay,
    });
    numbers.blocksUsed += sum.numBlocks;
    numbers.trainedTokens += sum.tokens;
    numbers.trainedSeconds += sum.seconds;
    numbers.seconds += sum.seconds;
    numbers.secondsPerStep =
      numbers.trainedSeconds / numbers.step +
      numbers.secondsPerEvaluation / this.stepsBetweenLooks;
    numbers.losses.push({ step: numbers.step, training, heldOut: undefined });
    numbers.plannedSteps = fitPlan(numbers, {
      epochSteps: this.epochSteps,
      secondsLeft: options.secondsLeft?.(),
    });
    options.onStep(numbers);
    return true;
  }

  private async addUpGradients() {
    const { training, settings, tokensOf } = this.options;
    const first = this.numbers.blocksUsed;
    const last = Math.min(
      first + settings.gradientAccumulationSteps,
      numberOfBlocks(training.length, settings),
    );
    let total: Float32Array[] | undefined;
    const sum = { loss: 0, weight: 0, tokens: 0, seconds: 0 };
    for (let index = first; index < last; index++) {
      await this.options.turn(this.numbers);
      if (this.options.signal.aborted) return undefined;
      const block = this.blockAt(index);
      const { value, seconds } = await this.clock.time(() =>
        this.model.computeGradients(block),
      );
      sum.loss += value.loss;
      sum.weight += value.weight;
      sum.tokens += tokensOf(block);
      sum.seconds += seconds;
      if (total) add(total, value.gradients);
      else total = [...value.gradients];
    }
    return { ...sum, gradients: total ?? [], numBlocks: last - first };
  }

  private blockAt(index: number): Block {
    const { training, settings } = this.options;
    const epoch = Math.floor(index / training.length);
    const order = orderOfEpoch(training.length, { seed: settings.seed, epoch });
    return training[order[index % training.length]!]!;
  }

  private get stepsBetweenLooks(): number {
    return this.options.stepsBetweenLooks(this.numbers.plannedSteps);
  }

  private isLookDue(): boolean {
    const { step, plannedSteps, losses } = this.numbers;
    const last = losses.findLast(({ heldOut }) => heldOut !== undefined);
    if (last === undefined) return true;
    if (last.step === step) return false;
    return step >= plannedSteps || step - last.step >= this.stepsBetweenLooks;
  }

  /** Measures the held-out loss and keeps the best parameters; false when interrupted. */
  private async evaluateHeldOut(): Promise<boolean> {
    const { numbers, options } = this;
    const sum: SummedLoss = { loss: 0, weight: 0 };
    let spent = 0;
    for (const block of options.heldOut) {
      await options.turn(numbers);
      if (options.signal.aborted) return false;
      const { value, seconds } = await this.clock.time(() =>
        this.model.evaluate(block),
      );
      sum.loss += value.loss;
      sum.weight += value.weight;
      spent += seconds;
    }
    numbers.seconds += spent;
    numbers.secondsPerEvaluation = spent;
    const loss = sum.loss / sum.weight;
    this.noteHeldOut(loss);
    if (!Number.isFinite(loss)) numbers.ended = "diverged";
    else if (numbers.best === undefined || loss < numbers.best.loss) {
      numbers.best = { step: numbers.step, loss };
      numbers.evaluationsWithoutGain = 0;
      this.model.parameters.forEach(({ values }, index) =>
        this.state.best[index]!.set(values),
      );
    } else numbers.evaluationsWithoutGain++;
    options.onStep(numbers);
    return true;
  }

  private noteHeldOut(heldOut: number): void {
    const { losses, step } = this.numbers;
    const last = losses.at(-1);
    if (last) last.heldOut = heldOut;
    else losses.push({ step, training: undefined, heldOut });
  }

  private reasonToEnd(): TrainingEnd | undefined {
    const { numbers, options } = this;
    if (numbers.ended !== undefined) return numbers.ended;
    if (numbers.step >= numbers.plannedSteps) {
      return numbers.plannedSteps < this.epochSteps ? "time-limit" : "finished";
    }
    return numbers.evaluationsWithoutGain >= options.patience
      ? "early-stop"
      : undefined;
  }

  private saveNowAndThen(): void {
    const { seconds } = this.numbers;
    const { checkpointEverySeconds, saveCheckpoint } = this.options;
    if (seconds - this.secondsAtCheckpoint < checkpointEverySeconds) return;
    this.secondsAtCheckpoint = seconds;
    saveCheckpoint(this.state);
  }
}

/** Steps of a whole run without a time limit; the last one may have fewer blocks. */
export function numberOfSteps(
  numBlocks: number,
  settings: Pick<TrainingSettings, "epochs" | "gradientAccumulationSteps">,
): number {
  return Math.ceil(
    numberOfBlocks(numBlocks, settings) / settings.gradientAccumulationSteps,
  );
}

function numberOfBlocks(
  numBlocks: number,
  { epochs }: Pick<TrainingSettings, "epochs">,
): number {
  return Math.max(1, Math.round(numBlocks * epochs));
}

function freshNumbers(plannedSteps: number): TrainerNumbers {
  return {
    step: 0,
    blocksUsed: 0,
    plannedSteps,
    seconds: 0,
    trainedSeconds: 0,
    trainedTokens: 0,
    secondsPerStep: 0,
    secondsPerEvaluation: 0,
    best: undefined,
    evaluationsWithoutGain: 0,
    losses: [],
    ended: undefined,
  };
}

function add(
  total: readonly Float32Array[],
  more: readonly Float32Array[],
): void {
  total.forEach((sum, index) => {
    const part = more[index]!;
    for (let i = 0; i < sum.length; i++) sum[i]! += part[i]!;
  });
}
