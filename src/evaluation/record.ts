// One recorded pass: what the model wrote at each asked position and what that cost.
// All modes and writers are scored from it. A position whose text goes the way of an earlier answer refers to it.

import {
  alignGeneration,
  continueAfter,
  type Continuation,
} from "../completion/alignment";
import type { CompletionSettings } from "../completion/decision";
import { cutAtStop } from "../completion/stopRule";
import type { Generation } from "../protocol/generation";
import type { EvaluationDocument } from "./plan";

/** An answer of the model, or a reference to one. */
export type PositionRecord =
  | {
      kind: "asked";
      documentIndex: number;
      position: number;
      generation: Generation;
      elapsedMs: number;
      decodeMs: number;
      promptTokens: number;
      reusedTokens: number;
    }
  | {
      kind: "reused";
      documentIndex: number;
      position: number;
      /** The position at which the text was written that this one goes along. */
      askedAt: number;
    };

export type AskedRecord = Extract<PositionRecord, { kind: "asked" }>;

/** What was written for a position, from where it was asked. */
export interface Candidate {
  continuation: Continuation;
  asked: AskedRecord;
}

/** Looks up what was recorded. */
export class RecordedPass {
  private readonly records = new Map<string, PositionRecord>();
  private readonly continuations = new Map<AskedRecord, Continuation>();

  constructor(
    readonly documents: readonly EvaluationDocument[],
    private readonly settings: CompletionSettings,
  ) {}

  get size(): number {
    return this.records.size;
  }

  add(record: PositionRecord): void {
    this.records.set(keyOf(record), record);
  }

  has(place: { documentIndex: number; position: number }): boolean {
    return this.records.has(keyOf(place));
  }

  /** All positions at which the model was asked. */
  askedRecords(): AskedRecord[] {
    return [...this.records.values()].filter(
      (record): record is AskedRecord => record.kind === "asked",
    );
  }

  /** What stands to be shown at a position; undefined when nothing was recorded or nothing remains. */
  candidateAt(place: {
    documentIndex: number;
    position: number;
  }): Candidate | undefined {
    const record = this.records.get(keyOf(place));
    if (!record) return undefined;
    if (record.kind === "asked") {
      return { continuation: this.continuationOf(record), asked: record };
    }
    const { documentIndex, position, askedAt } = record;
    const asked = this.records.get(keyOf({ documentIndex, position: askedAt }));
    if (asked?.kind !== "asked") return undefined;
    const { text } = this.documents[documentIndex]!;
    const continuation = continueAfter(
      this.continuationOf(asked),
      text.slice(askedAt, position),
    );
    return continuation && { continuation, asked };
  }

  private continuationOf(record: AskedRecord): Continuation {
    let continuation = this.continuations.get(record);
    if (!continuation) {
      const { languageId, text } = this.documents[record.documentIndex]!;
      continuation = cutAtStop(alignGeneration(record.generation), {
        languageId,
        textBefore: text.slice(0, record.position),
        settings: this.settings,
      });
      this.continuations.set(record, continuation);
    }
    return continuation;
  }
}

function keyOf({
  documentIndex,
  position,
}: {
  documentIndex: number;
  position: number;
}): string {
  return `${documentIndex}:${position}`;
}
