// Splits a suggestion into the pieces that a reader judges and an editor accepts one by one.

import { UNSPACED_LETTERS } from "../text/scripts";

/** A letter of a script without spaces, with the marks on it, is a piece of its own. */
const UNSPACED = `[${UNSPACED_LETTERS}]\\p{M}*`;
const WORD_UNIT = new RegExp(
  `\\s*(?:(?:${UNSPACED})|(?:(?!${UNSPACED})[\\p{L}\\p{M}\\p{N}_])+(?:['’]\\p{L}+)*|[^\\s\\p{L}\\p{M}\\p{N}_]+|$)`,
  "gu",
);

/** The ends of the words and punctuation marks of `text`, each with the white space before it. */
export function findUnitEnds(text: string): number[] {
  const ends: number[] = [];
  for (const match of text.matchAll(WORD_UNIT)) {
    if (match[0] !== "") ends.push(match.index + match[0].length);
  }
  return ends;
}

/** Whether a word could go on behind this character. */
export function isWordCharacter(character: string | undefined): boolean {
  return character !== undefined && /[\p{L}\p{M}\p{N}_]/u.test(character);
}
