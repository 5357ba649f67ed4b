// Trims what a continuation has in common with the text after the cursor, so that nothing stands there twice.
//
//   foo(|)            continuation "a, b)"       inserted "a, b"
//   foo(|)            continuation "a);"         inserted "a);" in place of ")"
//   The | fox jumps   continuation "quick fox"   inserted "quick"

import type { SilenceReason } from "./decision";
import { countedLength } from "../text/scripts";
import { isInsideWord } from "../text/wordBorders";

/** What of a continuation goes in, and how much it replaces on the right. */
export type Fit =
  | {
      length: number;
      replacedAfter: number;
      /** Whether the continuation went on with the very text that follows: a sign that it fits there. */
      leadsToRest?: boolean;
    }
  | { reason: SilenceReason };

/** Pairs of marks, the opening one first; a quotation mark that closes in one language opens in another. */
const PAIRS =
  "() [] {} （） ［］ ｛｝ 「」 『』 ｢｣ 【】 〈〉 《》 〔〕 〖〗 〘〙 〚〛 ⟨⟩ ⟦⟧ «» »« ‹› ›‹ “” „“ „” ‘’ ‚‘ ‚’";
const OPENERS = new Map<string, string[]>();
for (const [opener = "", closer = ""] of PAIRS.split(" ").map((pair) => [
  ...pair,
])) {
  OPENERS.set(closer, [...(OPENERS.get(closer) ?? []), opener]);
}
/** A mark that closes or separates, in any script or markup: brackets, quotes, punctuation, tags. */
const CLOSER = "[\\p{Pe}\\p{Pf}\\p{Pi}\\p{Po}`*_~>|$=]|<\\/[\\w:-]{1,40}>|-->";
/** Nothing but such marks, as an editor inserts by itself. */
const CLOSERS_ONLY = new RegExp(`^(?:\\s|${CLOSER})*$`, "u");
/** The marks that words are led by: of one kind, or a tag. */
const LEADING_CLOSER =
  /^(?:[\p{Pe}\p{Pf}"'`$|]|([*_~=])\1*|<\/[\w:-]{1,40}>|-->|[、。，；：！？])/u;
/** Shorter lines than this recur without being copies. */
const MIN_COPIED_CHARACTERS = 8;

/** What stands behind the cursor on its line where that is words; nothing where it is marks that close, or nothing. */
export function wordsBehind(textAfter: string): string {
  const rest = firstLineOf(textAfter).trimEnd();
  return CLOSERS_ONLY.test(rest) ? "" : rest;
}

/** Fits `text` between its neighbours. With `mustRunIntoWords` it has to go on with words that follow on the line. */
export function fitOverlap(
  text: string,
  {
    textBefore,
    textAfter,
    mustRunIntoWords,
  }: {
    textBefore: string;
    textAfter: string;
    mustRunIntoWords: boolean;
  },
): Fit {
  const rest = firstLineOf(textAfter).trimEnd();
  if (rest.trim() === "") {
    return fitBeforeLines(text, { textBefore, textAfter });
  }
  const line = firstLineOf(text);
  const joined = findJunction(line, rest);
  if (joined !== undefined) {
    const isCopy = line.slice(0, joined).trim() === "";
    return isCopy
      ? { reason: { code: "copy-of-following-text" } }
      : { length: joined, replacedAfter: 0, leadsToRest: true };
  }
  if (wordsBehind(textAfter) !== "") {
    return mustRunIntoWords
      ? { reason: { code: "text-after-cursor" } }
      : fitBeforeCloser(line, rest);
  }
  const isReplacing = containsInOrder(line, rest);
  return { length: line.length, replacedAfter: isReplacing ? rest.length : 0 };
}

/** Where `line` begins to say what `rest` says already; undefined when it does not. */
function findJunction(line: string, rest: string): number | undefined {
  for (let k = Math.min(line.length, rest.length); k > 0; k--) {
    const start = line.length - k;
    if (
      rest.startsWith(line.slice(start)) &&
      isJunction({ line, rest, start })
    ) {
      return start;
    }
  }
  // The continuation may go on beyond the first words of the rest.
  const [head] = /^\s*(?:\S{4,}|\S+\s+\S+)/.exec(rest) ?? [];
  if (!head || !/[\p{L}\p{N}]{3}/u.test(head)) return undefined;
  const index = line.indexOf(head);
  return index >= 0 &&
    isJunction({ line, rest, start: index, length: head.length })
    ? index
    : undefined;
}

/** Ends before the mark that closes behind the cursor, where words follow that mark. */
function fitBeforeCloser(line: string, rest: string): Fit {
  const [closer] = LEADING_CLOSER.exec(rest) ?? [];
  let index = closer === undefined ? -1 : line.indexOf(closer);
  while (closer !== undefined && index >= 0 && closesOwnOpener(line, index)) {
    index = line.indexOf(closer, index + closer.length);
  }
  if (index < 0) return { length: line.length, replacedAfter: 0 };
  return line.slice(0, index).trim() === ""
    ? { reason: { code: "copy-of-following-text" } }
    : { length: index, replacedAfter: 0 };
}

/** Whether words and brackets are whole on both sides of a common part. */
function isJunction({
  line,
  rest,
  start,
  length = line.length - start,
}: {
  line: string;
  rest: string;
  start: number;
  length?: number;
}): boolean {
  return (
    !isInsideWord(line.slice(0, start), line.slice(start)) &&
    !isInsideWord(rest.slice(0, length), rest.slice(length)) &&
    !closesOwnOpener(line, start)
  );
}

/** Whether the bracket or quote at `index` closes one that `line` itself has opened. */
function closesOwnOpener(line: string, index: number): boolean {
  const character = line[index] ?? "";
  const openers = OPENERS.get(character);
  const before = line.slice(0, index);
  if (openers === undefined) {
    return (
      /["'`$*_~]/.test(character) && numRuns(before, line, index) % 2 === 1
    );
  }
  const numOpened = openers.reduce(
    (sum, opener) => sum + count(before, opener),
    0,
  );
  return numOpened > count(before, character);
}

/** How often the run of one mark that begins at `index` stands before it; an apostrophe is no mark. */
function numRuns(before: string, line: string, index: number): number {
  const character = line[index]!;
  let end = index;
  while (line[end] === character) end++;
  const run = line.slice(index, end);
  return run === "'"
    ? before.split(/(?<![\p{L}\p{N}])'|'(?![\p{L}\p{N}])/u).length - 1
    : count(before, run);
}

/** The rest of the cursor's line is empty: the lines below must not be repeated. */
function fitBeforeLines(
  text: string,
  { textBefore, textAfter }: { textBefore: string; textAfter: string },
): Fit {
  const below = textAfter.split("\n").slice(1);
  const next = below.find((line) => line.trim() !== "")?.trim();
  if (next === undefined) return { length: text.length, replacedAfter: 0 };
  const lineBefore = textBefore.slice(textBefore.lastIndexOf("\n") + 1);
  if (isCopy((lineBefore + firstLineOf(text)).trim(), next)) {
    return { reason: { code: "copy-of-following-text" } };
  }
  let index = text.indexOf("\n");
  while (index >= 0) {
    const line = firstLineOf(text.slice(index + 1)).trim();
    if (line === next) return { length: index, replacedAfter: 0 };
    index = text.indexOf("\n", index + 1);
  }
  return { length: text.length, replacedAfter: 0 };
}

function isCopy(line: string, next: string): boolean {
  if (line === next) return true;
  if (
    Math.min(countedLength(line), countedLength(next)) < MIN_COPIED_CHARACTERS
  )
    return false;
  return next.startsWith(line) || line.startsWith(next);
}

/** Whether all characters of `part` occur in `text` in their order, the first not closing what `text` has opened. */
function containsInOrder(text: string, part: string): boolean {
  let from = 0;
  for (const character of part.trim()) {
    const index = text.indexOf(character, from);
    if (index < 0) return false;
    if (from === 0 && closesOwnOpener(text, index)) return false;
    from = index + 1;
  }
  return true;
}

function firstLineOf(text: string): string {
  const end = text.indexOf("\n");
  return end < 0 ? text : text.slice(0, end);
}

function count(text: string, character: string): number {
  return text.split(character).length - 1;
}
