// Whether a model of real size computes what transformers does: the largest difference of logits in float32.
//   python scripts/makeFamilyGolden.py real-gpt2 FOLDER     (or real-llama)
//   npx tsx bench/families.ts FOLDER...
import { readFileSync } from "node:fs";
import path from "node:path";
import { KvCache } from "../src/inference/kvCache";
import { sequenceFeeds } from "../src/inference/languageModel";
import { buildForwardGraph } from "../src/model/graphs/forwardGraph";
import { openModelFolder } from "../src/model/files/modelFolder";
import { createSession } from "../src/runtime/session";

/** Logits may differ by this much (issue: GPT-2's and Llama's forward against PyTorch). */
const TOLERANCE = 1e-3;

async function compare(directory: string): Promise<boolean> {
  const folder = openModelFolder(directory);
  const { config } = folder;
  const { tokenIds } = JSON.parse(
    readFileSync(path.join(directory, "golden.json"), "utf8"),
  ) as { tokenIds: number[] };
  const expected = new Float32Array(
    Uint8Array.from(readFileSync(path.join(directory, "logits.bin"))).buffer,
  ); // [T, vocabSize]
  const session = await createSession(
    buildForwardGraph(folder, {
      kvScales: undefined,
      accuracyLevel: 1,
      logits: "all",
    }),
    { weightsFolder: directory, threads: 2 },
  );
  const { numLayers, numKvHeads, headDim } = config;
  const cache = new KvCache({
    type: "float32",
    numLayers,
    numKvHeads,
    headDim,
  });
  // In two runs, so that the second one stands on a past.
  let largest = 0;
  let largestLogit = 0;
  const half = Math.floor(tokenIds.length / 2);
  for (const [start, end] of [
    [0, half],
    [half, tokenIds.length],
  ] as const) {
    const run = tokenIds.slice(start, end);
    const outputs = await session.run(
      { ...sequenceFeeds(cache, run), ...cache.feeds() },
      ["logits", ...cache.outputNames],
    );
    cache.append(outputs, run);
    const logits = outputs["logits"]!.data as Float32Array;
    logits.forEach((logit, index) => {
      const other = expected[start * config.vocabSize + index]!;
      largest = Math.max(largest, Math.abs(logit - other));
      largestLogit = Math.max(largestLogit, Math.abs(other));
    });
  }
  await session.release();
  const verdict = largest <= TOLERANCE;
  process.stdout.write(
    `${config.architecture}, ${numLayers} layers of ${config.embeddingDim}, vocabulary ${config.vocabSize}: largest difference of ${expected.length} logits ${largest.toExponential(2)} (largest logit ${largestLogit.toFixed(2)}), at most ${TOLERANCE}: ${verdict ? "yes" : "NO"}\n`,
  );
  return verdict;
}

async function main(): Promise<void> {
  for (const directory of process.argv.slice(2)) {
    if (!(await compare(directory))) process.exitCode = 1;
  }
}

void main();
