// What the page of the counters shows, from what is kept. Pure.

import type { CountersState } from "../protocol/counters";
import { dayOf, daysUntil } from "./calendar";
import { addCounts, figuresOf, noCounts } from "./counts";
import type { KeptCounts } from "./keptCounts";

const NUM_DAYS = 30;

/** The last days up to a moment, and their sums. */
export function countersState(kept: KeptCounts, nowMs: number): CountersState {
  const { sinceMs, earlier, days } = kept;
  const countsOf = (day: string) => days[day] ?? noCounts;
  const names = daysUntil(nowMs, NUM_DAYS);
  const ofDays = addCounts(Object.values(days));
  const all = addCounts([earlier, ofDays]);
  return {
    since: dayOf(sinceMs),
    days: names.map((day) => ({ day, ...figuresOf(countsOf(day)) })),
    today: figuresOf(countsOf(dayOf(nowMs))),
    month: figuresOf(addCounts(names.map(countsOf))),
    // Version 0.1.0 did not count what was typed, so that a share is known of the days alone.
    all: { ...figuresOf(all), savedShare: figuresOf(ofDays).savedShare },
  };
}
