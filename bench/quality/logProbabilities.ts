// npm run bench -- log-probabilities: what the float32 graph finds of each token of a text, to be compared with Python's
// transformers and peft (scripts/checkAdapterWithPeft.py).

import { readFileSync } from "node:fs";
import { TokenScorer } from "../../src/inference/tokenScorer";
import { adapterLinear } from "../../src/model/layers/adapterLinear";
import { MAX_POSITIONS } from "../../src/model/layers/gpt";
import { openModelFolder } from "../../src/model/files/modelFolder";
import { readAdapter } from "../../src/adapters/peftAdapter";
import { buildScoringGraph } from "../../src/model/graphs/scoringGraph";
import { createSession } from "../../src/runtime/session";
import { loadTokenizer } from "../../src/tokenizer/tokenizer";
import { parseOptions, writingThreads } from "../../src/cli/options";
import { defaultModelFolder } from "../../src/cli/places";
import { rounded } from "../figures";

const USAGE = `npm run bench -- log-probabilities FILE [options]
Prints {tokenIds, logProbabilities} of the beginning of a text, computed in float32; the first token has none.

  --model DIR      model folder (default: the embedded model)
  --adapter DIR    LoRA adapter on top of it
  --max-tokens N   tokens at the most (256)
  --threads N      threads of the model (half of the processor's, at most 4)`;

/** Runs the command. */
export async function runBenchLogProbabilities(args: string[]): Promise<void> {
  const { positionals, strings, numbers } = parseOptions(args, {
    usage: USAGE,
    positionals: ["FILE"],
    strings: { model: defaultModelFolder(), adapter: "" },
    numbers: {
      "max-tokens": {
        fallback: 256,
        min: 2,
        max: MAX_POSITIONS,
        isInteger: true,
      },
      threads: writingThreads,
    },
  });
  const folder = openModelFolder(strings.model);
  const tokenizer = await loadTokenizer(strings.model);
  const tokenIds = [
    ...tokenizer.bosIds,
    ...tokenizer.encode(readFileSync(positionals[0]!, "utf8")),
  ].slice(0, Math.min(numbers["max-tokens"], folder.config.contextLength));
  const adapter =
    strings.adapter === "" ? undefined : readAdapter(strings.adapter, folder);
  const scoring = await createSession(
    buildScoringGraph(folder, {
      kvScales: undefined,
      accuracyLevel: 1,
      ...(adapter ? { linear: adapterLinear(adapter.pairs) } : {}),
    }),
    { weightsFolder: folder.weightsFolder, threads: numbers.threads },
  );
  try {
    const { numLayers, numKvHeads, headDim } = folder.config;
    const scorer = new TokenScorer(
      { scoring, prefill: undefined },
      { type: "float32", numLayers, numKvHeads, headDim },
    );
    const scores = await scorer.score(tokenIds, { start: 1 });
    const logProbabilities = scores.logProbabilities.map((each) =>
      rounded(each, 6),
    );
    process.stdout.write(`${JSON.stringify({ tokenIds, logProbabilities })}\n`);
  } finally {
    await scoring.release();
  }
}
