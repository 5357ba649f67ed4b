// The part of a prompt that a model is shown when it is asked for a suggestion.

import type { KvCache } from "../inference/kvCache";
import type { GenerateRequest } from "../protocol/generation";
import { startPrompt, type StartingModel } from "./textStart";

/** The start of a prompt that is too long moves by one part in so many of the context, */
const JUMPS_PER_CONTEXT = 8;
/** and may stand so many jumps further on than it has to. */
const MAX_UNUSED_JUMPS = 3;

/**
 * The last tokens of the prompt, at least one, after what stands in front of every text. Where it is too long its start
 * moves in jumps of an eighth of the context, and stays where the cache has it while that leaves most of the context: a
 * prompt that becomes a token shorter is not read anew. Tokens to be written leave it at least half of the positions
 * that there are.
 */
export function promptWindow(
  tokenIds: readonly number[],
  {
    request,
    cache,
    model,
    contextLength,
  }: {
    request: Pick<GenerateRequest, "contextTokens" | "maxTokens">;
    cache: KvCache;
    model: StartingModel;
    contextLength: number;
  },
): number[] {
  const windowFrom = (start: number) =>
    startPrompt(tokenIds.slice(start), { model });
  const maxTokens = Math.min(
    Math.max(1, request.contextTokens),
    Math.max(Math.ceil(contextLength / 2), contextLength - request.maxTokens),
  );
  const contextTokens = Math.max(1, maxTokens - model.tokenizer.bosIds.length);
  const excess = tokenIds.length - contextTokens;
  const jump = Math.max(1, Math.floor(contextTokens / JUMPS_PER_CONTEXT));
  const first = Math.ceil(Math.max(0, excess) / jump) * jump;
  const minTokens = Math.max(1, contextTokens - MAX_UNUSED_JUMPS * jump);
  let window = windowFrom(Math.min(first, Math.max(0, tokenIds.length - 1)));
  for (let start = first + jump; ; start += jump) {
    if (tokenIds.length - start < minTokens) return window;
    const shorter = windowFrom(start);
    const gain =
      cache.commonPrefixLength(shorter) - cache.commonPrefixLength(window);
    if (gain >= jump) window = shorter;
  }
}
