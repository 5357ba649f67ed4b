// A prompt as a model is shown it: what stands in front of every text (BOS), then the text's last tokens.

import type { Tokenizer } from "../tokenizer/tokenizer";

/** What says how a text begins. */
export interface StartingModel {
  tokenizer: Pick<Tokenizer, "bosIds">;
  folder: { config: { bosTokenId?: number | undefined } };
}

/**
 * At most `maxTokens`, of which the tokens in front are the last to go. An empty prompt of a model that wants none in
 * front begins with the first token that its config names, so that there is something to go on after.
 */
export function startPrompt(
  tokenIds: readonly number[],
  {
    model: { tokenizer, folder },
    maxTokens = Infinity,
  }: { model: StartingModel; maxTokens?: number },
): number[] {
  const { bosIds } = tokenizer;
  const numKept = Math.min(
    tokenIds.length,
    Math.max(1, maxTokens - bosIds.length),
  );
  const prompt = [...bosIds, ...tokenIds.slice(tokenIds.length - numKept)];
  return prompt.length > 0 ? prompt : [folder.config.bosTokenId ?? 0];
}
