// Writes a text that may grow longer than the context: the prompt's tokens, then stretch after stretch, with the window
// moved between them. A text that gave way to another request is taken up after its written tokens.

import type {
  GeneratedTokens,
  GenerateTokensOptions,
} from "../inference/tokenGenerator";
import { slideWindow } from "../inference/slidingWindow";
import type { LongText } from "../protocol/generation";
import type { ChatTemplate } from "../tokenizer/chatTemplate";
import type { Tokenizer } from "../tokenizer/tokenizer";
import type { Continuation } from "./continuation";
import { startPrompt } from "./textStart";

/** A chat's messages leave so much of the context to the answer, at least. */
const ANSWER_SHARE = 1 / 4;
/** The reader sees the first word some 30 ms sooner than after a full run. */
const FIRST_RUN_TOKENS = 2;
/** Of a plain text so much is kept from its beginning when the window moves: its heading and first lines. */
const HEAD_SHARE = 1 / 8;

/** The tokens to continue: the chat with what the answer begins with, or the plain prompt. */
export function longPrompt(
  promptIds: readonly number[],
  {
    long,
    contextTokens,
    tokenizer,
    chatTemplate,
    chatTemplateFault,
    folder,
  }: {
    long: LongText;
    contextTokens: number;
    tokenizer: Tokenizer;
    chatTemplate: ChatTemplate | undefined;
    chatTemplateFault: string | undefined;
    folder: { name: string; config: { bosTokenId?: number | undefined } };
  },
): number[] {
  if (long.chat.length === 0) {
    return startPrompt(promptIds, { model: { tokenizer, folder } });
  }
  if (!chatTemplate) {
    throw new Error(
      `Cannot give the model "${folder.name}" a task: ${chatTemplateFault ?? "it has no chat template, expected a model that was trained to follow instructions"}`,
    );
  }
  const maxTokens = Math.floor(contextTokens * (1 - ANSWER_SHARE));
  return [
    ...chatTemplate.encode(long.chat, { tokenizer, maxTokens }),
    ...promptIds,
  ];
}

/** Writes up to `maxTokens` after the prompt and what `long` says was written. */
export async function writeLongText(
  promptIds: readonly number[],
  {
    long,
    bosIds,
    maxTokens,
    contextTokens,
    ruledOutFirst,
    continuation,
    generate,
  }: {
    long: LongText;
    bosIds: readonly number[];
    maxTokens: number;
    contextTokens: number;
    /** Tokens that the text must not begin with. */
    ruledOutFirst: Iterable<number> | undefined;
    continuation: Continuation;
    generate: (
      tokenIds: readonly number[],
      change: Partial<GenerateTokensOptions>,
    ) => Promise<GeneratedTokens>;
  },
): Promise<GeneratedTokens> {
  const isChat = long.chat.length > 0;
  const share = isChat ? 1 - ANSWER_SHARE : HEAD_SHARE;
  const headLength = Math.min(
    promptIds.length,
    Math.max(bosIds.length, Math.floor(contextTokens * share)),
  );
  continuation.resume(long.writtenTokenIds);
  const sum = { reusedTokens: 0, prefillMs: 0, decodeMs: 0 };
  for (let isFirst = true; ; isFirst = false) {
    const numNew = continuation.tokens.length;
    const window = slideWindow(
      [
        ...promptIds,
        ...long.writtenTokenIds,
        ...continuation.tokens.map(({ tokenId }) => tokenId),
      ],
      { headLength, contextTokens },
    );
    const done = await generate(window, {
      maxTokens: Math.min(maxTokens - numNew, contextTokens - window.length),
      numDrawnBefore: long.writtenTokenIds.length + numNew,
      mustGoOn: long.mustGoOn && isFirst,
      ...(isFirst && { ruledOutFirst }),
      firstRunTokens: FIRST_RUN_TOKENS,
    });
    if (isFirst) sum.reusedTokens = done.reusedTokens;
    sum.prefillMs += done.prefillMs;
    sum.decodeMs += done.decodeMs;
    const isFull =
      done.stopReason === "length" && continuation.tokens.length < maxTokens;
    if (!isFull) return { ...sum, stopReason: done.stopReason };
  }
}
