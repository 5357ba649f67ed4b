// What a gate and a mixture want to know of the model's distribution, from its log-probabilities.

import type { ModelOpinion } from "./gate";

/** Of tokens less probable than this part of the best one the entropy leaves out what they would add. */
const NEGLIGIBLE_NATS = 12;

/** The opinion behind natural log-probabilities [V]. */
export function opinionOf(logProbabilities: Float32Array): ModelOpinion {
  const best = maxOf(logProbabilities);
  const least = best - NEGLIGIBLE_NATS;
  let entropy = 0;
  for (let tokenId = 0; tokenId < logProbabilities.length; tokenId++) {
    const logProbability = logProbabilities[tokenId]!;
    if (logProbability < least) continue;
    entropy -= logProbability * Math.exp(logProbability);
  }
  return {
    entropy,
    maxProbability: Math.exp(best),
    probabilityOf: (tokenId) => Math.exp(logProbabilities[tokenId]!),
  };
}

function maxOf(values: Float32Array): number {
  let max = -Infinity;
  for (let i = 0; i < values.length; i++) {
    if (values[i]! > max) max = values[i]!;
  }
  return max;
}
