// Keeps what the model wrote lately, so that a text which goes the way of a continuation costs nothing:
// typing along it, deleting back to where it was asked, accepting it word by word.
// Entries are found by document and by the text that the model had read.

import { continueAfter, type Continuation } from "./alignment";

/** The text that a continuation continues: `prompt` ends at the cursor. */
export interface PromptPlace {
  documentKey: string;
  /** Settings that change what the model writes, as one string. */
  fingerprint: string;
  /** Length of the whole text before the cursor. */
  textLength: number;
  prompt: string;
}

interface CacheEntry extends PromptPlace {
  continuations: Continuation[];
}

/** How much of a place's text has been typed since `earlier`; undefined when it is not a later state of that text. */
export function typedSince(
  earlier: PromptPlace,
  place: PromptPlace & { textBefore: string },
): string | undefined {
  const isLater =
    earlier.documentKey === place.documentKey &&
    earlier.fingerprint === place.fingerprint &&
    earlier.textLength <= place.textLength &&
    place.textBefore.startsWith(
      earlier.prompt,
      earlier.textLength - earlier.prompt.length,
    );
  return isLater ? place.textBefore.slice(earlier.textLength) : undefined;
}

/** The continuations of the latest requests, the newest first. */
export class SuggestionCache {
  private entries: CacheEntry[] = [];

  constructor(private readonly maxEntries = 128) {}

  add(place: PromptPlace, continuations: Continuation[]): void {
    const { documentKey, fingerprint, textLength, prompt } = place;
    this.entries.unshift({
      documentKey,
      fingerprint,
      textLength,
      prompt,
      continuations,
    });
    this.entries.length = Math.min(this.entries.length, this.maxEntries);
  }

  /** What remains of stored continuations at this place; undefined when none goes this way. */
  find(
    place: PromptPlace & { textBefore: string },
  ): Continuation[] | undefined {
    for (const entry of this.entries) {
      const typed = typedSince(entry, place);
      if (typed === undefined) continue;
      // Asked here before: the answer stands, also when it was empty.
      if (typed === "") return entry.continuations;
      const remaining = entry.continuations.flatMap(
        (continuation) => continueAfter(continuation, typed) ?? [],
      );
      const [first] = remaining;
      if (first && !isRunningShort(first)) return remaining;
    }
    return undefined;
  }

  /** Forgets a document, or everything. */
  clear(documentKey?: string): void {
    this.entries =
      documentKey === undefined
        ? []
        : this.entries.filter((entry) => entry.documentKey !== documentKey);
  }
}

/** Whether the model could say more than the word or two that are left of what it was given room for. */
function isRunningShort({ stopReason, text }: Continuation): boolean {
  return stopReason === "length" && text.trim().split(/\s+/).length < 2;
}
