// After which beginning of a continuation the text behind the cursor follows best, and how probable it is there.

import type { FollowingScore, GeneratedToken } from "../protocol/generation";
import { isInsideWord } from "../text/wordBorders";

/** Tokens of the text behind the cursor that are looked at: eight tell no more than four (docs/LOG.md). */
const FOLLOWING_TOKENS = 4;

/** A continuation with its prompt, as tokens. */
interface Written {
  /** What the continuation was drawn after. */
  promptIds: readonly number[];
  /** All that stands before the cursor. */
  nothingWrittenIds: readonly number[];
  /** What the tokens spell before they write anything. */
  healed: string;
  tokens: readonly GeneratedToken[];
  /** The token that would have come next, where it is known. */
  next: GeneratedToken | undefined;
  /** How probable the first token of `followingIds` was in place of each of these: its logarithm. */
  firstLogProbabilities: readonly number[];
}

/**
 * Scores `followingIds` with nothing written and at one word's end; undefined once cancelled. Their first token, which
 * costs nothing while the others are drawn, says at which end: to try all of them finds no better one (docs/LOG.md).
 */
export async function scoreFollowing(
  written: Written,
  {
    followingIds,
    score,
    isCancelled,
  }: {
    followingIds: readonly number[];
    /** The log-probability of tokens after others. */
    score: (
      contextIds: readonly number[],
      targetIds: readonly number[],
    ) => Promise<number>;
    isCancelled: () => boolean;
  },
): Promise<FollowingScore[] | undefined> {
  const targetIds = followingIds.slice(0, FOLLOWING_TOKENS);
  const end = targetIds.length > 0 ? findBestEnd(written) : undefined;
  if (!end) return [];
  const { promptIds, nothingWrittenIds, tokens } = written;
  const writtenIds = tokens.slice(0, end.numTokens).map((each) => each.tokenId);
  const scores: FollowingScore[] = [];
  // What was written first: the cache holds it.
  for (const { length, contextIds } of [
    { length: end.length, contextIds: [...promptIds, ...writtenIds] },
    { length: 0, contextIds: nothingWrittenIds },
  ]) {
    if (isCancelled()) return undefined;
    const logProbability = await score(contextIds, targetIds);
    scores.unshift({ length, logProbability });
  }
  return scores;
}

/** The word's end where the written text and the first token of what follows are most probable together. */
function findBestEnd(written: Written): WordEnd | undefined {
  const { tokens, firstLogProbabilities } = written;
  let best: (WordEnd & { logProbability: number }) | undefined;
  for (const end of findWordEnds(written)) {
    const first = firstLogProbabilities[end.numTokens];
    if (first === undefined) continue;
    const logProbability = tokens
      .slice(0, end.numTokens)
      .reduce((sum, each) => sum + each.logProbability, first);
    if (!best || logProbability > best.logProbability) {
      best = { ...end, logProbability };
    }
  }
  return best;
}

/** After how many tokens, and characters, a word or a mark ends and something is written. */
interface WordEnd {
  numTokens: number;
  length: number;
}

function findWordEnds({ healed, tokens, next }: Written): WordEnd[] {
  const ends: WordEnd[] = [];
  let text = "";
  tokens.forEach((token, index) => {
    text += token.text;
    const following = tokens[index + 1] ?? next;
    // Where nothing is known of what comes, a letter would.
    const goesOn = isInsideWord(text, following?.text ?? "a");
    const length = text.length - healed.length;
    if (length > 0 && !goesOn && /\S$/u.test(text)) {
      ends.push({ numTokens: index + 1, length });
    }
  });
  return ends;
}
