// Draws tokens as decodeGraph.ts promises, in plain loops and float64: what the graph is compared with, and what
// stands in for it in tests of the generate loop.

import { softmaxOf } from "./matrices";

/** Tokens that are looked at, and of which the probabilities come back. */
export interface SamplerSizes {
  numCandidates: number;
  numAlternatives: number;
}

export interface ReferenceDrawOptions extends SamplerSizes {
  /** Added to the logits; absent for later tokens. */
  bias: ArrayLike<number> | undefined;
  /** [2 vocabSize], first token apart from later ones. */
  stopFlags: ArrayLike<number>;
  isFirst: boolean;
  minProbability: number;
  recentTokenIds: readonly number[];
  repetitionPenalty: number;
  inverseTemperature: number;
  numKept: number;
  topP: number;
  /** [numKept] */
  noise: ArrayLike<number>;
}

export interface ReferenceDraw {
  tokenId: number;
  probability: number;
  alternatives: { tokenId: number; probability: number }[];
  endsRun: boolean;
}

/** Draws one token from logits [vocabSize]. */
export function referenceDraw(
  plainLogits: ArrayLike<number>,
  options: ReferenceDrawOptions,
): ReferenceDraw {
  const { bias, recentTokenIds, repetitionPenalty, noise } = options;
  // A bias of -1e9 leaves no digit of a logit in float32: tokens that are ruled out are equals.
  const logits = Array.from(plainLogits, (logit, tokenId) =>
    Math.fround(logit + (bias?.[tokenId] ?? 0)),
  );
  const probabilities = softmaxOf(logits);
  const candidates = descending(
    logits.map((score, tokenId) => ({ score, tokenId })),
  ).slice(0, options.numCandidates);
  const kept = descending(
    candidates.map(({ score: logit, tokenId }) => {
      const isRecent = recentTokenIds.includes(tokenId);
      const penalised =
        logit > 0 ? logit / repetitionPenalty : logit * repetitionPenalty;
      return {
        tokenId,
        score: (isRecent ? penalised : logit) * options.inverseTemperature,
      };
    }),
  ).slice(0, options.numKept);

  const weights = softmaxOf(kept.map(({ score }) => score));
  let before = 0;
  let best = { tokenId: -1, score: -Infinity };
  kept.forEach(({ tokenId, score }, place) => {
    const noisy = score + noise[place]!;
    if (before < options.topP && noisy > best.score) {
      best = { tokenId, score: noisy };
    }
    before += weights[place]!;
  });

  const probability = probabilities[best.tokenId]!;
  const flagPlace = best.tokenId + (options.isFirst ? 0 : logits.length);
  return {
    tokenId: best.tokenId,
    probability,
    alternatives: candidates
      .slice(0, options.numAlternatives)
      .map(({ tokenId }) => ({
        tokenId,
        probability: probabilities[tokenId]!,
      })),
    endsRun:
      options.stopFlags[flagPlace] === 1 ||
      probability < options.minProbability,
  };
}

/** Highest score first; of equals the one that came first. */
function descending<T extends { score: number }>(scored: T[]): T[] {
  return scored.toSorted((a, b) => b.score - a.score);
}
