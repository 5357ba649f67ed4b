// What was counted in one stretch of time, a day or all of it: numbers and no text. Pure.

import type { CountFigures } from "../protocol/counters";
import { addWaits, medianWaitMs, readWaits, type Waits } from "./waits";

/** What became of suggestions. */
export interface Counts {
  shown: number;
  acceptedWhole: number;
  acceptedInPart: number;
  rejected: number;
  /** Characters that came from suggestions, less a key for each acceptance. */
  charactersSaved: number;
  /** Characters that were typed or came from suggestions, where Inkling is on. */
  charactersWritten: number;
  /** From VS Code's question to the answer, of suggestions that were new on the screen. */
  waits: Waits;
}

/** Nothing counted yet. */
export const noCounts: Counts = {
  shown: 0,
  acceptedWhole: 0,
  acceptedInPart: 0,
  rejected: 0,
  charactersSaved: 0,
  charactersWritten: 0,
  waits: {},
};

const NUMBERS = [
  "shown",
  "acceptedWhole",
  "acceptedInPart",
  "rejected",
  "charactersSaved",
  "charactersWritten",
] as const;

/** The sums. */
export function addCounts(all: readonly Counts[]): Counts {
  const sum = { ...noCounts, waits: addWaits(all.map(({ waits }) => waits)) };
  for (const counts of all) {
    for (const name of NUMBERS) sum[name] += counts[name];
  }
  return sum;
}

/** What a person asks of them. */
export function figuresOf(counts: Counts): CountFigures {
  const { shown, rejected, charactersSaved, charactersWritten } = counts;
  return {
    shown,
    accepted: counts.acceptedWhole + counts.acceptedInPart,
    rejected,
    charactersSaved,
    savedShare:
      charactersWritten > 0 ? charactersSaved / charactersWritten : undefined,
    medianWaitMs: medianWaitMs(counts.waits),
  };
}

/** What was stored, if all its numbers are there; those of `absent` may be missing and are 0 then. */
export function readCounts(
  value: unknown,
  absent: readonly (keyof Counts)[] = [],
): Counts | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const stored = value as Record<string, unknown>;
  const counts = { ...noCounts, waits: readWaits(stored["waits"]) };
  for (const name of NUMBERS) {
    const count = stored[name] ?? (absent.includes(name) ? 0 : undefined);
    if (!Number.isSafeInteger(count)) return undefined;
    counts[name] = Number(count);
  }
  return counts;
}
