// Where words end: between letters in scripts that put spaces between words, and in the others where a dictionary says.

import { UNSPACED_LETTERS } from "./scripts";

const words = new Intl.Segmenter("und", { granularity: "word" });
/** Characters on each side that the dictionary is shown: more than the longest word. */
const SHOWN_CHARACTERS = 24;

const ENDS_IN_WORD = /[\p{L}\p{M}\p{N}_]$/u;
const BEGINS_IN_WORD = /^[\p{L}\p{M}\p{N}_]/u;
const ENDS_UNSPACED = new RegExp(`[${UNSPACED_LETTERS}]\\p{M}*$`, "u");
const BEGINS_UNSPACED = new RegExp(`^[${UNSPACED_LETTERS}]`, "u");

/** Whether a word of `before` goes on in `after`. */
export function isInsideWord(before: string, after: string): boolean {
  const left = before.slice(-SHOWN_CHARACTERS);
  const right = after.slice(0, SHOWN_CHARACTERS);
  if (!ENDS_IN_WORD.test(left) || !BEGINS_IN_WORD.test(right)) return false;
  if (!isUnspacedBorder(left, right)) return true;
  return (
    words.segment(left + right).containing(left.length)?.index !== left.length
  );
}

/** The ends of the words of a run of letters, as the dictionary has them. */
export function findWordEnds(run: string): number[] {
  return [...words.segment(run)].map(
    ({ index, segment }) => index + segment.length,
  );
}

/** Whether a script that shows no borders of words stands on one side at least. */
export function isUnspacedBorder(before: string, after: string): boolean {
  return (
    ENDS_UNSPACED.test(before.slice(-SHOWN_CHARACTERS)) ||
    BEGINS_UNSPACED.test(after.slice(0, SHOWN_CHARACTERS))
  );
}
