// What the decoding graph expects at each token of a text, with all that it would give the mixture: for fitting a gate,
// and for bits per character with a memory. Windows as in textScorer.ts: of 512 tokens, whose second half is predicted,
// with what stands in front of every text (BOS) at the head of each.

import { KvCache } from "../inference/kvCache";
import { predictAfter, prefill } from "../inference/languageModel";
import { mixedLogProbability } from "../inference/mixedDraw";
import type { Mixer } from "../inference/mixedRun";
import { noDraw } from "../inference/tokenGenerator";
import type { MeasuredPiece } from "../protocol/generation";
import { StreamingDecoder } from "../tokenizer/streamingDecoder";
import type { Tokenizer } from "../tokenizer/tokenizer";
import type { EngineParts } from "./engineParts";

const WINDOW_TOKENS = 512;
/** Tokens of which one run gives the distributions; each is as long as the vocabulary. */
const ROWS_PER_RUN = 32;

/** The model's distribution in place of one token of a text. */
export interface TextPrediction {
  /** Place of the token among those of the text. */
  index: number;
  /** Of what stands there, [V]. */
  logProbabilities: Float32Array;
}

/** The first token of a text that can be predicted: nothing stands before the first unless the model wants it so. */
export function firstPredicted({ bosIds }: Pick<Tokenizer, "bosIds">): 0 | 1 {
  return bosIds.length > 0 ? 0 : 1;
}

/** Predicts every token of a text that something stands before. */
export async function* predictText(
  { sessions, folder, tokenizer, cacheType }: EngineParts,
  tokenIds: readonly number[],
): AsyncGenerator<TextPrediction> {
  const { numLayers, numKvHeads, headDim, contextLength } = folder.config;
  const shape = { type: cacheType, numLayers, numKvHeads, headDim };
  const { bosIds } = tokenizer;
  const windowTokens = Math.min(WINDOW_TOKENS, contextLength) - bosIds.length;
  const step = Math.max(1, Math.floor(windowTokens / 2));
  const options = noDraw(folder.config.vocabSize);
  for (
    let scored = firstPredicted(tokenizer) as number;
    scored < tokenIds.length;
  ) {
    const end = Math.min(scored + step, tokenIds.length);
    const start = Math.max(0, end - windowTokens);
    const window = [...bosIds, ...tokenIds.slice(start, end - 1)];
    const numBefore = bosIds.length + scored - 1 - start;
    const cache = new KvCache(shape);
    if (sessions.prefill && numBefore > 0) {
      await prefill(sessions.prefill, cache, window.slice(0, numBefore));
    }
    while (cache.length < window.length) {
      const from = cache.length;
      const to = Math.min(from + ROWS_PER_RUN, window.length);
      const rows = await predictAfter(sessions.decode, cache, {
        tokenIds: window.slice(from, to),
        numRows: to - from,
        options,
      });
      for (const [row, logProbabilities] of rows.entries()) {
        const index = start - bosIds.length + from + row + 1;
        if (index >= scored) yield { index, logProbabilities };
      }
    }
    scored = end;
  }
}

/** Bits of a text but for a first token that nothing stands before; by the model alone without `mix`. */
export async function countMixedBits(
  parts: EngineParts,
  { text, mix }: { text: string; mix: Mixer | undefined },
): Promise<{ bits: number; characters: number }> {
  const sum = { bits: 0, characters: 0 };
  for await (const piece of measurePieces(parts, { text, mix })) {
    sum.bits += piece.bits;
    sum.characters += piece.text.length;
  }
  return sum;
}

/** The pieces of a text but for its first token, each with its bits; a character of several tokens is one piece. */
export async function* measurePieces(
  parts: EngineParts,
  { text, mix }: { text: string; mix: Mixer | undefined },
): AsyncGenerator<MeasuredPiece> {
  const tokenIds = parts.tokenizer.encode(text);
  const { tokenizer } = parts;
  const decoder = new StreamingDecoder(tokenizer, {
    skip: tokenizer.prefixLength(text),
  });
  const first = firstPredicted(tokenizer);
  for (const tokenId of tokenIds.slice(0, first)) decoder.push(tokenId);
  let bits = 0;
  for await (const { index, logProbabilities } of predictText(
    parts,
    tokenIds,
  )) {
    const tokenId = tokenIds[index]!;
    const context = tokenIds.slice(Math.max(0, index - WINDOW_TOKENS), index);
    const logProbability = mix
      ? mixedLogProbability(
          logProbabilities,
          mix(context, logProbabilities),
          tokenId,
        )
      : logProbabilities[tokenId]!;
    bits -= logProbability / Math.LN2;
    const piece = decoder.push(tokenId);
    if (piece === "") continue;
    yield { text: piece, bits };
    bits = 0;
  }
  if (bits > 0) yield { text: decoder.flush(), bits };
}
