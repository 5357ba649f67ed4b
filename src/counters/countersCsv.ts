// The counters for a spreadsheet: one row a day, RFC 4180. Names and numbers are the same in every language. Pure.

import { figuresOf, type Counts } from "./counts";
import type { KeptCounts } from "./keptCounts";

const COLUMNS = [
  "day",
  "shown",
  "accepted_whole",
  "accepted_in_part",
  "dismissed",
  "keystrokes_saved",
  "characters_written",
  "median_waiting_ms",
];

/** All days that are kept, the oldest first; before them one row for what was counted earlier, if anything was. */
export function countersCsv({ earlier, days }: KeptCounts): string {
  const names = Object.keys(days).sort();
  const rows = names.map((day) => rowOf(day, days[day]));
  if (earlier.shown > 0) rows.unshift(rowOf("earlier", earlier));
  return [COLUMNS, ...rows].map((row) => `${row.join(",")}\r\n`).join("");
}

function rowOf(day: string, counts: Counts | undefined): (string | number)[] {
  if (!counts) return [day];
  return [
    day,
    counts.shown,
    counts.acceptedWhole,
    counts.acceptedInPart,
    counts.rejected,
    counts.charactersSaved,
    counts.charactersWritten,
    figuresOf(counts).medianWaitMs ?? "",
  ];
}
