// The points on the curve of precision against coverage that the modes stand for.

import type { GateMode } from "./decision";

/** What a suggestion must reach to be shown, and each of its words to be part of it. */
export interface GateSettings {
  /** Probability that the first word is right. */
  minFirstWord: number;
  /** Probability that everything up to and with a further word is right. */
  minRunning: number;
  /** Characters that a suggestion must have. */
  minCharacters: number;
}

/**
 * Chosen on development text (bench/gate.ts, docs/LOG.md) so that each mode is as precise with the embedded weights as it
 * was with those before them: 0.78, 0.64 and 0.54 on 3,728 characters, where coverage is 0.37, 0.46 and 0.48. A lower
 * `minRunning` makes suggestions longer, which adds little to what is taken word by word, takes away from whole
 * acceptances and costs time.
 */
export const GATE_SETTINGS: Record<GateMode, GateSettings> = {
  quiet: { minFirstWord: 0.66, minRunning: 0.53, minCharacters: 3 },
  balanced: { minFirstWord: 0.41, minRunning: 0.33, minCharacters: 2 },
  eager: { minFirstWord: 0.3, minRunning: 0.24, minCharacters: 2 },
};

/** Asked for by hand, a suggestion is shown whatever the model thinks of it, up to where it is lost. */
export const MANUAL_GATE: GateSettings = {
  minFirstWord: 0,
  minRunning: 0.02,
  minCharacters: 1,
};

/** Tokens less probable than this end the generation: no word that needs one can pass the gate. */
export function minTokenProbability({ minRunning }: GateSettings): number {
  return minRunning / 2;
}
