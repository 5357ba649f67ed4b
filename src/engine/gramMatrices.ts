// Measures on text how the inputs of a model's linear layers go together, for rounding that compensates its errors.

import { gramName } from "../common/graphNames";
import { KvCache } from "../inference/kvCache";
import { sequenceFeeds } from "../inference/languageModel";
import type { ModelFolder } from "../model/files/modelFolder";
import { buildGramGraph } from "../model/graphs/gramGraph";
import { createSession } from "../runtime/session";

/**
 * The sum of X^T X over windows of tokens for every linear group of the decoder layers, by the group's name; each
 * [numColumns, numColumns]. All of them are in memory at once: 400 MB for 30 layers of 576 and 1536 columns, and as much
 * again while they are added up.
 */
export async function measureGramMatrices(
  folder: ModelFolder,
  windows: readonly (readonly number[])[],
  {
    threads,
    onProgress = () => undefined,
  }: { threads: number; onProgress?: (fraction: number) => void },
): Promise<Map<string, Float32Array>> {
  const { numLayers, numKvHeads, headDim } = folder.config;
  const { graph, groups } = buildGramGraph(folder);
  const session = await createSession(graph, {
    weightsFolder: folder.weightsFolder,
    threads,
  });
  const sums = new Map<string, Float32Array>();
  try {
    for (const [index, tokenIds] of windows.entries()) {
      const cache = new KvCache({
        type: "float32",
        numLayers,
        numKvHeads,
        headDim,
      });
      const outputs = await session.run(
        { ...sequenceFeeds(cache, tokenIds), ...cache.feeds() },
        groups.map(gramName),
      );
      for (const group of groups) {
        const gram = outputs[gramName(group)]!.data as Float32Array;
        const sum = sums.get(group);
        if (sum) addTo(sum, gram);
        else sums.set(group, gram.slice());
      }
      onProgress((index + 1) / windows.length);
    }
  } finally {
    await session.release();
  }
  return sums;
}

function addTo(sum: Float32Array, values: Float32Array): void {
  for (let index = 0; index < sum.length; index++)
    sum[index]! += values[index]!;
}
