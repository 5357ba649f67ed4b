// Draws a token from the model's distribution mixed with that of a memory, as decodeGraph.ts draws from the model's own:
// the best candidates, repetition penalty, temperature, top-k, top-p, then the Gumbel-max trick with the same noise.

import type { Mixture } from "../memory/mixture";
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

/** A token less probable than the best by more is a candidate only where memory knows it. */
const CANDIDATE_NATS = 12;

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
  const isRuledOut = (tokenId: number) =>
    bias !== undefined && bias[tokenId]! < 0;
  let best = -Infinity;
  let modelMass = bias ? 0 : 1;
  for (let tokenId = 0; tokenId < logProbabilities.length; tokenId++) {
    if (isRuledOut(tokenId)) continue;
    const logProbability = logProbabilities[tokenId]!;
    if (logProbability > best) best = logProbability;
    if (bias) modelMass += Math.exp(logProbability);
  }
  const probabilities = new Map<number, number>();
  for (let tokenId = 0; tokenId < logProbabilities.length; tokenId++) {
    if (logProbabilities[tokenId]! < best - CANDIDATE_NATS) continue;
    if (isRuledOut(tokenId)) continue;
    const probability = modelShare * Math.exp(logProbabilities[tokenId]!);
    probabilities.set(tokenId, probability);
  }
  let mass = modelShare * modelMass;
  for (const [tokenId, addition] of additions) {
    if (isRuledOut(tokenId)) continue;
    mass += addition;
    const ofModel =
      probabilities.get(tokenId) ??
      modelShare * Math.exp(logProbabilities[tokenId]!);
    probabilities.set(tokenId, ofModel + addition);
  }
  const candidates = [...probabilities]
    .map(([tokenId, probability]) => ({
      tokenId,
      probability: probability / mass,
    }))
    .sort((a, b) => b.probability - a.probability || a.tokenId - b.tokenId)
    .slice(0, numCandidates);
  return { candidates, mass };
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
