// Counts what becomes of suggestions, by day, on this machine only. Pure: where it is kept is handed in.
// Several windows count at once: each adds what it has seen since its last write to what is stored.

import type { CountersState } from "../protocol/counters";
import { dayOf } from "./calendar";
import { addCounts, noCounts, type Counts } from "./counts";
import { countersState } from "./countersState";
import {
  addKept,
  noKeptCounts,
  readKept,
  readKeptWithoutDays,
  type KeptCounts,
} from "./keptCounts";
import { withWait } from "./waits";

/** Keeps values between sessions; VS Code's `Memento` is one. */
export interface CountStore {
  get(key: string): unknown;
  update(key: string, value: unknown): PromiseLike<void>;
}

/** How far a suggestion was accepted. */
export type Outcome = "none" | "part" | "whole";

/** What is counted. */
export type CountedEvent =
  | { kind: "shown" }
  | { kind: "rejected" }
  | { kind: "taken"; characters: number; before: Outcome; after: Outcome };

const KEY = "inkling.countsByDay";
/** Of version 0.1.0. A window that still runs it writes there; what is found is taken over with each write. */
const KEY_WITHOUT_DAYS = "inkling.counts";

/** Counts what became of suggestions. */
export class Counters {
  private unsaved: KeptCounts;

  constructor(
    private readonly store: CountStore,
    private readonly now: () => number = Date.now,
  ) {
    this.unsaved = noKeptCounts(now());
  }

  /** All counts, of other windows too as far as they were saved. */
  get kept(): KeptCounts {
    const byDay = readKept(this.store.get(KEY));
    const withoutDays = readKeptWithoutDays(this.store.get(KEY_WITHOUT_DAYS));
    const stored =
      byDay && withoutDays
        ? addKept(byDay, withoutDays)
        : (byDay ?? withoutDays);
    if (!stored) return this.unsaved;
    // What this window counted while another one reset does not make the count older.
    return { ...addKept(stored, this.unsaved), sinceMs: stored.sinceMs };
  }

  /** The sums of all days. */
  get totals(): Counts {
    const { earlier, days } = this.kept;
    return addCounts([earlier, ...Object.values(days)]);
  }

  /** What a page shows now. */
  get state(): CountersState {
    return countersState(this.kept, this.now());
  }

  count(event: CountedEvent): void {
    const add = { ...noCounts };
    if (event.kind === "shown") add.shown = 1;
    else if (event.kind === "rejected") add.rejected = 1;
    else {
      add.charactersWritten = event.characters;
      add.charactersSaved = Math.max(0, event.characters - 1);
      if (event.before === "part") add.acceptedInPart--;
      if (event.after === "part") add.acceptedInPart++;
      if (event.after === "whole") add.acceptedWhole++;
    }
    this.add(add);
  }

  countWait(waitMs: number): void {
    this.add({ ...noCounts, waits: withWait({}, waitMs) });
  }

  /** Characters that the person typed where Inkling is on. */
  countTyped(characters: number): void {
    this.add({ ...noCounts, charactersWritten: characters });
  }

  async save(): Promise<void> {
    const { kept } = this;
    this.unsaved = noKeptCounts(this.now());
    await this.write(kept);
  }

  async reset(): Promise<void> {
    this.unsaved = noKeptCounts(this.now());
    await this.write(this.unsaved);
  }

  private add(counts: Counts): void {
    const nowMs = this.now();
    this.unsaved = addKept(this.unsaved, {
      ...noKeptCounts(nowMs),
      days: { [dayOf(nowMs)]: counts },
    });
  }

  /** Both keys at once, so that nothing is counted twice. */
  private async write(kept: KeptCounts): Promise<void> {
    const writes = [this.store.update(KEY, kept)];
    if (this.store.get(KEY_WITHOUT_DAYS) !== undefined) {
      writes.push(this.store.update(KEY_WITHOUT_DAYS, undefined));
    }
    await Promise.all(writes);
  }
}
