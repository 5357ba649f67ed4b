// Remembers, across a reload of the window, which previews stood in documents: VS Code brings unsaved text back, and a
// text that nobody accepted must not come back with it. One small file a window keeps where each preview begins, the
// text around it, and is gone when there is none.

import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
} from "node:fs";
import path from "node:path";
import { writeFileAtomically } from "../../common/atomicFile";

/** Characters around a preview that it is found again by. */
const CONTEXT_CHARACTERS = 64;

/** One preview in one document. */
export interface UnfinishedPreview {
  uri: string;
  /** What stands right before and right after it. */
  textBefore: string;
  textAfter: string;
  /** Offset of its start. */
  start: number;
}

/**
 * Describes a preview that stands from `start` to `end` in a text of which `slice` gives a part, since VS Code needs a
 * tenth of a second to put a document of 50 MB together.
 */
export function describePreview(
  slice: (start: number, end: number) => string,
  { uri, start, end }: { uri: string; start: number; end: number },
): UnfinishedPreview {
  return {
    uri,
    textBefore: slice(Math.max(0, start - CONTEXT_CHARACTERS), start),
    textAfter: slice(end, end + CONTEXT_CHARACTERS),
    start,
  };
}

/** Where the preview stands in the text that was brought back; undefined when it cannot be told for sure. */
export function findPreview(
  text: string,
  { textBefore, textAfter, start }: UnfinishedPreview,
): { start: number; end: number } | undefined {
  const begins = text
    .slice(Math.max(0, start - textBefore.length), start)
    .endsWith(textBefore);
  if (!begins || start > text.length) return undefined;
  const isAtEnd = textAfter === "";
  const end = isAtEnd ? text.length : text.indexOf(textAfter, start);
  return end > start ? { start, end } : undefined;
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

  /** Keeps what stands unfinished now; the disk is left alone while nothing changes but what is being written. */
  write(previews: readonly UnfinishedPreview[]): void {
    const wanted = previews.length === 0 ? "" : JSON.stringify(previews);
    // Another window that has just started may have taken the file.
    const isThere = wanted === "" || existsSync(this.file);
    if (wanted === this.written && isThere) return;
    if (wanted === "") {
      rmSync(this.file, { force: true });
    } else {
      mkdirSync(this.folder, { recursive: true });
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
    return JSON.parse(readFileSync(file, "utf8")) as UnfinishedPreview[];
  } catch {
    return []; // Another window has just taken it.
  }
}
