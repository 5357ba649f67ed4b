// Fits a gate's weights by Adam on the negative logarithm of the mixed probability.

import { seededRandom, shuffledIndices } from "../src/common/random";
import { NUM_GATE_INPUTS, type GateWeights } from "../src/memory/gate";

/** One token of a text with what the three said of it. */
export interface GateExample {
  /** Which document it is of. */
  document: number;
  isWithWorkspace: boolean;
  /** [F] */
  inputs: readonly number[];
  /** Of the token, by model, workspace and document; undefined for a memory that had nothing to say. */
  probabilities: readonly (number | undefined)[];
}

type Net = Omit<GateWeights, "command">;

const NUM_HIDDEN = 16;
const NUM_PARTS = 3;
const EPOCHS = 40;
const BATCH = 128;
const LEARNING_RATE = 0.005;
const WEIGHT_DECAY = 1e-4;
const MIN_PROBABILITY = 1e-9;

/** A net that makes the examples most probable; the same for the same examples. */
export function fitGate(examples: readonly GateExample[]): Net {
  const { mean, deviation } = momentsOf(examples);
  const rows = examples.map(({ inputs, probabilities }) => ({
    x: Float64Array.from(inputs, (v, i) => (v - mean[i]!) / deviation[i]!),
    probabilities,
  }));
  const sizes = [NUM_HIDDEN * NUM_GATE_INPUTS, NUM_HIDDEN, NUM_PARTS * NUM_HIDDEN, NUM_PARTS]; // prettier-ignore
  const random = seededRandom(0);
  const parameters = sizes.map((size, index) => {
    const fanIn = index < 2 ? NUM_GATE_INPUTS : NUM_HIDDEN;
    const limit = 1 / Math.sqrt(fanIn);
    return Float64Array.from(
      { length: size },
      () => limit * (2 * random() - 1),
    );
  });
  const moments = sizes.map((size) => ({
    first: new Float64Array(size),
    second: new Float64Array(size),
  }));
  let step = 0;
  for (let epoch = 0; epoch < EPOCHS; epoch++) {
    const order = shuffledIndices(rows.length, random);
    // Small steps at the end, so that the last batches are not heard more than the others.
    const learningRate = LEARNING_RATE * (1 - epoch / EPOCHS);
    for (let start = 0; start < rows.length; start += BATCH) {
      const batch = order.subarray(start, start + BATCH);
      const gradients = sizes.map((size) => new Float64Array(size));
      for (const row of batch) {
        addGradients(rows[row]!, { parameters, gradients });
      }
      step++;
      parameters.forEach((values, index) => {
        const { first, second } = moments[index]!;
        for (let i = 0; i < values.length; i++) {
          const gradient =
            gradients[index]![i]! / batch.length + WEIGHT_DECAY * values[i]!;
          first[i] = 0.9 * first[i]! + 0.1 * gradient;
          second[i] = 0.999 * second[i]! + 0.001 * gradient ** 2;
          const meanFirst = first[i]! / (1 - 0.9 ** step);
          const meanSecond = second[i]! / (1 - 0.999 ** step);
          values[i] = values[i]! - (learningRate * meanFirst) / (Math.sqrt(meanSecond) + 1e-8); // prettier-ignore
        }
      });
    }
  }
  const [w1, b1, w2, b2] = parameters as [Float64Array, Float64Array, Float64Array, Float64Array]; // prettier-ignore
  return {
    mean,
    deviation,
    hiddenWeights: rowsOf(w1, NUM_GATE_INPUTS),
    hiddenBias: [...b1],
    outputWeights: rowsOf(w2, NUM_HIDDEN),
    outputBias: [...b2],
  };
}

/** Mean negative logarithm of the tokens' probability, by the model alone and mixed. */
export function meanLoss(
  examples: readonly GateExample[],
  net: Net,
): { model: number; mixed: number } {
  const parameters = [
    Float64Array.from(net.hiddenWeights.flat()),
    Float64Array.from(net.hiddenBias),
    Float64Array.from(net.outputWeights.flat()),
    Float64Array.from(net.outputBias),
  ];
  let model = 0;
  let mixed = 0;
  for (const { inputs, probabilities } of examples) {
    const x = Float64Array.from(
      inputs,
      (v, i) => (v - net.mean[i]!) / net.deviation[i]!,
    );
    const { shares } = forward(x, { parameters, probabilities });
    model -= Math.log(probabilities[0]! + MIN_PROBABILITY);
    mixed -= Math.log(mixedProbability(shares, probabilities));
  }
  return { model: model / examples.length, mixed: mixed / examples.length };
}

interface Row {
  x: Float64Array;
  probabilities: GateExample["probabilities"];
}

function forward(
  x: Float64Array,
  {
    parameters,
    probabilities,
  }: { parameters: Float64Array[]; probabilities: Row["probabilities"] },
) {
  const [w1, b1, w2, b2] = parameters as [Float64Array, Float64Array, Float64Array, Float64Array]; // prettier-ignore
  const hidden = new Float64Array(NUM_HIDDEN);
  for (let h = 0; h < NUM_HIDDEN; h++) {
    let sum = b1[h]!;
    for (let i = 0; i < x.length; i++) sum += w1[h * x.length + i]! * x[i]!;
    hidden[h] = Math.tanh(sum);
  }
  const shares = new Float64Array(NUM_PARTS);
  let total = 0;
  for (let o = 0; o < NUM_PARTS; o++) {
    if (probabilities[o] === undefined) continue;
    let sum = b2[o]!;
    for (let h = 0; h < NUM_HIDDEN; h++) {
      sum += w2[o * NUM_HIDDEN + h]! * hidden[h]!;
    }
    shares[o] = Math.exp(sum);
    total += shares[o]!;
  }
  for (let o = 0; o < NUM_PARTS; o++) shares[o] = shares[o]! / total;
  return { hidden, shares };
}

function mixedProbability(
  shares: Float64Array,
  probabilities: Row["probabilities"],
): number {
  return shares.reduce(
    (sum, share, part) => sum + share * (probabilities[part] ?? 0),
    MIN_PROBABILITY,
  );
}

/** Of the loss -log(sum of share times probability); shares are a softmax of the net's outputs. */
function addGradients(
  { x, probabilities }: Row,
  {
    parameters,
    gradients,
  }: { parameters: Float64Array[]; gradients: Float64Array[] },
): void {
  const { hidden, shares } = forward(x, { parameters, probabilities });
  const mixed = mixedProbability(shares, probabilities);
  const w2 = parameters[2]!;
  const [dw1, db1, dw2, db2] = gradients as [Float64Array, Float64Array, Float64Array, Float64Array]; // prettier-ignore
  const dHidden = new Float64Array(NUM_HIDDEN);
  for (let o = 0; o < NUM_PARTS; o++) {
    const posterior = (shares[o]! * (probabilities[o] ?? 0)) / mixed;
    const dOutput = shares[o]! - posterior;
    db2[o] = db2[o]! + dOutput;
    for (let h = 0; h < NUM_HIDDEN; h++) {
      dw2[o * NUM_HIDDEN + h]! += dOutput * hidden[h]!;
      dHidden[h]! += dOutput * w2[o * NUM_HIDDEN + h]!;
    }
  }
  for (let h = 0; h < NUM_HIDDEN; h++) {
    const dSum = dHidden[h]! * (1 - hidden[h]! ** 2);
    db1[h] = db1[h]! + dSum;
    for (let i = 0; i < x.length; i++) dw1[h * x.length + i]! += dSum * x[i]!;
  }
}

function momentsOf(examples: readonly GateExample[]) {
  const mean: number[] = [];
  const deviation: number[] = [];
  for (let i = 0; i < NUM_GATE_INPUTS; i++) {
    const values = examples.map(({ inputs }) => inputs[i]!);
    const average = values.reduce((sum, v) => sum + v, 0) / values.length;
    const variance =
      values.reduce((sum, v) => sum + (v - average) ** 2, 0) / values.length;
    mean.push(average);
    deviation.push(Math.sqrt(variance) + 1e-6);
  }
  return { mean, deviation };
}

function rowsOf(values: Float64Array, length: number): number[][] {
  return Array.from({ length: values.length / length }, (_, row) => [
    ...values.subarray(row * length, (row + 1) * length),
  ]);
}
