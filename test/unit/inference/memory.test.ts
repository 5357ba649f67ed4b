// Thousands of tokens through a real session, with roll-backs: no memory stays behind.

import assert from "node:assert/strict";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { TokenGenerator } from "../../../src/inference/tokenGenerator";
import {
  buildDecodeGraph,
  NUM_CANDIDATES,
} from "../../../src/model/graphs/decodeGraph";
import { useSessions } from "../support/sessions";
import { createCache, randomTokenIds } from "../support/tinyGraphs";
import { makeTinyModel, removeTinyModel } from "../support/tinyModel";

const NUM_TOKENS = 3000;
const TOKENS_PER_CALL = 50;
/**
 * One run's keys and values of the longest prompt here are 0.1 MB; keeping those of every run would be 40 MB. Buffers of
 * the last runs, whose owner has not let go of them yet, may be 5 MB (seen on a machine at work).
 */
const MAX_GROWTH_BYTES = 15e6;

suite("TokenGenerator", () => {
  const load = useSessions();

  /** Bytes in use by JavaScript and its buffers once garbage collection finds no more; finalizers run between turns. */
  async function usedBytes(): Promise<number> {
    setFlagsFromString("--expose-gc");
    const collect = runInNewContext("gc") as () => void;
    let least = Infinity;
    for (let round = 0; round < 5; round++) {
      collect();
      await new Promise((resolve) => setImmediate(resolve));
      const { heapUsed, arrayBuffers } = process.memoryUsage();
      least = Math.min(least, heapUsed + arrayBuffers);
    }
    return least;
  }

  test("does not grow over 3,000 tokens", async () => {
    const folder = makeTinyModel(2);
    try {
      const options = { kvScales: undefined, accuracyLevel: 1 as const };
      const decode = await load(
        buildDecodeGraph(folder, options),
        folder.directory,
      );
      const { vocabSize } = folder.config;
      const generator = new TokenGenerator(
        { decode, prefill: undefined },
        { vocabSize, numCandidates: NUM_CANDIDATES },
      );
      const cache = createCache(folder, "float32");
      const promptIds = randomTokenIds(1, { count: 100 });
      const draw = async (numTokens: number) => {
        let numDrawn = 0;
        for (let seed = 0; numDrawn < numTokens; seed++) {
          await generator.generate(
            cache,
            promptIds.slice(0, 40 + (seed % 60)),
            {
              maxTokens: TOKENS_PER_CALL,
              sampling: {
                temperature: 1,
                topK: 0,
                topP: 1,
                repetitionPenalty: 1.1,
                seed,
              },
              pauseFlags: new Uint8Array(vocabSize),
              endTokenIds: new Set(),
              minProbability: 0,
              isCancelled: () => false,
              onToken: () => ++numDrawn >= numTokens,
            },
          );
        }
      };
      await draw(500);
      const before = await usedBytes();
      await draw(NUM_TOKENS);
      const growth = (await usedBytes()) - before;
      assert.ok(growth < MAX_GROWTH_BYTES, `it grew by ${growth} bytes`);
    } finally {
      removeTinyModel(folder);
    }
  });
});
