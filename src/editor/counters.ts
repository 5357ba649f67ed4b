// What is counted about suggestions, on this machine only. Pure: where it is kept is handed in.
// Several windows count at once: each adds what it has seen since its last write to what is stored.

import type { SuggestionEvent } from "./suggestionTracker";

/** Latencies that are kept, the newest ones. */
const MAX_LATENCIES = 500;

/** All counts since `sinceMs`. */
export interface Counts {
  sinceMs: number;
  shown: number;
  acceptedWhole: number;
  acceptedInPart: number;
  rejected: number;
  /** Characters that came from suggestions, less a key for each acceptance. */
  charactersSaved: number;
  /** From VS Code's question to the answer, of suggestions that were new on the screen. */
  latenciesMs: number[];
}

/** Keeps one value between sessions; VS Code's `Memento` is one. */
export interface CountStore {
  get(key: string): unknown;
  update(key: string, value: unknown): PromiseLike<void>;
}

const STORE_KEY = "inkling.counts";

/** Nothing counted yet. */
function noCounts(sinceMs: number): Counts {
  return {
    sinceMs,
    shown: 0,
    acceptedWhole: 0,
    acceptedInPart: 0,
    rejected: 0,
    charactersSaved: 0,
    latenciesMs: [],
  };
}

/** Counts what became of suggestions. */
export class Counters {
  private unsaved: Counts;

  constructor(
    private readonly store: CountStore,
    private readonly now: () => number = Date.now,
  ) {
    this.unsaved = noCounts(now());
  }

  /** All counts, of other windows too as far as they were saved. */
  get counts(): Counts {
    return addCounts(readCounts(this.store.get(STORE_KEY)), this.unsaved);
  }

  count(event: SuggestionEvent): void {
    const { unsaved } = this;
    if (event.kind === "shown") unsaved.shown++;
    else if (event.kind === "rejected") unsaved.rejected++;
    else {
      if (event.characters > 0) unsaved.charactersSaved += event.characters - 1;
      if (event.before === "part") unsaved.acceptedInPart--;
      if (event.after === "part") unsaved.acceptedInPart++;
      if (event.after === "whole") unsaved.acceptedWhole++;
    }
  }

  countLatency(latencyMs: number): void {
    this.unsaved.latenciesMs.push(Math.round(latencyMs));
  }

  async save(): Promise<void> {
    const { counts } = this;
    this.unsaved = noCounts(this.now());
    await this.store.update(STORE_KEY, counts);
  }

  async reset(): Promise<void> {
    this.unsaved = noCounts(this.now());
    await this.store.update(STORE_KEY, this.unsaved);
  }
}

function addCounts(stored: Counts | undefined, added: Counts): Counts {
  if (!stored) return added;
  return {
    sinceMs: stored.sinceMs,
    shown: stored.shown + added.shown,
    acceptedWhole: stored.acceptedWhole + added.acceptedWhole,
    acceptedInPart: stored.acceptedInPart + added.acceptedInPart,
    rejected: stored.rejected + added.rejected,
    charactersSaved: stored.charactersSaved + added.charactersSaved,
    latenciesMs: [...stored.latenciesMs, ...added.latenciesMs].slice(
      -MAX_LATENCIES,
    ),
  };
}

/** What an older or newer version stored is only taken as far as it is what is expected. */
function readCounts(value: unknown): Counts | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const { latenciesMs, ...stored } = value as Partial<Record<string, unknown>>;
  const counts = noCounts(0);
  for (const key of NUMBER_KEYS) {
    const count = stored[key];
    if (typeof count !== "number" || !Number.isFinite(count)) return undefined;
    counts[key] = count;
  }
  if (Array.isArray(latenciesMs)) {
    counts.latenciesMs = latenciesMs.filter(
      (each): each is number => typeof each === "number",
    );
  }
  return counts;
}

const NUMBER_KEYS = [
  "sinceMs",
  "shown",
  "acceptedWhole",
  "acceptedInPart",
  "rejected",
  "charactersSaved",
] as const;
