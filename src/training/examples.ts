// Tokenised examples of a task -> sequences for blocks: the prompt is context, the completion and its end are learned.

import { withEnd, type TokenSequence } from "./blocks";

/** A prompt and what should follow it, encoded apart, as they are when the model is asked. */
export interface TokenExample {
  promptIds: ArrayLike<number>;
  completionIds: ArrayLike<number>;
}

/**
 * The sequence of an example, after `bosIds` where the model wants them in front of every text. A prompt that leaves no
 * room loses its beginning; undefined where the completion alone does not fit into a block, or there is nothing to
 * learn.
 */
export function exampleSequence(
  { promptIds, completionIds }: TokenExample,
  {
    blockTokens,
    endTokenId,
    bosIds = [],
  }: { blockTokens: number; endTokenId?: number; bosIds?: readonly number[] },
): TokenSequence | undefined {
  const completion = withEnd(completionIds, endTokenId);
  // The last token is a target only; at least one token of the prompt is read.
  const headTokens = bosIds.length;
  const room = blockTokens + 1 - headTokens - completion.length;
  if (room < 1 || promptIds.length === 0 || completionIds.length === 0) {
    return undefined;
  }
  const numPrompt = Math.min(promptIds.length, room);
  const kept = Array.from(promptIds).slice(promptIds.length - numPrompt);
  return {
    tokenIds: Int32Array.of(...bosIds, ...kept, ...completion),
    headTokens,
    firstTarget: headTokens + numPrompt,
  };
}
