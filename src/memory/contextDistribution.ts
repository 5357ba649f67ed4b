// From counts to a distribution: each length of context gives part of the mass to what followed it and hands the rest,
// the escape, to the next shorter one; what is left below the shortest is the language model's. That is PPM's blending
// (Cleary and Witten 1984, Moffat 1990) in its interpolated form, with a discount in place of a count for what is new.

import type { Continuations } from "./suffixIndex";

/** The mass of what never followed a context, in counts for each different token that did; as in the prototype. */
const ESCAPE_PER_DISTINCT = 0.6;

/** What counts say of the next token; `escape` and all probabilities sum to 1. */
export interface ContextDistribution {
  /** Token id -> probability, of tokens that followed the context or an ending of it. */
  probabilities: Map<number, number>;
  /** The mass that the counts do not give away. */
  escape: number;
  /** What stood behind the longest ending of the context that was found; undefined where none was. */
  longest: LongestMatch | undefined;
}

/** The counts behind the longest ending of a context. */
export interface LongestMatch {
  order: number;
  total: number;
  numDistinct: number;
  /** The token that stood there most often, of equals the one with the smaller id. */
  bestTokenId: number;
  bestCount: number;
  /** What the last token of the context is followed by in all: a match that ends in a rare token says more. */
  lastTokenTotal: number;
}

/** Blends the continuations of a context's endings, shortest first. */
export function blendOrders(
  levels: readonly Continuations[],
): ContextDistribution {
  const probabilities = new Map<number, number>();
  let escape = 1;
  for (const { counts, total } of levels.toReversed()) {
    const discounted = total + ESCAPE_PER_DISTINCT * counts.size;
    for (const [token, count] of counts) {
      const share = (escape * count) / discounted;
      probabilities.set(token, (probabilities.get(token) ?? 0) + share);
    }
    escape *= 1 - total / discounted;
  }
  return { probabilities, escape, longest: describeLongest(levels) };
}

/** The token that one of two memories holds most probable, by itself; undefined where neither knows the context. */
export function mostExpected(
  memories: readonly ContextDistribution[],
): { tokenId: number; probability: number } | undefined {
  let best: { tokenId: number; probability: number } | undefined;
  for (const { probabilities } of memories) {
    for (const [tokenId, probability] of probabilities) {
      if (probability > (best?.probability ?? 0))
        best = { tokenId, probability };
    }
  }
  return best;
}

function describeLongest(
  levels: readonly Continuations[],
): LongestMatch | undefined {
  const level = levels.at(-1);
  if (!level) return undefined;
  let bestTokenId = -1;
  let bestCount = 0;
  for (const [token, count] of level.counts) {
    const isBetter =
      count > bestCount || (count === bestCount && token < bestTokenId);
    if (isBetter) {
      bestTokenId = token;
      bestCount = count;
    }
  }
  return {
    order: level.order,
    total: level.total,
    numDistinct: level.counts.size,
    bestTokenId,
    bestCount,
    lastTokenTotal: levels[0]!.total,
  };
}
