// The table of a soak: what stood at its start beside what stands at its end, each over a few rounds so that one round's
// garbage decides nothing. A soak that is broken off has written its rounds, and the next one goes on with them.

import { existsSync, mkdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { writeFileAtomically } from "../../src/common/atomicFile";
import { quantile } from "../../src/common/statistics";
import type { LoopDelayFigures } from "./loopDelay";
import type { ProcessFigures } from "./processFigures";

/** What one round of typing left behind. */
export interface SoakRound {
  /** The extension host that it ran in. */
  processId: number;
  minutes: number;
  keys: number;
  keysWithSuggestion: number;
  /** Milliseconds from the last key of a burst to its decision. */
  decisionMs: number[];
  unanswered: number;
  figures: ProcessFigures;
  loopDelay: LoopDelayFigures;
  /** Milliseconds that the extension's own code kept the loop at the most, and its function. */
  ownLongest: { elapsedMs: number; functionName: string } | undefined;
  faults: string[];
}

/** At the most so many rounds are the start, and as many the end. */
const MAX_ROUNDS_OF_AN_END = 3;

/** The rounds that an earlier soak has written; none where there was none. */
export function readRounds(file: string): SoakRound[] {
  if (!existsSync(file)) return [];
  return JSON.parse(readFileSync(file, "utf8")) as SoakRound[];
}

/** Keeps the rounds for a soak that goes on, or for whoever ends this one. */
export function writeRounds(file: string, rounds: readonly SoakRound[]): void {
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileAtomically(file, JSON.stringify(rounds));
}

/** The table as Markdown. */
export function soakTable(rounds: readonly SoakRound[]): string {
  // A round is not both; of a single one start and end are the same.
  const half = Math.max(1, Math.floor(rounds.length / 2));
  const numRounds = Math.min(MAX_ROUNDS_OF_AN_END, half);
  const first = rounds.slice(0, numRounds);
  const last = rounds.slice(-numRounds);
  const sum = (of: (round: SoakRound) => number) =>
    rounds.reduce((total, round) => total + of(round), 0);
  const numProcesses = new Set(rounds.map(({ processId }) => processId)).size;
  const faults = rounds.flatMap((round) => round.faults);
  const row = (name: string, of: (part: readonly SoakRound[]) => unknown) =>
    `| ${name} | ${shown(of(first))} | ${shown(of(last))} |`;
  const figure = (name: string, key: keyof ProcessFigures) =>
    row(name, (part) =>
      quantile(
        part.flatMap(({ figures }) => figures[key] ?? []),
        0.5,
      ),
    );
  const delay = (key: keyof LoopDelayFigures) =>
    row(`event loop late, ${key}, ms`, (part) =>
      Math.max(...part.map(({ loopDelay }) => loopDelay[key])),
    );
  const decision = (share: number) =>
    row(`key to decision, p${share * 100}, ms`, (part) =>
      quantile(
        part.flatMap(({ decisionMs }) => decisionMs),
        share,
      ),
    );
  return [
    `${sum(({ keys }) => keys)} keys in ${sum(({ minutes }) => minutes).toFixed(1)} minutes, ${rounds.length} rounds, ${numProcesses} extension hosts; ${sum(({ keysWithSuggestion }) => keysWithSuggestion)} keys with a suggestion, ${sum(({ unanswered }) => unanswered)} bursts without a decision`,
    "",
    "| | at the start | at the end |",
    "| --- | --- | --- |",
    figure("resident memory, MB", "residentMb"),
    figure("heap, MB", "heapMb"),
    figure("outside the heap, MB", "externalMb"),
    figure("open files", "openFiles"),
    figure("listeners of the process", "listeners"),
    figure("timers", "timers"),
    figure("other resources", "otherResources"),
    delay("p50"),
    delay("p999"),
    delay("max"),
    row("own code at a stretch, at the most, ms", (part) =>
      Math.max(...part.map(({ ownLongest }) => ownLongest?.elapsedMs ?? 0)),
    ),
    decision(0.5),
    decision(0.95),
    row("faults", (part) => part.flatMap((round) => round.faults).length),
    "",
    ...faults.slice(0, 20).map((fault) => `- ${fault}`),
  ].join("\n");
}

function shown(value: unknown): string {
  return typeof value === "number" ? String(Math.round(value * 10) / 10) : "–";
}
