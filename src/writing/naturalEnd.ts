// Where a long text may end, and where it begins to go round.

import { findSentenceEnd } from "../text/sentenceEnd";
import { findRepetition } from "../completion/repetition";

/** A text that is cut keeps at least this share of what was written. */
const MIN_KEPT_SHARE = 0.4;
/** A sentence or line of this length that comes again is a loop and no figure of speech. */
const MIN_REPEATED_CHARACTERS = 24;

/** The indexes behind the sentences of a text, the ends of its lines that end without a full stop not among them. */
function sentenceEnds(text: string): number[] {
  const ends: number[] = [];
  let start = 0;
  for (const line of text.split("\n")) {
    let done = 0;
    for (;;) {
      const end = findSentenceEnd(line.slice(done), line.slice(0, done));
      if (end === undefined) break;
      done += end;
      ends.push(start + done);
    }
    start += line.length + 1;
  }
  return ends;
}

/** Whether a reader would accept that the text ends here. */
export function endsNaturally(text: string): boolean {
  const trimmed = text.trimEnd();
  if (trimmed === "") return false;
  return sentenceEnds(trimmed).at(-1) === trimmed.length;
}

/** The text without the sentence that was begun at its end, unless that is most of it. */
export function cutAtNaturalEnd(text: string): string {
  const end = Math.max(
    sentenceEnds(text).at(-1) ?? 0,
    // A list's lines end without full stops.
    text.trimEnd().lastIndexOf("\n"),
  );
  return end >= text.length * MIN_KEPT_SHARE ? text.slice(0, end) : text;
}

/** The text without its last sentence or line; the same when there is one alone. */
export function shorten(text: string): string {
  const trimmed = text.trimEnd();
  const lineEnd = trimmed.lastIndexOf("\n");
  const ends = [...sentenceEnds(trimmed), lineEnd].filter(
    (end) => end > 0 && end < trimmed.length,
  );
  return ends.length === 0
    ? text
    : trimmed.slice(0, Math.max(...ends)).trimEnd();
}

/** Where `text` begins to repeat itself or the end of what stands before it; undefined where it does not. */
export function findLoopStart(
  text: string,
  textBefore: string,
): number | undefined {
  const loop = findRepetition(text, textBefore);
  if (loop !== undefined) return loop;
  return findRepeatedPart(text);
}

/** The index of a sentence or line that stood in the text before, word for word. */
function findRepeatedPart(text: string): number | undefined {
  const seen = new Set<string>();
  let start = 0;
  const borders = new Set(sentenceEnds(text));
  for (let i = 0; i < text.length; i++) {
    if (text[i] === "\n") borders.add(i);
  }
  for (const end of [...borders].sort((a, b) => a - b)) {
    // The number of a list's item, or who speaks, is not what it says.
    const part = text
      .slice(start, end)
      .trim()
      .replace(/^(?:\d+[.)]|[-*]|\p{L}:)\s*/u, "")
      .toLowerCase();
    if (part.length >= MIN_REPEATED_CHARACTERS && seen.has(part)) return start;
    seen.add(part);
    start = end;
  }
  return undefined;
}
