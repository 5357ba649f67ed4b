// A part of a document, in offsets, that follows the edits around it. Pure: a change is numbers and a text.
//
//   edit before     abc[DEF]     the range moves
//   at its start    abc|[DEF]    what is inserted stays outside
//   inside          [D|EF]       the range grows or shrinks
//   at its end      [DEF]|       what is inserted stays outside
//   over a border   ab{c[D}EF]   what is left of the range remains

import type { TextChange } from "../textChange";

/** Whether a change left the range's text as it was. */
export type TouchedBy = "nothing" | "edit";

/** Follows the changes of one document. */
export class TrackedRange {
  constructor(
    private from: number,
    private to: number,
  ) {}

  get start(): number {
    return this.from;
  }

  get end(): number {
    return this.to;
  }

  get length(): number {
    return this.to - this.from;
  }

  /** Takes the place of another part, as when its own text was replaced. */
  set(start: number, end: number): void {
    this.from = start;
    this.to = end;
  }

  /** Follows changes of one event, which do not overlap and count from the text before all of them. */
  apply(changes: readonly TextChange[]): TouchedBy {
    let touched: TouchedBy = "nothing";
    // From the end of the document on, so that the offsets of those still to come hold.
    const fromEnd = [...changes].sort((a, b) => b.rangeOffset - a.rangeOffset);
    for (const change of fromEnd) {
      if (this.applyOne(change) === "edit") touched = "edit";
    }
    return touched;
  }

  private applyOne({ rangeOffset, rangeLength, text }: TextChange): TouchedBy {
    const changeEnd = rangeOffset + rangeLength;
    const growth = text.length - rangeLength;
    if (rangeOffset >= this.to && changeEnd > this.from) return "nothing";
    if (changeEnd <= this.from) {
      this.from += growth;
      this.to += growth;
      return "nothing";
    }
    if (rangeOffset < this.from) {
      // The beginning is gone, and what replaced it stands outside.
      this.from = rangeOffset + text.length;
      this.to = Math.max(this.from, this.to + growth);
    } else if (changeEnd > this.to) {
      this.to = rangeOffset;
    } else {
      this.to += growth;
    }
    return "edit";
  }
}
