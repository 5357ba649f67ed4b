// Runs the graphs of a tiny model in tests: caches, forward passes and decoding runs with few words.

import { KvCache } from "../../../src/inference/kvCache";
import {
  decode,
  sequenceFeeds,
  type DrawnToken,
  type DrawOptions,
} from "../../../src/inference/languageModel";
import { seededRandom } from "../../../src/common/random";
import { gumbelNoise } from "../../../src/inference/random";
import type { ModelFolder } from "../../../src/model/files/modelFolder";
import type { Session } from "../../../src/runtime/session";

export type CacheType = "float32" | "int8";

export function createCache(folder: ModelFolder, type: CacheType): KvCache {
  const { numLayers, numKvHeads, headDim } = folder.config;
  return new KvCache({ type, numLayers, numKvHeads, headDim });
}

/** Token ids from a seed, special tokens left out. */
export function randomTokenIds(
  seed: number,
  { count, vocabSize = 128 }: { count: number; vocabSize?: number },
): number[] {
  const random = seededRandom(seed);
  return Array.from(
    { length: count },
    () => 3 + Math.floor(random() * (vocabSize - 3)),
  );
}

/** Runs tokens on a cache through a forward graph with logits: one row [vocabSize] per token that has logits. */
export async function forward(
  session: Session,
  cache: KvCache,
  tokenIds: readonly number[],
): Promise<Float32Array[]> {
  const outputs = await session.run(
    { ...sequenceFeeds(cache, tokenIds), ...cache.feeds() },
    ["logits", ...cache.outputNames],
  );
  cache.append(outputs, tokenIds);
  const { data, dims } = outputs["logits"]!;
  const [, numRows, vocabSize] = dims as [number, number, number];
  return Array.from({ length: numRows }, (_, row) =>
    (data as Float32Array).slice(row * vocabSize, (row + 1) * vocabSize),
  );
}

/** Settings of a decoding run; greedy unless changed. */
export function drawOptions(change: Partial<DrawOptions> = {}): DrawOptions {
  const { maxTokens = 1, numKept = 1 } = change;
  const vocabSize = 128;
  return {
    maxTokens,
    bias: new Float32Array(vocabSize),
    stopFlags: new Uint8Array(2 * vocabSize),
    minProbability: 0,
    recentTokenIds: [],
    repetitionPenalty: 1,
    inverseTemperature: 1,
    numKept,
    topP: 1,
    noise: new Float32Array(maxTokens * numKept),
    ...change,
  };
}

/** Gumbel noise for a run, from a seed. */
export function noiseFrom(seed: number, size: number): Float32Array {
  return gumbelNoise(seededRandom(seed), size);
}

/** One decoding run on a new cache. */
export async function draw(
  session: Session,
  {
    folder,
    tokenIds,
    options,
    type = "float32",
  }: {
    folder: ModelFolder;
    tokenIds: readonly number[];
    options: DrawOptions;
    type?: CacheType;
  },
): Promise<DrawnToken[]> {
  const cache = createCache(folder, type);
  return await decode(session, cache, { tokenIds, options });
}

/** Rows `from` to `to` of every key and value tensor, by name: [head][position] * headDim. */
export function cacheRows(
  cache: KvCache,
  { from = 0, to = cache.length }: { from?: number; to?: number } = {},
): Record<string, number[]> {
  return Object.fromEntries(
    Object.entries(cache.feeds()).map(([name, { data, dims }]) => {
      const [, numHeads, capacity, headDim] = dims as [
        number,
        number,
        number,
        number,
      ];
      const rows: number[] = [];
      for (let head = 0; head < numHeads; head++) {
        const start = (head * capacity + from) * headDim;
        const end = (head * capacity + to) * headDim;
        rows.push(...Array.from(data.slice(start, end) as Float32Array));
      }
      return [name, rows];
    }),
  );
}
