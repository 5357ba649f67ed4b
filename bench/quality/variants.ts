// The ways to compute a model whose quality is compared, from exact to as shipped.

import { TokenScorer } from "../../src/inference/tokenScorer";
import { adapterLinear } from "../../src/model/layers/adapterLinear";
import { readKvScales } from "../../src/model/files/calibration";
import { buildForwardGraph } from "../../src/model/graphs/forwardGraph";
import type { GptOptions } from "../../src/model/layers/gpt";
import type { AccuracyLevel } from "../../src/model/layers/linearLayer";
import {
  openModelFolder,
  type ModelFolder,
} from "../../src/model/files/modelFolder";
import { readAdapter } from "../../src/adapters/peftAdapter";
import { openPrefillFolder } from "../../src/model/quantise/prefillWeights";
import { buildScoringGraph } from "../../src/model/graphs/scoringGraph";
import { createSession, type Session } from "../../src/runtime/session";
import { loadEngineParts } from "../../src/engine/engine";
import { defaultCacheFolder } from "../../src/cli/places";
import type { Scores } from "./windows";

/** One way to compute a model. */
export interface Variant {
  name: string;
  modelFolder: string;
  adapterFolder: string | undefined;
  /** 1 computes with fp32 activations, 4 rounds them to int8. */
  accuracyLevel: AccuracyLevel;
  hasInt8Cache: boolean;
  /** Which graph reads the tokens before the scored ones: the scoring graph itself, or one over int8 weights. */
  context: "same" | "int8" | "shipped";
}

/** The variants of one model; the first is the one that the others are compared with. */
export function variantsOf(
  modelFolder: string,
  adapterFolder?: string,
): Variant[] {
  const exact = {
    modelFolder,
    adapterFolder,
    accuracyLevel: 1,
    hasInt8Cache: false,
    context: "same",
  } as const;
  const variants: Variant[] = [
    { ...exact, name: "fp32 activations, fp32 cache" },
    { ...exact, name: "int8 activations", accuracyLevel: 4 },
  ];
  const folder = openModelFolder(modelFolder);
  const hasInt8Cache = readKvScales(folder) !== undefined;
  if (hasInt8Cache) {
    variants.push({ ...exact, name: "int8 cache", hasInt8Cache });
  }
  if (folder.config.quantization) {
    variants.push({ ...exact, name: "int8 prefill", context: "int8" });
  }
  variants.push({
    ...exact,
    name: "as shipped",
    accuracyLevel: 4,
    hasInt8Cache,
    context: "shipped",
  });
  return variants;
}

/** Scores all windows with one variant; its sessions are released before it returns. */
export async function scoreVariant(
  variant: Variant,
  options: {
    windows: readonly (readonly number[])[];
    contextTokens: number;
    threads: number;
    onProgress: (fraction: number) => void;
  },
): Promise<Scores> {
  const { windows, contextTokens, threads, onProgress } = options;
  const folder = openModelFolder(variant.modelFolder);
  const { numLayers, numKvHeads, headDim } = folder.config;
  const kvScales = variant.hasInt8Cache ? readKvScales(folder) : undefined;
  const { accuracyLevel } = variant;
  const scoring = await createSession(
    buildScoringGraph(folder, {
      kvScales,
      accuracyLevel,
      ...linearOf(variant, folder),
    }),
    { weightsFolder: folder.weightsFolder, threads },
  );
  const prefill = await contextSession(variant, { folder, threads });
  const scorer = new TokenScorer(
    { scoring, prefill },
    { type: kvScales ? "int8" : "float32", numLayers, numKvHeads, headDim },
  );
  const scores: Scores = { logProbabilities: [], bestTokenIds: [] };
  try {
    for (const [index, window] of windows.entries()) {
      const found = await scorer.score(window, { start: contextTokens });
      scores.logProbabilities.push(...found.logProbabilities);
      scores.bestTokenIds.push(...found.bestTokenIds);
      onProgress((index + 1) / windows.length);
    }
  } finally {
    await scoring.release();
    await prefill?.release();
  }
  return scores;
}

/** The adapter's part of a graph's options. */
function linearOf(
  { adapterFolder }: Variant,
  folder: ModelFolder,
): Pick<GptOptions, "linear"> {
  return adapterFolder === undefined
    ? {}
    : { linear: adapterLinear(readAdapter(adapterFolder, folder).pairs) };
}

async function contextSession(
  variant: Variant,
  { folder, threads }: { folder: ModelFolder; threads: number },
): Promise<Session | undefined> {
  const { context, modelFolder, adapterFolder } = variant;
  const cacheFolder = defaultCacheFolder();
  switch (context) {
    case "same":
      return undefined;
    case "int8": {
      const derived = openPrefillFolder(folder, cacheFolder);
      return createSession(
        buildForwardGraph(derived, {
          kvScales: undefined,
          accuracyLevel: 1,
          logits: "none",
          ...linearOf(variant, folder),
        }),
        {
          weightsFolder: derived.weightsFolder,
          threads,
          useMemoryArena: false,
        },
      );
    }
    case "shipped": {
      // The very session that the product reads prompts with.
      const { sessions } = await loadEngineParts(
        { modelFolder, cacheFolder, threads, adapterFolder },
        () => {},
      );
      await sessions.decode.release();
      return sessions.prefill;
    }
  }
}
