// Follows what is shown at the cursor and infers from the document's changes what became of it: VS Code tells an
// extension neither what it shows nor what is dismissed or taken word by word. Pure: changes are offsets and strings.
//
//   line      The cat sat| on the mat.       offered " on the mat."
//   typed     The cat sat o|n the mat.       one letter along it: still the same suggestion
//   taken     The cat sat on the| mat.       several at once: a part was accepted
//   rejected  The cat slept|                 another way, after it could be read and before any of it was taken,
//             The cat sat|                   or Escape, which VS Code hands to a command

import type { RejectedBy } from "../completion/rejectionMemory";
import type { Outcome } from "../counters/counters";
import type { TextChange } from "./textChange";

/** How long a suggestion must have been there for typing another way to count as a rejection: time to read a word. */
const READ_MS = 250;

/** What an editor inserts by itself when an opening mark is typed. */
export const AUTO_CLOSED = /^(?:\(\)|\[\]|\{\}|""|''|``|<>|\*\*|__)$/;

/** A suggestion that went to VS Code, or several to choose from. */
export interface TrackedSuggestion {
  documentKey: string;
  /** The cursor's offset in the document. */
  offset: number;
  /** The cursor's line left of the cursor; an accepted suggestion replaces it by itself. */
  lineBefore: string;
  /** Each goes in at the cursor. */
  texts: string[];
}

/** What is inferred about a suggestion. */
export type SuggestionEvent = { documentKey: string; offset: number } & (
  | { kind: "shown" }
  | { kind: "taken"; characters: number; before: Outcome; after: Outcome }
  | { kind: "rejected"; by: RejectedBy }
);

interface Followed extends TrackedSuggestion {
  id: number;
  shownAtMs: number;
  /** Characters of it that stand in the document, typed or accepted. */
  progress: number;
  outcome: Outcome;
}

/** Follows one suggestion at a time and tells `listener` what becomes of it. */
export class SuggestionTracker {
  private current: Followed | undefined;
  /** The suggestion whose end the last change was: VS Code names it a moment later when it was accepted by a command. */
  private finished: Followed | undefined;
  private nextId = 1;

  constructor(
    private readonly listener: (event: SuggestionEvent) => void,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** Says that a suggestion is on the screen; answers its id, the old one while it is the same as before. */
  show(suggestion: TrackedSuggestion): number {
    const { current } = this;
    if (current && isContinued(current, suggestion)) {
      // It may have grown.
      const [whole = ""] = current.texts;
      const before = whole.slice(0, current.progress);
      current.texts = suggestion.texts.map((text) => before + text);
      return current.id;
    }
    this.finish();
    const id = this.nextId++;
    this.current = {
      ...suggestion,
      id,
      shownAtMs: this.now(),
      progress: 0,
      outcome: "none",
    };
    this.listener({ kind: "shown", ...placeOf(suggestion) });
    return id;
  }

  /** To be called when VS Code says that an item was accepted: whole, or what was left of it. */
  acceptedWhole(id: number): void {
    const suggestion = [this.current, this.finished].find(
      (each) => each?.id === id,
    );
    if (!suggestion) return;
    this.take(suggestion, { characters: 0, after: "whole" });
    if (suggestion === this.current) this.finish();
  }

  /** To be called when the suggestion is sent away with Escape. */
  dismissed(): void {
    if (this.current) this.reject(this.current, "escape");
  }

  /** To be called with all changes of a document that were made at once. */
  documentChanged(documentKey: string, changes: readonly TextChange[]): void {
    const suggestion = this.current;
    if (
      !suggestion ||
      suggestion.documentKey !== documentKey ||
      changes.length === 0
    ) {
      return;
    }
    const [change] = changes;
    const inserted =
      change && changes.length === 1
        ? insertedAt(suggestion, change)
        : undefined;
    if (inserted === undefined || AUTO_CLOSED.test(inserted)) this.finish();
    else this.follow(suggestion, inserted);
  }

  /** Nothing is shown any more, for a reason that says nothing about the suggestion. */
  end(documentKey?: string): void {
    if (documentKey === undefined || this.current?.documentKey === documentKey)
      this.finish();
  }

  private follow(suggestion: Followed, inserted: string): void {
    const fitting = suggestion.texts.filter((text) =>
      text.startsWith(inserted, suggestion.progress),
    );
    if (fitting.length === 0) {
      const wasRead = this.now() - suggestion.shownAtMs >= READ_MS;
      if (wasRead) this.reject(suggestion, "typing");
      else this.finish();
      return;
    }
    const isWhole = fitting.some(
      (text) => text.length === suggestion.progress + inserted.length,
    );
    const isFirstPiece = suggestion.progress === 0;
    suggestion.texts = fitting;
    suggestion.progress += inserted.length;
    // A key types one character; white space alone is as well an indentation.
    if (inserted.length > 1 && inserted.trim() !== "") {
      const after = isWhole && isFirstPiece ? "whole" : "part";
      this.take(suggestion, { characters: inserted.length, after });
    }
    if (isWhole) this.finish();
  }

  /** What of it was taken is no rejection of the rest. */
  private reject(suggestion: Followed, by: RejectedBy): void {
    this.finish();
    if (suggestion.outcome !== "none") return;
    this.listener({ kind: "rejected", by, ...placeOf(suggestion) });
  }

  private take(
    suggestion: Followed,
    { characters, after }: { characters: number; after: Outcome },
  ): void {
    const before = suggestion.outcome;
    if (before === "whole" || (characters === 0 && before === after)) return;
    suggestion.outcome = after;
    this.listener({
      kind: "taken",
      characters,
      before,
      after,
      ...placeOf(suggestion),
    });
  }

  private finish(): void {
    if (this.current) this.finished = this.current;
    this.current = undefined;
  }
}

function placeOf({ documentKey, offset }: TrackedSuggestion) {
  return { documentKey, offset };
}

/** Whether `next` is what is left of `current`, or more of the same. */
function isContinued(current: Followed, next: TrackedSuggestion): boolean {
  if (current.documentKey !== next.documentKey) return false;
  if (current.offset + current.progress !== next.offset) return false;
  const [left = ""] = current.texts.map((text) => text.slice(current.progress));
  const [text = ""] = next.texts;
  return left !== "" && (text.startsWith(left) || left.startsWith(text));
}

/** The text that a change adds where the suggestion goes on; undefined when it changes something else. */
function insertedAt(
  suggestion: Followed,
  change: TextChange,
): string | undefined {
  const [text = ""] = suggestion.texts;
  const known = suggestion.lineBefore + text.slice(0, suggestion.progress);
  const cursor = suggestion.offset + suggestion.progress;
  const back = cursor - change.rangeOffset;
  if (back < 0 || back > known.length || change.rangeLength < back) {
    return undefined;
  }
  const kept = known.slice(known.length - back);
  if (!change.text.startsWith(kept)) return undefined;
  return change.text.slice(back) || undefined;
}
