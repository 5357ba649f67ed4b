// How probable each of some texts is after a prompt: what labels are found by.

import type { KvCache } from "../inference/kvCache";
import type { TokenGenerator } from "../inference/tokenGenerator";
import type { Tokenizer } from "../tokenizer/tokenizer";
import { startPrompt, type StartingModel } from "./textStart";

/**
 * The natural logarithm of the probability of each continuation (at least one token each). A prompt that is too long
 * loses its beginning.
 */
export async function scoreContinuations(
  prompt: string,
  continuations: readonly string[],
  {
    model,
    contextLength,
    generator,
    cache,
  }: {
    model: StartingModel & { tokenizer: Tokenizer };
    contextLength: number;
    generator: TokenGenerator;
    cache: KvCache;
  },
): Promise<number[]> {
  const { tokenizer } = model;
  const targets = continuations.map((text) =>
    tokenizer.encode(text, prompt === "" ? "start" : "within"),
  );
  const longest = Math.max(0, ...targets.map((target) => target.length));
  const contextIds = startPrompt(tokenizer.encode(prompt), {
    model,
    maxTokens: Math.max(1, contextLength - longest),
  });
  const scores: number[] = [];
  for (const targetIds of targets) {
    scores.push(await generator.score(cache, { contextIds, targetIds }));
  }
  return scores;
}
