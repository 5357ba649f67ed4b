// Counts the bits that a model needs for a text, for bits per character. Windows of 512 tokens whose second half is
// scored, so that each token but the first ones has at least 256 before it.

import type { TextScorer } from "../evaluation/evaluate";
import { TokenScorer } from "../inference/tokenScorer";
import { readKvScales } from "../model/calibration";
import { openModelFolder } from "../model/modelFolder";
import { readAdapter } from "../model/peftAdapter";
import { buildScoringGraph } from "../model/scoringGraph";
import type { LoadModelRequest } from "../protocol/worker";
import { createSession, type Session } from "../runtime/session";
import { loadTokenizer, type Tokenizer } from "../tokenizer/tokenizer";
import { graphOptions, type EngineParts } from "./engineParts";

const WINDOW_TOKENS = 512;
const SCORED_TOKENS = 256;

/** A scorer that holds a session of its own. */
export interface LoadedTextScorer extends TextScorer {
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
  const { numLayers, numKvHeads, headDim } = folder.config;
  const scoring = await createSession(
    buildScoringGraph(folder, graphOptions(folder, adapter)),
    { weightsFolder: folder.directory, threads },
  );
  const scorer = new TokenScorer(
    { scoring, prefill },
    {
      type: readKvScales(folder) ? "int8" : "float32",
      numLayers,
      numKvHeads,
      headDim,
    },
  );
  return {
    bits: (text) => countBits(text, { scorer, tokenizer }),
    dispose: () => scoring.release(),
  };
}

/** All but the text's first token, which nothing stands before. */
async function countBits(
  text: string,
  { scorer, tokenizer }: { scorer: TokenScorer; tokenizer: Tokenizer },
): Promise<{ bits: number; characters: number }> {
  const tokenIds = tokenizer.encode(text);
  let nats = 0;
  for (let scored = 1; scored < tokenIds.length;) {
    const end = Math.min(scored + SCORED_TOKENS, tokenIds.length);
    const start = Math.max(0, end - WINDOW_TOKENS);
    const { logProbabilities } = await scorer.score(
      tokenIds.slice(start, end),
      { start: scored - start },
    );
    for (const each of logProbabilities) nats -= each;
    scored = end;
  }
  const first = tokenizer.decode(tokenIds.slice(0, 1));
  return {
    bits: nats / Math.LN2,
    characters: Math.max(0, text.length - first.length),
  };
}
