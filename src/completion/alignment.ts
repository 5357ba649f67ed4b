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
}

/** Ties the characters of a generation to its tokens. */
export function alignGeneration(generation: Generation): Continuation {
  const { text, tokens, stopReason } = generation;
  const written = tokens.map((token) => token.text).join("");
  const healed = written.endsWith(text)
    ? written.length - text.length
    : Math.max(0, written.indexOf(text));
  let end = -healed;
  const aligned = tokens.map((token) => {
    const start = end;
    end += token.text.length;
    return { token, start, end, probability: Math.exp(token.logProbability) };
  });
  return { text, tokens: dropTyped(aligned), stopReason };
}

/** What remains once `typed` has been typed; undefined when the text goes another way or nothing remains. */
export function continueAfter(
  continuation: Continuation,
  typed: string,
): Continuation | undefined {
  const { text, tokens, stopReason } = continuation;
  if (text.length <= typed.length || !text.startsWith(typed)) return undefined;
  const moved = tokens.map((each) => ({
    ...each,
    start: each.start - typed.length,
    end: each.end - typed.length,
  }));
  return {
    text: text.slice(typed.length),
    tokens: dropTyped(moved),
    stopReason,
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

function conditionalProbability({ token, start }: AlignedToken): number {
  const typed = token.text.slice(0, -start);
  const own = Math.exp(token.logProbability);
  let sum = own;
  for (const alternative of token.alternatives) {
    if (
      alternative.text !== token.text &&
      alternative.text.startsWith(typed) &&
      alternative.text.length > typed.length
    ) {
      sum += alternative.probability;
    }
  }
  return own / Math.max(sum, own, Number.MIN_VALUE);
}
