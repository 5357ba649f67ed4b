// Recognises text that goes round in circles, which small models write when they have nothing to say.

/** A phrase that comes this often in a row is a loop. */
const MAX_REPEATS = 2;
/** Shorter lines recur in tables, lists and code without being loops. */
const MIN_LINE_CHARACTERS = 12;
/** Lines above in which a copy is looked for. */
const LINES_ABOVE = 3;
/** No line that is looked at reaches further back. */
const MAX_CONTEXT_CHARACTERS = 4000;

/** Where `text`, which continues `textBefore`, begins to go round; undefined when it does not. */
export function findRepetition(
  text: string,
  textBefore: string,
): number | undefined {
  if (repeatsWhatWasSaid(text, textBefore)) return 0;
  return findLoop(text, textBefore);
}

/** The last sentence or one of the lines above, once more. */
function repeatsWhatWasSaid(text: string, textBefore: string): boolean {
  const before = textBefore.slice(-MAX_CONTEXT_CHARACTERS);
  const trimmed = text.trim();
  const isLong = trimmed.length >= MIN_LINE_CHARACTERS;
  if (isLong && before.trimEnd().endsWith(trimmed)) return true;
  const lines = before.split("\n");
  const started = lines.pop() ?? "";
  const [firstLine = ""] = text.split("\n");
  const line = (started + firstLine).trim();
  if (line.length < MIN_LINE_CHARACTERS || firstLine.trim() === "")
    return false;
  return lines
    .filter((above) => above.trim() !== "")
    .slice(-LINES_ABOVE)
    .some((above) => above.trim() === line);
}

/** The index where one and the same run of words begins for the third time in a row. */
function findLoop(text: string, textBefore: string): number | undefined {
  const context = textBefore.slice(-200);
  const words = [...(context + text).matchAll(/\s*[^\s]+/g)].map((match) => ({
    text: match[0].trim(),
    start: match.index,
  }));
  for (let end = 0; end < words.length; end++) {
    const start = words[end]!.start - context.length;
    if (start < 0) continue;
    for (let length = 1; length <= 8; length++) {
      if (countRepeats(words, { from: end, length }) >= MAX_REPEATS) {
        return start;
      }
    }
  }
  return undefined;
}

/** How often the `length` words from `from` on stand right before themselves. */
function countRepeats(
  words: { text: string }[],
  { from, length }: { from: number; length: number },
): number {
  if (from + length > words.length) return 0;
  let repeats = 0;
  for (;;) {
    const start = from - (repeats + 1) * length;
    if (start < 0) return repeats;
    for (let i = 0; i < length; i++) {
      if (words[start + i]!.text !== words[from + i]!.text) return repeats;
    }
    repeats++;
  }
}
