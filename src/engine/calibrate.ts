// Measures the ranges of a model's keys and values on text, for the scales of its int8 cache.

import { KvCache } from "../inference/kvCache";
import { prefill } from "../inference/languageModel";
import type { KvScales } from "../model/files/calibration";
import { buildForwardGraph } from "../model/graphs/forwardGraph";
import type { ModelFolder } from "../model/files/modelFolder";
import { createSession, type Tensor } from "../runtime/session";

/** Largest magnitude that int8 holds on both sides of zero. */
const INT8_MAX = 127;
/** Room above what was seen, since other text reaches a little further. */
const HEADROOM = 1.05;
/** A channel that was always zero still needs a positive scale. */
const SMALLEST_SCALE = 1e-6;

/**
 * Runs windows of tokens through the model with a float32 cache and takes each channel's largest magnitude. Keys are
 * measured after rotation, as they are cached.
 */
export async function calibrateKvScales(
  folder: ModelFolder,
  windows: readonly (readonly number[])[],
  { threads }: { threads: number },
): Promise<KvScales> {
  const { numLayers, numKvHeads, headDim } = folder.config;
  const numChannels = numKvHeads * headDim;
  const session = await createSession(
    buildForwardGraph(folder, {
      kvScales: undefined,
      accuracyLevel: 4,
      logits: "none",
    }),
    { weightsFolder: folder.weightsFolder, threads },
  );
  const zeros = () =>
    Array.from({ length: numLayers }, () => new Float64Array(numChannels));
  const ranges = { keys: zeros(), values: zeros() };
  try {
    for (const tokenIds of windows) {
      const cache = new KvCache({
        type: "float32",
        numLayers,
        numKvHeads,
        headDim,
      });
      await prefill(session, cache, tokenIds);
      const tensors = cache.feeds();
      for (let layer = 0; layer < numLayers; layer++) {
        widen(ranges.keys[layer]!, tensors[`pastKey${layer}`]!);
        widen(ranges.values[layer]!, tensors[`pastValue${layer}`]!);
      }
    }
  } finally {
    await session.release();
  }
  const toScales = (rows: Float64Array[]) =>
    rows.map((row) =>
      Array.from(row, (range) =>
        Math.max((range * HEADROOM) / INT8_MAX, SMALLEST_SCALE),
      ),
    );
  return { keys: toScales(ranges.keys), values: toScales(ranges.values) };
}

/** Widens ranges [numKvHeads * headDim] to hold a tensor [1, numKvHeads, positions, headDim]. */
function widen(ranges: Float64Array, { data, dims }: Tensor): void {
  const [, numKvHeads, positions, headDim] = dims as [
    number,
    number,
    number,
    number,
  ];
  const values = data as Float32Array;
  for (let head = 0; head < numKvHeads; head++) {
    for (let position = 0; position < positions; position++) {
      const row = (head * positions + position) * headDim;
      for (let i = 0; i < headDim; i++) {
        const channel = head * headDim + i;
        const magnitude = Math.abs(values[row + i]!);
        if (magnitude > ranges[channel]!) ranges[channel] = magnitude;
      }
    }
  }
}
