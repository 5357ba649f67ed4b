// Counts the bits that a model needs for a text, for bits per character. Windows of 512 tokens whose second half is
// scored, so that each token but the first ones has at least 256 before it.

import type { TextScorer } from "../evaluation/evaluate";
import { TokenScorer } from "../inference/tokenScorer";
import { readKvScales } from "../model/calibration";
import { openModelFolder } from "../model/modelFolder";
import { buildScoringGraph } from "../model/scoringGraph";
import { createSession } from "../runtime/session";
import { loadTokenizer } from "../tokenizer/tokenizer";

const WINDOW_TOKENS = 512;
const SCORED_TOKENS = 256;

/** Loads a model folder for scoring alone; `dispose` frees it. */
export async function loadTextScorer({
  modelFolder,
  threads,
}: {
  modelFolder: string;
  threads: number;
}): Promise<TextScorer & { dispose(): Promise<void> }> {
  const folder = openModelFolder(modelFolder);
  const { numLayers, numKvHeads, headDim } = folder.config;
  const tokenizer = await loadTokenizer(modelFolder);
  const kvScales = readKvScales(folder);
  const scoring = await createSession(
    buildScoringGraph(folder, { kvScales, accuracyLevel: 4 }),
    { weightsFolder: folder.directory, threads },
  );
  const scorer = new TokenScorer(
    { scoring, prefill: undefined },
    {
      type: kvScales ? "int8" : "float32",
      numLayers,
      numKvHeads,
      headDim,
    },
  );
  return {
    /** All but the text's first token, which nothing stands before. */
    async bits(text) {
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
    },
    dispose: () => scoring.release(),
  };
}
