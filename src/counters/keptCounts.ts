// Counts by day as they are kept between sessions, and what an older version kept, which had no days. Pure.

import { isDay } from "./calendar";
import { addCounts, noCounts, readCounts, type Counts } from "./counts";
import { withWait } from "./waits";

/** Days that are kept; older ones go into one sum. */
const MAX_DAYS = 400;

/** All counts since `sinceMs`. */
export interface KeptCounts {
  sinceMs: number;
  /** Before the first of the days. */
  earlier: Counts;
  /** By their dates. */
  days: Record<string, Counts>;
}

/** Nothing counted yet. */
export function noKeptCounts(sinceMs: number): KeptCounts {
  return { sinceMs, earlier: noCounts, days: {} };
}

/** Both together, with as many days as are kept. */
export function addKept(stored: KeptCounts, added: KeptCounts): KeptCounts {
  const days = { ...stored.days };
  for (const [day, counts] of Object.entries(added.days)) {
    const before = days[day];
    days[day] = before ? addCounts([before, counts]) : counts;
  }
  const sums = Object.entries(days).sort(([one], [other]) =>
    one < other ? -1 : 1,
  );
  const tooOld = sums.slice(0, -MAX_DAYS).map(([, counts]) => counts);
  return {
    sinceMs: Math.min(stored.sinceMs, added.sinceMs),
    earlier: addCounts([stored.earlier, added.earlier, ...tooOld]),
    days: Object.fromEntries(sums.slice(-MAX_DAYS)),
  };
}

/** What was stored, as far as it is what is expected: a damaged day costs that day alone. */
export function readKept(value: unknown): KeptCounts | undefined {
  const { sinceMs, earlier, days } = fieldsOf(value);
  if (!isTime(sinceMs)) return undefined;
  const known = Object.entries(fieldsOf(days)).flatMap(([day, stored]) => {
    const counts = isDay(day) ? readCounts(stored) : undefined;
    return counts ? [[day, counts] as const] : [];
  });
  return {
    sinceMs,
    earlier: readCounts(earlier) ?? noCounts,
    days: Object.fromEntries(known),
  };
}

/** What version 0.1.0 stored: one sum, the newest 500 waiting times, and nothing of what was typed. */
export function readKeptWithoutDays(value: unknown): KeptCounts | undefined {
  const { sinceMs, latenciesMs } = fieldsOf(value);
  const counts = readCounts(value, ["charactersWritten"]);
  if (!counts || !isTime(sinceMs)) return undefined;
  const times = Array.isArray(latenciesMs) ? latenciesMs.filter(isTime) : [];
  const waits = times.reduce(withWait, counts.waits);
  return { sinceMs, earlier: { ...counts, waits }, days: {} };
}

function isTime(value: unknown): value is number {
  return typeof value === "number" && Number.isFinite(value);
}

function fieldsOf(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null
    ? (value as Record<string, unknown>)
    : {};
}
