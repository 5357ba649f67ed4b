// How much of a prediction the model, the workspace and the document so far each give: a net of one hidden layer over
// what the three say of themselves. Interpolation with a cache is Kuhn and De Mori's (1990); weights that depend on the
// place, and on the neighbours found there, are those of kNN-LM's successors (Khandelwal et al. 2020, arXiv:1911.00172).

import type { ContextDistribution } from "./contextDistribution";

/** What a gate is asked with: of one place in a text. */
export interface GateInput {
  workspace: ContextDistribution;
  document: ContextDistribution;
  model: ModelOpinion;
  /** Whether a token begins inside a word: what a memory says of the rest of a name is surer than of a word to come. */
  continuesWord(tokenId: number): boolean;
}

/** What the gate wants to know of the model's distribution. */
export interface ModelOpinion {
  /** In nats. */
  entropy: number;
  maxProbability: number;
  probabilityOf(tokenId: number): number;
}

/** The three weights; they sum to 1. A memory that has nothing to say has none. */
export interface GateShares {
  model: number;
  workspace: number;
  document: number;
}

/** A fitted net: F inputs, H hidden units, 3 outputs, all in rows. */
export interface GateWeights {
  /** The command that fitted it. */
  command: string;
  /** Mean and standard deviation of each input, [F]. */
  mean: readonly number[];
  deviation: readonly number[];
  /** [H, F], [H], [3, H], [3] */
  hiddenWeights: readonly (readonly number[])[];
  hiddenBias: readonly number[];
  outputWeights: readonly (readonly number[])[];
  outputBias: readonly number[];
}

/** Inputs of a gate, F of them. */
export const NUM_GATE_INPUTS = 21;

/** The numbers that the net is given, [F]. */
export function gateInputs(input: GateInput): number[] {
  const { workspace, document, model } = input;
  return [
    ...matchInputs(workspace, input),
    ...matchInputs(document, input),
    model.entropy,
    model.maxProbability,
    Math.log(model.maxProbability + 1e-6),
    workspace.escape,
    document.escape,
  ];
}

function matchInputs(
  { longest }: ContextDistribution,
  { model, continuesWord }: GateInput,
): number[] {
  if (!longest) return [0, 0, 0, 0, 0, 0, 0, 0];
  const { order, total, numDistinct, bestTokenId, bestCount, lastTokenTotal } =
    longest;
  return [
    1,
    order,
    Math.log(total),
    bestCount / total,
    Math.log(numDistinct),
    Math.log(lastTokenTotal),
    model.probabilityOf(bestTokenId),
    continuesWord(bestTokenId) ? 1 : 0,
  ];
}

/** Weighs the three by a softmax over those that have something to say. */
export function weigh(input: GateInput, weights: GateWeights): GateShares {
  const { mean, deviation, hiddenBias, outputBias } = weights;
  const inputs = gateInputs(input).map(
    (value, index) => (value - mean[index]!) / deviation[index]!,
  );
  const hidden = weights.hiddenWeights.map((row, unit) =>
    Math.tanh(hiddenBias[unit]! + dot(row, inputs)),
  );
  const scores = weights.outputWeights.map((row, output) =>
    Math.exp(outputBias[output]! + dot(row, hidden)),
  );
  const model = scores[0]!;
  const workspace = input.workspace.longest ? scores[1]! : 0;
  const document = input.document.longest ? scores[2]! : 0;
  const sum = model + workspace + document;
  return {
    model: model / sum,
    workspace: workspace / sum,
    document: document / sum,
  };
}

function dot(a: readonly number[], b: readonly number[]): number {
  return a.reduce((sum, value, index) => sum + value * b[index]!, 0);
}
