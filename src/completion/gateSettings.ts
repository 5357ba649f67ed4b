// The points on the curve of precision against coverage that the modes stand for.

import { countedLength } from "../text/scripts";
import type { CompletionContext, GateMode, GateSettings } from "./decision";

export type { GateSettings } from "./decision";

/**
 * Chosen on development text (bench/gate.ts, docs/LOG.md) so that each mode stays as precise as it was: 0.78, 0.64 and
 * 0.55 on 3,728 characters with the memory of a small workspace. A lower `minRunning` makes suggestions longer: more is
 * taken word by word, less as a whole, and the wait is longer; half of `minFirstWord` is between the two.
 */
export const GATE_SETTINGS: Record<GateMode, GateSettings> = {
  quiet: { minFirstWord: 0.66, minRunning: 0.33, minCharacters: 3 },
  balanced: { minFirstWord: 0.38, minRunning: 0.19, minCharacters: 2 },
  eager: { minFirstWord: 0.26, minRunning: 0.13, minCharacters: 2 },
};

/** Less than this before the cursor, and nothing behind it, is a beginning. */
const COLD_CHARACTERS = 200;

/**
 * At a beginning the model is less sure, and right as often, of what anybody would write there: thresholds at which a
 * mode is as precise as further on (`inkling evaluate --cold`).
 */
export const COLD_GATE_SETTINGS: Record<GateMode, GateSettings> = {
  quiet: { minFirstWord: 0.52, minRunning: 0.26, minCharacters: 3 },
  balanced: { minFirstWord: 0.3, minRunning: 0.15, minCharacters: 2 },
  eager: { minFirstWord: 0.22, minRunning: 0.11, minCharacters: 2 },
};

/** Asked for by hand, a suggestion is shown whatever the model thinks of it, up to where it is lost. */
export const MANUAL_GATE: GateSettings = {
  minFirstWord: 0,
  minRunning: 0.02,
  minCharacters: 1,
};

/** What is asked for at a cursor. */
export function gateFor({
  trigger,
  textBefore,
  textAfter,
  settings: { mode },
}: Pick<
  CompletionContext,
  "trigger" | "textBefore" | "textAfter" | "settings"
>): GateSettings {
  if (trigger === "manual") return MANUAL_GATE;
  const isCold =
    textBefore.length < COLD_CHARACTERS &&
    countedLength(textBefore) < COLD_CHARACTERS &&
    textAfter.trim() === "";
  return (isCold ? COLD_GATE_SETTINGS : GATE_SETTINGS)[mode];
}

/** Tokens less probable than this end the generation: no word that needs one can pass the gate. */
export function minTokenProbability({ minRunning }: GateSettings): number {
  return minRunning / 2;
}
