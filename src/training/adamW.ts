// AdamW: Adam whose weight decay does not pass through the moments (arXiv:1711.05101, algorithm 2).
// As PyTorch's `torch.optim.AdamW` computes it. Everything happens in place; 2.4 million parameters take some 15 ms.

import type { Parameter } from "./trainingModel";

/** The constants of the update, with PyTorch's defaults. */
export interface AdamWOptions {
  beta1?: number;
  beta2?: number;
  epsilon?: number;
  weightDecay: number;
}

/** The running means of gradients and of their squares; part of every checkpoint. */
export interface Moments {
  first: readonly Float32Array<ArrayBuffer>[];
  second: readonly Float32Array<ArrayBuffer>[];
}

/** Moments before the first step: zeros of the parameters' sizes. */
export function zeroMoments(parameters: readonly Parameter[]): Moments {
  const zeros = () =>
    parameters.map(({ values }) => new Float32Array(values.length));
  return { first: zeros(), second: zeros() };
}

/** Takes one step; `step` counts from 1. */
export function adamWStep(
  parameters: readonly Parameter[],
  {
    gradients,
    moments,
    step,
    learningRate,
    beta1 = 0.9,
    beta2 = 0.999,
    epsilon = 1e-8,
    weightDecay,
  }: AdamWOptions & {
    gradients: readonly Float32Array[];
    moments: Moments;
    step: number;
    learningRate: number;
  },
): void {
  const stepSize = learningRate / (1 - beta1 ** step);
  const secondScale = 1 / Math.sqrt(1 - beta2 ** step);
  parameters.forEach(({ values, decays }, index) => {
    const gradient = gradients[index]!;
    const first = moments.first[index]!;
    const second = moments.second[index]!;
    const kept = decays ? 1 - learningRate * weightDecay : 1;
    for (let i = 0; i < values.length; i++) {
      const slope = gradient[i]!;
      const mean = beta1 * first[i]! + (1 - beta1) * slope;
      const square = beta2 * second[i]! + (1 - beta2) * slope * slope;
      first[i] = mean;
      second[i] = square;
      values[i] =
        kept * values[i]! -
        (stepSize * mean) / (Math.sqrt(square) * secondScale + epsilon);
    }
  });
}
