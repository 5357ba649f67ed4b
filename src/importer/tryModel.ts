// Tries a model before it is taken: loads it, lets it write ten tokens and counts the bits that it needs for a text.
// Meant for a process of its own, which such a model may take down with it, and whose memory is then nobody else's.

import { loadEngine } from "../engine/engine";
import { loadTextScorer } from "../engine/textScorer";
import { greedyRequest } from "../protocol/generation";
import type { TrialFigures, TrialRequest } from "../protocol/models";

const NUM_TOKENS = 10;
const CONTEXT_TOKENS = 256;
/** The end of the text that is continued, in characters. */
const MAX_PROMPT = 1_000;
/** About a thousand tokens: a second or two of a model of 135 million parameters. */
const MAX_SCORED = 4_000;
/** What is continued where there is no text. */
const NO_TEXT = "The";

/** The figures; throws what loading throws. */
export async function tryModel({
  modelFolder,
  derivedFolder,
  threads,
  text,
}: TrialRequest): Promise<TrialFigures> {
  const residentBefore = process.memoryUsage.rss();
  const engine = await loadEngine(
    { modelFolder, cacheFolder: derivedFolder, threads },
    () => {},
    // Its first text must not wait for weights that are derived for long prompts.
    { mayLackPrefill: true },
  );
  let written: Omit<TrialFigures, "bitsPerCharacter">;
  try {
    const { name, loadMs } = engine.description;
    const write = (prompt: string, maxTokens: number) =>
      engine.generate(
        greedyRequest({
          prompt,
          contextTokens: CONTEXT_TOKENS,
          maxTokens,
          cacheKey: "inkling:trial",
        }),
        { isCancelled: () => false, onText: () => {} },
      );
    // The first run of a session is slower than all others.
    await write(NO_TEXT, 1);
    const prompt = text.trimEnd().slice(-MAX_PROMPT) || NO_TEXT;
    const { generations, decodeMs } = await write(prompt, NUM_TOKENS);
    const { tokens, text: sample } = generations[0]!;
    written = {
      name,
      loadMs,
      sample,
      tokensPerSecond:
        tokens.length > 0 ? (1_000 * tokens.length) / decodeMs : undefined,
      residentBytes: process.memoryUsage.rss() - residentBefore,
    };
  } finally {
    await engine.dispose();
  }
  return { ...written, bitsPerCharacter: await countBits() };

  async function countBits(): Promise<number | undefined> {
    const scorer = await loadTextScorer({ modelFolder, threads });
    try {
      const { bits, characters } = await scorer.bits(text.slice(0, MAX_SCORED));
      return characters > 0 ? bits / characters : undefined;
    } finally {
      await scorer.dispose();
    }
  }
}
