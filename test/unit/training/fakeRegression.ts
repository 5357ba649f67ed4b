// A linear regression as a TrainingModel: its loss and gradients are known by hand, so that the loop around the graph
// can be tested without one. Also the options that every test of the trainer starts from.

import { seededRandom } from "../../../src/common/random";
import type { TrainerOptions } from "../../../src/training/trainer";
import type {
  LossGradients,
  SummedLoss,
  TrainingModel,
} from "../../../src/training/trainingModel";

/** Points whose y is wanted for x. */
export interface Points {
  x: number[][];
  y: number[];
}

/** y = slope * x + offset with half the squared error, summed over points. */
export class FakeRegression implements TrainingModel<Points> {
  readonly slope: Float32Array<ArrayBuffer>;
  readonly offset = new Float32Array(1);
  readonly parameters;
  computed = 0;

  constructor(numInputs: number) {
    this.slope = new Float32Array(numInputs);
    this.parameters = [
      {
        name: "slope",
        shape: [numInputs],
        values: this.slope,
        decays: true,
      },
      { name: "offset", shape: [1], values: this.offset, decays: false },
    ];
  }

  async computeGradients({ x, y }: Points): Promise<LossGradients> {
    this.computed++;
    const slope = new Float32Array(this.slope.length);
    const offset = new Float32Array(1);
    let loss = 0;
    x.forEach((inputs, row) => {
      const error = this.predict(inputs) - y[row]!;
      loss += error ** 2 / 2;
      inputs.forEach((input, i) => (slope[i]! += error * input));
      offset[0]! += error;
    });
    return { loss, weight: y.length, gradients: [slope, offset] };
  }

  async evaluate(points: Points): Promise<SummedLoss> {
    const { loss, weight } = await this.computeGradients(points);
    this.computed--;
    return { loss, weight };
  }

  private predict(inputs: number[]): number {
    return inputs.reduce(
      (sum, input, i) => sum + input * this.slope[i]!,
      this.offset[0]!,
    );
  }
}

/** Blocks of points near a fixed line, with noise from the seed. */
export function makePoints({
  blocks,
  seed,
  noise = 0.1,
}: {
  blocks: number;
  seed: number;
  noise?: number;
}): Points[] {
  const random = seededRandom(seed);
  return Array.from({ length: blocks }, () => {
    const x = Array.from({ length: 4 }, () => [random() - 0.5, random() - 0.5]);
    const y = x.map(
      ([a, b]) => 3 * a! - 2 * b! + 0.5 + noise * (random() - 0.5),
    );
    return { x, y };
  });
}

/** Options of a trainer on which a test changes what it is about. The clock moves a second at each look. */
export function trainerOptions(
  changes: Partial<TrainerOptions<Points>> = {},
): TrainerOptions<Points> {
  let seconds = 0;
  return {
    training: makePoints({ blocks: 12, seed: 1 }),
    heldOut: makePoints({ blocks: 4, seed: 2 }),
    tokensOf: ({ y }) => y.length,
    settings: {
      epochs: 4,
      gradientAccumulationSteps: 1,
      learningRate: 0.05,
      maxGradientNorm: 1,
      seed: 7,
      warmupSteps: 4,
      weightDecay: 0.01,
    },
    stepsBetweenLooks: () => 8,
    patience: 3,
    signal: new AbortController().signal,
    turn: async () => {},
    onStep: () => {},
    saveCheckpoint: () => {},
    checkpointEverySeconds: 10,
    now: () => 1000 * seconds++,
    ...changes,
  };
}
