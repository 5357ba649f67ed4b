// Remembers, across a reload of the window, which previews stood in documents: VS Code brings unsaved text back, and a
// text that nobody accepted must not come back with it. One small file a window keeps where each preview begins, the
// text around it and what it could have been, by length and hash; it is gone when there is none. What is not exactly a
// text that was written is a person's, or may be, and is left.

import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import path from "node:path";
import { writeFileAtomically } from "../../common/atomicFile";

/** Characters around a preview that it is found again by. */
const CONTEXT_CHARACTERS = 64;
/** Texts of one preview that are remembered: VS Code may bring back one from before a pause of the growing text. */
const MAX_TEXTS = 64;

/** A text that Inkling wrote, without the text. */
export interface WrittenText {
  length: number;
  /** SHA-256, in hexadecimal digits. */
  hash: string;
}

/** One preview in one document. */
export interface UnfinishedPreview {
  uri: string;
  /** What stands right before and right after it. */
  textBefore: string;
  textAfter: string;
  /** Offset of its start. */
  start: number;
  /** What it was from edit to edit, the newest last. */
  written: readonly WrittenText[];
}

/** What became of a preview in the text that was brought back. */
export type FoundPreview =
  | { kind: "there"; start: number; end: number }
  | { kind: "gone" }
  /** It may stand there, changed; `start` is where it began. */
  | { kind: "unclear"; start: number };

/** Describes a written text. */
export function describeText(text: string): WrittenText {
  return { length: text.length, hash: hashOf(text) };
}

/** The texts of a preview with a further one, where it is a further one. */
export function withText(
  written: readonly WrittenText[],
  text: string,
): readonly WrittenText[] {
  const next = describeText(text);
  if (next.length === 0 || written.at(-1)?.hash === next.hash) return written;
  return [...written, next].slice(-MAX_TEXTS);
}

/**
 * Describes a preview that stands from `start` to `end` in a text of which `slice` gives a part, since VS Code needs a
 * tenth of a second to put a document of 50 MB together.
 */
export function describePreview(
  slice: (start: number, end: number) => string,
  { uri, start, end, written }: PlacedPreview,
): UnfinishedPreview {
  return {
    uri,
    textBefore: slice(Math.max(0, start - CONTEXT_CHARACTERS), start),
    textAfter: slice(end, end + CONTEXT_CHARACTERS),
    start,
    written,
  };
}

/** A preview's place with what was written there. */
export interface PlacedPreview {
  uri: string;
  start: number;
  end: number;
  written: readonly WrittenText[];
}

/**
 * Says what became of the preview: it is there only where one of its texts stands letter by letter between what stood
 * around it.
 */
export function findPreview(
  text: string,
  preview: UnfinishedPreview,
): FoundPreview {
  const start = findStart(text, preview);
  if (start === undefined) return { kind: "unclear", start: preview.start };
  const { textAfter, written } = preview;
  const goesOnAt = (end: number) =>
    textAfter === "" ? end === text.length : text.startsWith(textAfter, end);
  const found = written.findLast(
    ({ length, hash }) =>
      goesOnAt(start + length) &&
      hashOf(text.slice(start, start + length)) === hash,
  );
  if (found) return { kind: "there", start, end: start + found.length };
  return goesOnAt(start) ? { kind: "gone" } : { kind: "unclear", start };
}

/** Where the text before the preview ends: at its old place, or else at the only one. */
function findStart(
  text: string,
  { textBefore, start }: UnfinishedPreview,
): number | undefined {
  const isAtOldPlace =
    start <= text.length && text.slice(0, start).endsWith(textBefore);
  if (isAtOldPlace) return start;
  const first = text.indexOf(textBefore);
  const isOnlyOne = first >= 0 && text.indexOf(textBefore, first + 1) < 0;
  return isOnlyOne ? first + textBefore.length : undefined;
}

function hashOf(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

/** The record of one window, beside those of others. */
export class UnfinishedRecord {
  private readonly file: string;
  /** What the file holds; empty while there is none. */
  private written = "";

  constructor(
    private readonly folder: string,
    processId = process.pid,
  ) {
    this.file = path.join(folder, `${processId}.json`);
  }

  /**
   * Takes the records of other processes, which are removed by that. Whether one still runs is not asked: after a
   * reload the old one may, and one of another window writes its record again at its next letter.
   */
  takeLeftBehind(): UnfinishedPreview[] {
    return this.names().flatMap((name) => {
      const file = path.join(this.folder, name);
      const previews = readRecord(file);
      rmSync(file, { force: true });
      return previews;
    });
  }

  /** Keeps what stands unfinished now; the disk is left alone while nothing changes. */
  write(previews: readonly UnfinishedPreview[]): void {
    const wanted = previews.length === 0 ? "" : JSON.stringify(previews);
    // Another window that has just started may have taken the file.
    const isThere = wanted === "" || existsSync(this.file);
    if (wanted === this.written && isThere) return;
    if (wanted === "") {
      rmSync(this.file, { force: true });
    } else {
      writeFileAtomically(this.file, wanted);
    }
    this.written = wanted;
  }

  private names(): string[] {
    try {
      return readdirSync(this.folder).filter((name) =>
        /^\d+\.json$/.test(name),
      );
    } catch {
      return []; // No preview was ever written.
    }
  }
}

function readRecord(file: string): UnfinishedPreview[] {
  try {
    const record: unknown = JSON.parse(readFileSync(file, "utf8"));
    return Array.isArray(record) ? record.filter(isUnfinishedPreview) : [];
  } catch {
    return []; // Another window has just taken it, or it was never whole.
  }
}

function isUnfinishedPreview(value: unknown): value is UnfinishedPreview {
  if (typeof value !== "object" || value === null) return false;
  const { uri, textBefore, textAfter, start, written } =
    value as Partial<UnfinishedPreview>;
  const isPlaced =
    typeof uri === "string" &&
    typeof textBefore === "string" &&
    typeof textAfter === "string" &&
    isOffset(start);
  return isPlaced && Array.isArray(written) && written.every(isWrittenText);
}

function isWrittenText(value: unknown): value is WrittenText {
  if (typeof value !== "object" || value === null) return false;
  const { length, hash } = value as Partial<WrittenText>;
  return isOffset(length) && length > 0 && typeof hash === "string";
}

function isOffset(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
