// Recognises text that goes round in circles, which small models write when they have nothing to say. What the document
// does itself is no circle: a refrain, the row of a table, a list of numbers. A count that goes on makes a circle none.

import { countedLength, UNSPACED_LETTERS } from "../text/scripts";

/** A phrase that comes this often in a row is a loop. */
const MAX_REPEATS = 2;
/** The same for numbers and marks, as in a row of zeros. */
const MAX_MARK_REPEATS = 8;
/** Words of a phrase, and letters of one in a script without spaces. */
const MAX_PHRASE_WORDS = 8;
const MAX_PHRASE_LETTERS = 24;
/** Shorter lines recur in tables, lists and code without being loops. */
const MIN_LINE_CHARACTERS = 12;
/** Lines above in which a copy is looked for. */
const LINES_ABOVE = 3;
/** No line that is looked at reaches further back. */
const MAX_CONTEXT_CHARACTERS = 4000;
/** Nor any phrase. */
const LOOP_CONTEXT_CHARACTERS = 200;

const HAS_LETTER = /\p{L}/u;
const IS_UNSPACED = new RegExp(`^[${UNSPACED_LETTERS}]`, "u");
/** Words, and single letters of scripts without spaces. */
const WORD = new RegExp(
  `\\s*(?:[${UNSPACED_LETTERS}]\\p{M}*|[^\\s${UNSPACED_LETTERS}]+)`,
  "gu",
);

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
  if (!HAS_LETTER.test(trimmed)) return false;
  const isLong = countedLength(trimmed) >= MIN_LINE_CHARACTERS;
  if (isLong && before.trimEnd().endsWith(trimmed)) return true;
  const lines = before.split("\n");
  const started = lines.pop() ?? "";
  const [firstLine = ""] = text.split("\n");
  const line = (started + firstLine).trim();
  if (countedLength(line) < MIN_LINE_CHARACTERS || firstLine.trim() === "")
    return false;
  const above = lines.map((each) => each.trim()).filter((each) => each !== "");
  return (
    above.slice(-LINES_ABOVE).includes(line) && !isRefrain(line, { above })
  );
}

/** A line that the document has come back to itself, with others between. */
function isRefrain(line: string, { above }: { above: string[] }): boolean {
  const first = above.indexOf(line);
  const last = above.lastIndexOf(line);
  return last - first > 1 && above.at(-1) !== line;
}

interface Word {
  text: string;
  /** With the white space before it. */
  start: number;
  end: number;
  isUnspaced: boolean;
}

/** The index where one and the same run of words begins for the third time in a row. */
function findLoop(text: string, textBefore: string): number | undefined {
  const context = textBefore.slice(-LOOP_CONTEXT_CHARACTERS);
  const words = wordsOf(context + text);
  const isTable = /^\s*\|/.test(
    textBefore.slice(textBefore.lastIndexOf("\n") + 1),
  );
  const own = wordsOf(textBefore.slice(-MAX_CONTEXT_CHARACTERS));
  for (let end = 0; end < words.length; end++) {
    const word = words[end]!;
    if (word.end - word.text.length < context.length) continue;
    // White space before it may stand there already.
    const start = Math.max(0, word.start - context.length);
    const longest = word.isUnspaced ? MAX_PHRASE_LETTERS : MAX_PHRASE_WORDS;
    for (let length = 1; length <= longest; length++) {
      const repeats = countRepeats(words, { from: end, length });
      if (repeats < MAX_REPEATS) continue;
      const phrase = words.slice(end, end + length);
      const hasLetter = phrase.some((each) => HAS_LETTER.test(each.text));
      if (!hasLetter && (isTable || repeats < MAX_MARK_REPEATS)) continue;
      // What the document says so often in a row elsewhere may be said so here.
      if (repeats < longestRun(own, phrase)) continue;
      return start;
    }
  }
  return undefined;
}

function wordsOf(text: string): Word[] {
  return [...text.matchAll(WORD)].map((match) => {
    const word = match[0].trim();
    return {
      text: word,
      start: match.index,
      end: match.index + match[0].length,
      isUnspaced: IS_UNSPACED.test(word),
    };
  });
}

/** How often the `length` words from `from` on stand right before themselves. */
function countRepeats(
  words: readonly Word[],
  { from, length }: { from: number; length: number },
): number {
  if (from + length > words.length) return 0;
  const phrase = words.slice(from, from + length);
  let repeats = 0;
  while (isPhraseAt(words, { phrase, start: from - (repeats + 1) * length })) {
    repeats++;
  }
  return repeats;
}

/** How often in a row a phrase stands in a text at the most; the run that the text ends with does not count. */
function longestRun(words: readonly Word[], phrase: readonly Word[]): number {
  let longest = 0;
  for (let start = 0; start < words.length; start++) {
    let run = 0;
    while (isPhraseAt(words, { phrase, start: start + run * phrase.length })) {
      run++;
    }
    const isLast = start + run * phrase.length >= words.length;
    if (!isLast) longest = Math.max(longest, run);
    start += Math.max(0, (run - 1) * phrase.length);
  }
  return longest;
}

/** Whether a phrase stands somewhere; numbers between words may differ, as where a circle is counted. */
function isPhraseAt(
  words: readonly Word[],
  { phrase, start }: { phrase: readonly Word[]; start: number },
): boolean {
  if (start < 0 || start + phrase.length > words.length) return false;
  const hasLetter = phrase.some((word) => HAS_LETTER.test(word.text));
  // Of "x1" the number is a part of the name.
  const shape = (word: string) =>
    hasLetter && !HAS_LETTER.test(word) ? word.replace(/\p{N}+/gu, "0") : word;
  return phrase.every(
    (word, index) => shape(word.text) === shape(words[start + index]!.text),
  );
}
