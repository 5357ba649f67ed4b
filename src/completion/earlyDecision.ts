// Whether what has been written so far is enough to decide on, while the rest is still being written.

import type { Continuation } from "./alignment";
import type { Decision, GateSettings } from "./decision";
import { wordConfidences } from "./showGate";
import { findUnitEnds } from "./words";
import { UNSPACED_LETTERS } from "../text/scripts";

/** Where a word of such a script ends may depend on the letters to come. */
const UNSPACED = new RegExp(`[${UNSPACED_LETTERS}]`, "u");

/**
 * Whether `decision`, on what there is `soFar`, stands. A first word that is too improbable is so with more letters too,
 * and behind a word that is too improbable to go on nothing is shown: so that silence is kept. What passes the gate is
 * shown once a further word has begun, where the rest may follow.
 */
export function isDecided(
  decision: Decision,
  {
    soFar,
    gate,
    mayGrow,
  }: { soFar: Continuation; gate: GateSettings; mayGrow: boolean },
): boolean {
  if (UNSPACED.test(soFar.text)) return false;
  if (decision.kind === "show") {
    const [firstEnd = Infinity] = findUnitEnds(soFar.text);
    return mayGrow && firstEnd < soFar.text.length;
  }
  const { code } = decision.reason;
  if (code === "unsure" || code === "rejected-here") return true;
  const isEnded = wordConfidences(soFar, soFar.text.length)
    .slice(1)
    .some(({ confidence }) => confidence < gate.minRunning);
  return code === "too-short" && isEnded;
}
