// What a gate and a mixture want to know of the model's distribution, from its log-probabilities.

import type { ModelOpinion } from "./gate";

/** A token less probable than the best by more adds next to nothing, and is drawn only where a memory knows it. */
export const NEGLIGIBLE_NATS = 12;

/** The tokens that count, in the order of their ids, and the log-probability of the best. */
export interface LikelyTokens {
  best: number;
  tokenIds: readonly number[];
}

/** Of each row once: whoever mixes it looks, and so does whoever draws from the mixture. */
const known = new WeakMap<Float32Array, LikelyTokens>();

/** Those that are not negligible among natural log-probabilities [V], which must not change. */
export function likelyTokens(logProbabilities: Float32Array): LikelyTokens {
  let likely = known.get(logProbabilities);
  if (!likely) {
    const best = maxOf(logProbabilities);
    const least = best - NEGLIGIBLE_NATS;
    const tokenIds: number[] = [];
    for (let tokenId = 0; tokenId < logProbabilities.length; tokenId++) {
      if (logProbabilities[tokenId]! >= least) tokenIds.push(tokenId);
    }
    likely = { best, tokenIds };
    known.set(logProbabilities, likely);
  }
  return likely;
}

/** The opinion behind natural log-probabilities [V]. */
export function opinionOf(logProbabilities: Float32Array): ModelOpinion {
  const { best, tokenIds } = likelyTokens(logProbabilities);
  let entropy = 0;
  for (const tokenId of tokenIds) {
    const logProbability = logProbabilities[tokenId]!;
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
