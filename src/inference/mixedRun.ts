// One run of decoding with a memory. Tokens are guessed, by the memory or else by the model alone with the same noise, and
// the model's distributions come back for all of them: the first token that the mixture draws otherwise takes its place
// and the rest is taken back, so that what comes out is drawn from the mixture alone, whatever was guessed.

import type { Mixture } from "../memory/mixture";
import type { Session } from "../runtime/session";
import type { KvCache } from "./kvCache";
import {
  decodeWithDistributions,
  predictAfter,
  type DrawnToken,
  type DrawOptions,
} from "./languageModel";
import { drawMixed } from "./mixedDraw";

/**
 * What a memory makes of the model's log-probabilities [V] of what follows `contextIds`; asked with tokens that may turn
 * out not to be drawn, too.
 */
export type Mixer = (
  contextIds: readonly number[],
  logProbabilities: Float32Array,
) => Mixture;

/** Tokens of which the probabilities come back with each, as from decodeGraph.ts. */
const NUM_ALTERNATIVES = 5;

/** What is drawn after which tokens. */
export interface MixedRun {
  /** Those that the cache lacks, at least one. */
  tokenIds: readonly number[];
  /** All up to the last of `tokenIds`. */
  contextIds: readonly number[];
  mix: Mixer;
  /** Those of the memory; with any, a token more may be drawn than there are guesses. */
  guesses: readonly number[];
  /** Whether `options.bias` rules out anything. */
  isBiased: boolean;
  options: DrawOptions;
  /** How many of the most probable tokens are looked at. */
  numCandidates: number;
}

/** Draws one token or more; the cache holds all of them but the last. `numRounds` is what the model has drawn. */
export async function drawMixedRun(
  session: Session,
  cache: KvCache,
  run: MixedRun,
): Promise<{ tokens: DrawnToken[]; numRounds: number }> {
  const { tokenIds, contextIds, guesses, mix, options, numCandidates } = run;
  const lengthBefore = cache.length + tokenIds.length;
  const { guessed, distributions } =
    guesses.length > 0
      ? await judge(session, cache, run)
      : await guessByModel(session, cache, run);
  const { numKept, noise, bias, stopFlags, minProbability } = options;
  const tokens: DrawnToken[] = [];
  const context = [...contextIds];
  let { recentTokenIds } = options;
  for (const [round, row] of distributions.entries()) {
    const token = drawMixed(row, mix(context, row), {
      ...options,
      recentTokenIds,
      bias: round === 0 && run.isBiased ? bias : undefined,
      noise: noise.subarray(round * numKept, (round + 1) * numKept),
      numCandidates,
      numAlternatives: NUM_ALTERNATIVES,
    });
    tokens.push(token);
    context.push(token.tokenId);
    recentTokenIds = [...recentTokenIds.slice(1), token.tokenId];
    const firstFlag = round === 0 ? 0 : stopFlags.length / 2;
    const ends =
      stopFlags[firstFlag + token.tokenId] === 1 ||
      token.probability < minProbability;
    if (ends || token.tokenId !== guessed[round]) break;
  }
  cache.truncate(Math.min(cache.length, lengthBefore + tokens.length - 1));
  return { tokens, numRounds: distributions.length };
}

interface Guesses {
  guessed: readonly number[];
  distributions: Float32Array[];
}

/** The model's distributions in place of each guess and behind the last, in one run of as many rows. */
async function judge(
  session: Session,
  cache: KvCache,
  { tokenIds, guesses, options }: MixedRun,
): Promise<Guesses> {
  const distributions = await predictAfter(session, cache, {
    tokenIds: [...tokenIds, ...guesses],
    numRows: guesses.length + 1,
    options: { ...options, noise: options.noise.subarray(0, options.numKept) },
  });
  return { guessed: guesses, distributions };
}

/** What the model alone draws, and its distributions in place of each. */
async function guessByModel(
  session: Session,
  cache: KvCache,
  { tokenIds, options }: MixedRun,
): Promise<Guesses> {
  const { drawn, distributions } = await decodeWithDistributions(
    session,
    cache,
    { tokenIds, options },
  );
  return { guessed: drawn.map(({ tokenId }) => tokenId), distributions };
}
