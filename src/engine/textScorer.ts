// Counts the bits that a model needs for a text, for bits per character. Windows of 512 tokens, or of the model's context
// where that is shorter, whose second half is scored, so that each token but the first ones has at least 256 before it.
// What stands in front of every text (BOS) is at the head of each window.

import { TokenScorer } from "../inference/tokenScorer";
import { readKvScales } from "../model/files/calibration";
import { openModelFolder } from "../model/files/modelFolder";
import { readAdapter } from "../adapters/peftAdapter";
import { buildScoringGraph } from "../model/graphs/scoringGraph";
import type { LoadModelRequest } from "../protocol/worker";
import { createSession, type Session } from "../runtime/session";
import { StreamingDecoder } from "../tokenizer/streamingDecoder";
import { loadTokenizer, type Tokenizer } from "../tokenizer/tokenizer";
import { graphOptions, type EngineParts } from "./engineParts";
import { firstPredicted } from "./textPredictions";

const MAX_WINDOW_TOKENS = 512;

/** One token of a text. */
export interface TextToken {
  /** Where it ends in the text; a token that ends within a character ends before it. */
  end: number;
  characters: number;
  bits: number;
}

/** A scorer that holds a session of its own. */
export interface LoadedTextScorer {
  bits(text: string): Promise<{ bits: number; characters: number }>;
  tokens(text: string): AsyncIterable<TextToken>;
  dispose(): Promise<void>;
}

/** Loads a model folder for scoring alone; `dispose` frees it. */
export async function loadTextScorer({
  modelFolder,
  threads,
  adapterFolder,
}: Omit<LoadModelRequest, "cacheFolder">): Promise<LoadedTextScorer> {
  const folder = openModelFolder(modelFolder);
  return createTextScorer(
    {
      folder,
      tokenizer: await loadTokenizer(modelFolder),
      adapter:
        adapterFolder === undefined
          ? undefined
          : readAdapter(adapterFolder, folder),
    },
    { threads, prefill: undefined },
  );
}

/** Scores with the weights and the adapter of an engine; with its `prefill`, which stays the engine's, it is faster. */
export async function createTextScorer(
  {
    folder,
    tokenizer,
    adapter,
  }: Pick<EngineParts, "folder" | "tokenizer" | "adapter">,
  { threads, prefill }: { threads: number; prefill: Session | undefined },
): Promise<LoadedTextScorer> {
  const { numLayers, numKvHeads, headDim, contextLength } = folder.config;
  const windowTokens = Math.min(MAX_WINDOW_TOKENS, contextLength);
  const session = await createSession(
    buildScoringGraph(folder, graphOptions(folder, adapter)),
    { weightsFolder: folder.weightsFolder, threads },
  );
  const scorer = new TokenScorer(
    { scoring: session, prefill },
    {
      type: readKvScales(folder) ? "int8" : "float32",
      numLayers,
      numKvHeads,
      headDim,
    },
  );
  const scoring = { scorer, tokenizer, windowTokens };
  return {
    bits: (text) => countBits(text, scoring),
    tokens: (text) => scoreTokens(text, scoring),
    dispose: () => session.release(),
  };
}

/** What a text is scored with. */
interface Scoring {
  scorer: TokenScorer;
  tokenizer: Tokenizer;
  windowTokens: number;
}

/** Every token of a text that something stands before. */
async function* scoreTokens(
  text: string,
  { scorer, tokenizer, windowTokens }: Scoring,
): AsyncGenerator<TextToken> {
  const tokenIds = tokenizer.encode(text);
  const { bosIds } = tokenizer;
  const textTokens = windowTokens - bosIds.length;
  const scoredTokens = Math.max(1, Math.floor(textTokens / 2));
  const skip = tokenizer.prefixLength(text);
  const decoder = new StreamingDecoder(tokenizer, { skip });
  let scored: number = firstPredicted(tokenizer);
  let end = 0;
  for (const tokenId of tokenIds.slice(0, scored)) {
    end += decoder.push(tokenId).length;
  }
  while (scored < tokenIds.length) {
    const windowEnd = Math.min(scored + scoredTokens, tokenIds.length);
    const start = Math.max(0, windowEnd - textTokens);
    const { logProbabilities } = await scorer.score(
      [...bosIds, ...tokenIds.slice(start, windowEnd)],
      { start: bosIds.length + scored - start },
    );
    for (const logProbability of logProbabilities) {
      const characters = decoder.push(tokenIds[scored++]!).length;
      end += characters;
      yield { end, characters, bits: -logProbability / Math.LN2 };
    }
  }
}

async function countBits(
  text: string,
  scoring: Scoring,
): Promise<{ bits: number; characters: number }> {
  const sum = { bits: 0, characters: 0 };
  for await (const { bits, characters } of scoreTokens(text, scoring)) {
    sum.bits += bits;
    sum.characters += characters;
  }
  return sum;
}
