// Draws a token from the model's distribution mixed with that of a memory, as decodeGraph.ts draws from the model's own:
// the best candidates, repetition penalty, temperature, top-k, top-p, then the Gumbel-max trick with the same noise.

import type { Mixture } from "../memory/mixture";
import {
  likelyTokens,
  NEGLIGIBLE_NATS,
  type LikelyTokens,
} from "../memory/modelOpinion";
import type { DrawnToken, DrawOptions } from "./languageModel";

/** What a draw depends on beside the distribution; see `DrawOptions` in languageModel.ts. */
export interface MixedDrawOptions extends Pick<
  DrawOptions,
  | "recentTokenIds"
  | "repetitionPenalty"
  | "inverseTemperature"
  | "numKept"
  | "topP"
  | "targetId"
> {
  /** Below 0 for tokens that are ruled out: [V]; undefined where none is. */
  bias: Float32Array | undefined;
  /** [numKept] */
  noise: Float32Array;
  /** How many of the most probable tokens are looked at. */
  numCandidates: number;
  numAlternatives: number;
}

const NATS_PER_STEP = 0.5;

/** Draws from `logProbabilities` [V], of the model alone, mixed as `mixture` says. */
export function drawMixed(
  logProbabilities: Float32Array,
  mixture: Mixture,
  options: MixedDrawOptions,
): DrawnToken {
  const { candidates, mass } = findCandidates(
    logProbabilities,
    mixture,
    options,
  );
  const place = drawPlace(candidates, options);
  const { tokenId, probability } = candidates[place]!;
  const { targetId, numAlternatives } = options;
  return {
    tokenId,
    probability,
    alternatives: candidates.slice(0, numAlternatives),
    targetLogProbability:
      targetId === undefined
        ? 0
        : mixedLogProbability(logProbabilities, mixture, targetId),
    memoryShare: (mixture.additions.get(tokenId) ?? 0) / mass / probability,
  };
}

/** The natural logarithm of a token's probability in the mixture. */
export function mixedLogProbability(
  logProbabilities: Float32Array,
  { modelShare, additions }: Mixture,
  tokenId: number,
): number {
  return Math.log(
    modelShare * Math.exp(logProbabilities[tokenId]!) +
      (additions.get(tokenId) ?? 0),
  );
}

interface Candidate {
  tokenId: number;
  /** Among the tokens that may be drawn. */
  probability: number;
}

/** The most probable tokens, best first, and the mass of all that may be drawn. */
function findCandidates(
  logProbabilities: Float32Array,
  { modelShare, additions }: Mixture,
  { bias, numCandidates }: MixedDrawOptions,
): { candidates: Candidate[]; mass: number } {
  const likely = bias
    ? allowedTokens(logProbabilities, bias)
    : { ...likelyTokens(logProbabilities), mass: 1 };
  const found: Candidate[] = [];
  let mass = modelShare * likely.mass;
  for (const [tokenId, addition] of additions) {
    if (bias && bias[tokenId]! < 0) continue;
    mass += addition;
    const ofModel = modelShare * Math.exp(logProbabilities[tokenId]!);
    found.push({ tokenId, probability: ofModel + addition });
  }
  // Whatever the memory adds, the best of the others are among so many that are best for the model.
  const best = mostLikely(logProbabilities, {
    likely,
    count: numCandidates + additions.size,
  });
  for (const tokenId of best) {
    if (additions.has(tokenId)) continue;
    const probability = modelShare * Math.exp(logProbabilities[tokenId]!);
    found.push({ tokenId, probability });
  }
  const candidates = found
    .map(({ tokenId, probability }) => ({
      tokenId,
      probability: probability / mass,
    }))
    .sort((a, b) => b.probability - a.probability || a.tokenId - b.tokenId)
    .slice(0, numCandidates);
  return { candidates, mass };
}

/** Those that are not ruled out, and all that the model gives them. */
function allowedTokens(
  logProbabilities: Float32Array,
  bias: Float32Array,
): LikelyTokens & { mass: number } {
  let best = -Infinity;
  let mass = 0;
  const allowed: number[] = [];
  for (let tokenId = 0; tokenId < bias.length; tokenId++) {
    if (bias[tokenId]! < 0) continue;
    const logProbability = logProbabilities[tokenId]!;
    if (logProbability > best) best = logProbability;
    mass += Math.exp(logProbability);
    allowed.push(tokenId);
  }
  const least = best - NEGLIGIBLE_NATS;
  return {
    best,
    mass,
    tokenIds: allowed.filter((tokenId) => logProbabilities[tokenId]! >= least),
  };
}

/** The `count` most likely tokens and as few more as a count in steps of half a nat can tell; sorting all costs more. */
function mostLikely(
  logProbabilities: Float32Array,
  {
    likely: { best, tokenIds },
    count,
  }: { likely: LikelyTokens; count: number },
): readonly number[] {
  if (tokenIds.length <= count) return tokenIds;
  const stepOf = (tokenId: number) =>
    Math.floor((best - logProbabilities[tokenId]!) / NATS_PER_STEP);
  const counts = new Uint32Array(NEGLIGIBLE_NATS / NATS_PER_STEP + 1);
  for (const tokenId of tokenIds) counts[stepOf(tokenId)]!++;
  let last = 0;
  for (let sum = counts[0]!; sum < count; sum += counts[last]!) last++;
  return tokenIds.filter((tokenId) => stepOf(tokenId) <= last);
}

/** Which of the candidates is drawn. Logarithms of probabilities stand for the graph's logits. */
function drawPlace(
  candidates: readonly Candidate[],
  options: MixedDrawOptions,
): number {
  const { recentTokenIds, repetitionPenalty, inverseTemperature } = options;
  const kept = candidates
    .map(({ tokenId, probability }, place) => {
      const penalty = recentTokenIds.includes(tokenId) ? repetitionPenalty : 1;
      return {
        place,
        score: Math.log(probability) * penalty * inverseTemperature,
      };
    })
    .sort((a, b) => b.score - a.score)
    .slice(0, options.numKept);
  const largest = kept[0]!.score;
  const sum = kept.reduce(
    (all, { score }) => all + Math.exp(score - largest),
    0,
  );
  let before = 0;
  let best = { place: kept[0]!.place, score: -Infinity };
  kept.forEach(({ place, score }, rank) => {
    const noisy = score + options.noise[rank]!;
    if (before < options.topP && noisy > best.score) {
      best = { place, score: noisy };
    }
    before += Math.exp(score - largest) / sum;
  });
  return best.place;
}
