// Splits a suggestion into the pieces that a reader judges and an editor accepts one by one.

import { UNSPACED_LETTERS } from "../text/scripts";
import { findWordEnds } from "../text/wordBorders";

/** A run of letters of scripts without spaces is several words, or one. */
const UNSPACED_RUN = `[${UNSPACED_LETTERS}][${UNSPACED_LETTERS}\\p{M}]*`;
const WORD_UNIT = new RegExp(
  `\\s*(?:(${UNSPACED_RUN})|(?:(?![${UNSPACED_LETTERS}])[\\p{L}\\p{M}\\p{N}_])+(?:['’]\\p{L}+)*|[^\\s\\p{L}\\p{M}\\p{N}_]+|$)`,
  "gu",
);

/** The ends of the words and punctuation marks of `text`, each with the white space before it. */
export function findUnitEnds(text: string): number[] {
  const ends: number[] = [];
  for (const match of text.matchAll(WORD_UNIT)) {
    const [unit, run] = match;
    const end = match.index + unit.length;
    if (run !== undefined) {
      for (const each of findWordEnds(run)) ends.push(end - run.length + each);
    } else if (unit !== "") ends.push(end);
  }
  return ends;
}

/** Whether a word could go on behind this character. */
export function isWordCharacter(character: string | undefined): boolean {
  return character !== undefined && /[\p{L}\p{M}\p{N}_]/u.test(character);
}
