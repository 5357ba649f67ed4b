// Says which token wrote which characters of a continuation, and cuts off what has been typed of it meanwhile.
// The first token may begin left of the cursor (token healing): its `start` is then negative.

import type {
  GeneratedToken,
  Generation,
  StopReason,
} from "../protocol/generation";

/** A token and the characters of the text that it wrote. */
export interface AlignedToken {
  token: GeneratedToken;
  start: number;
  end: number;
  /** Its probability given what was typed of it, between 0 and 1. */
  probability: number;
}

/** A continuation whose characters are tied to its tokens. */
export interface Continuation {
  text: string;
  tokens: AlignedToken[];
  stopReason: StopReason;
  /** What would have come next and was too improbable; it writes nothing. */
  refused?: GeneratedToken;
  /** Where words follow the cursor on its line: how sure it is that the text belongs before them. */
  midLineConfidence?: number;
  /** Written between prefix and suffix and ended by the model itself: it leads up to what follows. */
  fillsGap?: true;
}

/** Ties the characters of a generation to its tokens; `hasSuffix` says that it was written in front of a suffix. */
export function alignGeneration(
  generation: Generation,
  { hasSuffix = false }: { hasSuffix?: boolean } = {},
): Continuation {
  const { text, healed, tokens, stopReason, refused } = generation;
  let end = -healed.length;
  const aligned = tokens.map((token) => {
    const start = end;
    end += token.text.length;
    return { token, start, end, probability: Math.exp(token.logProbability) };
  });
  return {
    text,
    // What the model said of a healed token it said knowing the letters.
    tokens: foldHealed(
      aligned,
      aligned.filter((each) => each.end > 0),
    ),
    stopReason,
    ...(refused && { refused }),
    ...(hasSuffix && stopReason === "end-of-text" && { fillsGap: true }),
  };
}

/**
 * Tokens that only spell what stands before the cursor say how probable it is that the word goes on as it does, or
 * ends there: the first token that adds letters is as probable as all of them together.
 */
function foldHealed(all: AlignedToken[], kept: AlignedToken[]): AlignedToken[] {
  const [first, ...others] = kept;
  if (!first) return kept;
  const healed = all
    .slice(0, all.length - kept.length)
    .reduce((product, { probability }) => product * probability, 1);
  return [{ ...first, probability: first.probability * healed }, ...others];
}

/** What remains once `typed` has been typed; undefined when the text goes another way or nothing remains. */
export function continueAfter(
  continuation: Continuation,
  typed: string,
): Continuation | undefined {
  const { text, tokens } = continuation;
  if (text.length <= typed.length || !text.startsWith(typed)) return undefined;
  const moved = tokens.map((each) => ({
    ...each,
    start: each.start - typed.length,
    end: each.end - typed.length,
  }));
  return {
    ...continuation,
    text: text.slice(typed.length),
    tokens: dropTyped(moved),
  };
}

/** Drops tokens left of the cursor; one that spans it becomes as probable as it is among those with the typed letters. */
function dropTyped(tokens: AlignedToken[]): AlignedToken[] {
  return tokens
    .filter((each) => each.end > 0)
    .map((each) =>
      each.start < 0
        ? { ...each, probability: conditionalProbability(each) }
        : each,
    );
}

/**
 * Among the tokens that go on with its letters left of the cursor, how probable it is. Only the best alternatives are
 * known; of all others together, the share that begins with those letters is estimated (docs/LOG.md: without).
 */
function conditionalProbability({ token, start }: AlignedToken): number {
  const typed = token.text.slice(0, -start);
  const own = Math.exp(token.logProbability);
  let listed = own;
  let fitting = own;
  for (const { text, probability } of token.alternatives) {
    if (text === token.text) continue;
    listed += probability;
    if (text.startsWith(typed) && text.length > typed.length) {
      fitting += probability;
    }
  }
  const unlisted = Math.max(0, 1 - listed);
  const sum = fitting + unlisted * shareBeginningWith(typed);
  return own / Math.max(sum, Number.MIN_VALUE);
}

/** Two words of English text begin with the same letter once in 15 times, and then share the next one once in 7. */
function shareBeginningWith(typed: string): number {
  const numLetters = typed.trim().length;
  return numLetters === 0 ? 1 : (1 / 15) * (1 / 7) ** (numLetters - 1);
}
