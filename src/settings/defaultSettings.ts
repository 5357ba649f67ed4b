// The defaults of the settings `inkling.*`, for the editor, the evaluation and the benchmarks: what a fresh installation
// has. package.json says them again, and a unit test compares the two.

import type { SamplingOptions } from "../protocol/generation";

/** By the keys of package.json. */
export const defaultSettings = {
  /** Off until the user turns them on: input fields and program output. */
  enable: { "*": true, scminput: false, log: false },
  mode: "balanced",
  stopAt: "sentence",
  maxTokens: 24,
  contextTokens: 512,
  temperature: 0,
  topK: 40,
  topP: 0.95,
  repetitionPenalty: 1,
  threads: 0,
  model: "",
  exclude: [],
  documentsWithSecrets: "skip",
  idleMinutes: 15,
  memory: 40,
  "generation.maxTokens": 200,
  "generation.temperature": 0.2,
} as const;

/** What completion is told of settings. */
export function completionSettings<M, S>(
  settings: {
    mode: M;
    stopAt: S;
    maxTokens: number;
    contextTokens: number;
  } & Omit<SamplingOptions, "seed">,
  seed: number,
) {
  const { mode, stopAt, maxTokens, contextTokens, ...rest } = settings;
  const { temperature, topK, topP, repetitionPenalty } = rest;
  const sampling = { temperature, topK, topP, repetitionPenalty, seed };
  return { mode, stopAt, maxTokens, contextTokens, sampling };
}
