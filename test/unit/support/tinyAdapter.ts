// Random adapters for the tiny model.

import { seededRandom } from "../../../src/common/random";
import type { ModelFolder } from "../../../src/model/files/modelFolder";
import { hashBase } from "../../../src/model/files/baseHash";
import type { AdapterToWrite } from "../../../src/adapters/peftAdapter";
import { layerGroups } from "../../../src/model/files/weightNames";
import type {
  AdapterManifest,
  TrainingSettings,
} from "../../../src/protocol/training";

const SETTINGS: TrainingSettings = {
  method: "lora",
  rank: 4,
  alpha: 8,
  projections: ["q", "k", "v", "o", "gate", "up", "down"],
  lastLayers: 0,
  learningRate: 1e-3,
  weightDecay: 0,
  maxGradientNorm: 1,
  warmupSteps: 0,
  epochs: 1,
  maxMinutes: undefined,
  blockTokens: 64,
  gradientAccumulationSteps: 1,
  seed: 1,
  threads: 1,
};

/** A manifest for an adapter of `folder`. */
export function tinyManifest(folder: ModelFolder): AdapterManifest {
  return {
    version: 1,
    name: "tiny adapter",
    createdAt: "2026-01-02T03:04:05.000Z",
    base: { name: folder.name, sha256: hashBase(folder) },
    documents: [{ name: "a.md", sha256: "00", heldOut: false }],
    settings: SETTINGS,
    losses: [{ step: 1, training: 2.5, heldOut: undefined }],
    outcome: {
      ended: "finished",
      steps: 1,
      seconds: 1,
      tokensPerSecond: 100,
      peakMemoryMb: 100,
      bestStep: 1,
      verdict: "not-measured",
      proof: undefined,
      examples: undefined,
    },
  };
}

/** An adapter with random matrices on the layers and projections that `covers` names. */
export function tinyAdapter(
  folder: ModelFolder,
  {
    seed = 1,
    rank = 4,
    alpha = 8,
    size = 0.1,
    covers = () => true,
  }: {
    seed?: number;
    rank?: number;
    alpha?: number;
    size?: number;
    covers?: (name: string) => boolean;
  } = {},
): AdapterToWrite {
  const random = seededRandom(seed);
  const draw = (length: number) =>
    Float32Array.from({ length }, () => size * (2 * random() - 1));
  const pairs = new Map<string, { loraA: Float32Array; loraB: Float32Array }>();
  for (let layer = 0; layer < folder.config.numLayers; layer++) {
    for (const { parts, numColumns } of Object.values(
      layerGroups(folder.config, layer),
    )) {
      for (const { name, numRows } of parts) {
        if (!covers(name)) continue;
        pairs.set(name, {
          loraA: draw(rank * numColumns),
          loraB: draw(numRows * rank),
        });
      }
    }
  }
  return { rank, alpha, pairs, manifest: tinyManifest(folder) };
}
