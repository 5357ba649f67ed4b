// The prompt of a model that fills in the middle: prefix and suffix of the cursor between tokens of its vocabulary, in the
// order that all such models know (prefix, suffix, middle; arXiv:2207.14255):
//
//   what stands before every text | prefix token | prefix | suffix token | suffix | middle token | what is written
//   |<------ held by the cache while text is typed ----->|<----- read again with each key ----->|
//
// With the suffix in front fewer tokens are read again, but all of the prefix with them at each bracket that an editor
// closes, and a vocabulary does not say which models know that order too (docs/LOG.md has the counts).

import type { KvCache } from "../inference/kvCache";
import type { GenerateRequest } from "../protocol/generation";
import type { Tokenizer } from "../tokenizer/tokenizer";
import { promptWindow } from "./promptWindow";
import type { StartingModel } from "./textStart";

/** The suffix has this part of the context at the most, whatever is asked for. */
const MAX_SUFFIX_SHARE = 1 / 4;
/** The tokens before and behind the suffix. */
const NUM_SUFFIX_MARKS = 2;

/** A prompt, and where the text before the cursor stands in it. */
export interface PlacedPrompt {
  promptIds: number[];
  /** The tokens of that text that it holds. */
  prefixIds: number[];
  /** Tokens behind them; undefined without a suffix. */
  suffixTokens?: number;
}

/** What a prompt is made for and with. */
interface PromptOptions {
  request: Pick<GenerateRequest, "contextTokens" | "maxTokens" | "suffix">;
  cache: KvCache;
  model: StartingModel & {
    tokenizer: Pick<Tokenizer, "fillInMiddle" | "encode">;
  };
  contextLength: number;
}

/**
 * The prompt for the text before the cursor, with the suffix where the model fills in the middle and one is given. Where
 * they are too long, the text loses its beginning in jumps and the suffix its end.
 */
export function promptAround(
  tokenIds: readonly number[],
  options: PromptOptions,
): PlacedPrompt {
  const { request, model, contextLength } = options;
  const { tokenizer, folder } = model;
  const { fillInMiddle, bosIds } = tokenizer;
  const { suffix } = request;
  if (!fillInMiddle || !suffix) {
    const promptIds = promptWindow(tokenIds, options);
    return { promptIds, prefixIds: promptIds.slice(bosIds.length) };
  }
  const contextTokens = Math.min(request.contextTokens, contextLength);
  const suffixIds = tokenizer
    .encode(suffix.text, "within")
    .slice(
      0,
      Math.min(suffix.maxTokens, Math.floor(contextTokens * MAX_SUFFIX_SHARE)),
    );
  const suffixTokens = suffixIds.length + NUM_SUFFIX_MARKS;
  const inFront = [...bosIds, fillInMiddle.prefixId];
  const window = promptWindow(tokenIds, {
    ...options,
    request: { ...request, contextTokens: contextTokens - suffixTokens },
    model: { tokenizer: { bosIds: inFront }, folder },
    contextLength: contextLength - suffixTokens,
  });
  return {
    promptIds: [
      ...window,
      fillInMiddle.suffixId,
      ...suffixIds,
      fillInMiddle.middleId,
    ],
    prefixIds: window.slice(inFront.length),
    suffixTokens,
  };
}
