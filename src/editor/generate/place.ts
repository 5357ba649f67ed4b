// Where in a text a task reads and where its result goes. Pure: offsets into a text with LF or CRLF.

/** A selection of an editor; start and end are equal for a cursor. */
export interface OffsetSelection {
  start: number;
  end: number;
}

/** What is read, and what stands around the result. */
export interface Place {
  /** The text that the task is about. */
  source: OffsetSelection;
  /** Where the result is inserted. */
  offset: number;
  /** White space that sets the result apart from the text around it. */
  before: string;
  after: string;
  /** Whether the source, and what sets it apart, goes when the result is accepted. */
  replacesSource: boolean;
}

/** Where a result goes in a document. */
export type PlaceTarget = "continue" | "below" | "above" | "replace";

/** The place for a target; undefined where there is no text to work on. */
export function findPlace(
  text: string,
  { selection, target }: { selection: OffsetSelection; target: PlaceTarget },
): Place | undefined {
  if (target === "continue") {
    const source = { start: 0, end: selection.end };
    if (text.slice(0, selection.end).trim() === "") return undefined;
    return {
      source,
      offset: selection.end,
      before: "",
      after: "",
      replacesSource: false,
    };
  }
  const source = trim(
    text,
    selection.start === selection.end
      ? paragraphAt(text, selection.start)
      : selection,
  );
  if (source.start === source.end) return undefined;
  const isWholeLines =
    isLineStart(text, source.start) && isLineEnd(text, source.end);
  const gap = isWholeLines ? "\n\n" : " ";
  switch (target) {
    case "above": {
      const offset = lineStart(text, source.start);
      return {
        source,
        offset,
        before: "",
        after: "\n\n",
        replacesSource: false,
      };
    }
    case "below": {
      const offset = lineEnd(text, source.end);
      return {
        source,
        offset,
        before: "\n\n",
        after: "",
        replacesSource: false,
      };
    }
    case "replace":
      return {
        source,
        offset: source.end,
        before: gap,
        after: "",
        replacesSource: true,
      };
  }
}

/** The lines around an offset up to the next empty ones. */
function paragraphAt(text: string, offset: number): OffsetSelection {
  let start = lineStart(text, offset);
  let end = lineEnd(text, offset);
  if (text.slice(start, end).trim() === "") return { start: end, end };
  while (start > 0) {
    const previous = lineStart(text, start - 1);
    if (text.slice(previous, start).trim() === "") break;
    start = previous;
  }
  while (end < text.length) {
    const next = lineEnd(text, lineBreakEnd(text, end));
    if (text.slice(end, next).trim() === "") break;
    end = next;
  }
  return { start, end };
}

function trim(text: string, { start, end }: OffsetSelection): OffsetSelection {
  const selected = text.slice(start, end);
  const trimmed = selected.trim();
  if (trimmed === "") return { start: end, end };
  const from = start + selected.indexOf(trimmed);
  return { start: from, end: from + trimmed.length };
}

function lineStart(text: string, offset: number): number {
  return text.lastIndexOf("\n", offset - 1) + 1;
}

function lineEnd(text: string, offset: number): number {
  const end = text.indexOf("\n", offset);
  if (end < 0) return text.length;
  return text[end - 1] === "\r" && end > offset ? end - 1 : end;
}

function lineBreakEnd(text: string, offset: number): number {
  return offset + (text[offset] === "\r" ? 2 : 1);
}

function isLineStart(text: string, offset: number): boolean {
  return text.slice(lineStart(text, offset), offset).trim() === "";
}

function isLineEnd(text: string, offset: number): boolean {
  return text.slice(offset, lineEnd(text, offset)).trim() === "";
}
