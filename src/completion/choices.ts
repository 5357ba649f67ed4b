// Which of several suggestions are a choice: a person who asks for more wants other continuations, and not the same one
// longer, shorter, or with another mark at its end.

import { UNSPACED_LETTERS } from "../text/scripts";

/** A word, a letter of a script without spaces, or a mark; white space says nothing. */
const PIECE = new RegExp(
  `[${UNSPACED_LETTERS}]|(?:(?![${UNSPACED_LETTERS}])[\\p{L}\\p{M}\\p{N}_])+|[^\\s]`,
  "gu",
);
const IS_WORD = /[\p{L}\p{N}]/u;

/** The texts that differ from all before them; of two of which one begins the other, the first stays. */
export function distinctChoices<T extends { text: string }>(
  choices: readonly T[],
): T[] {
  const kept: { choice: T; pieces: string[] }[] = [];
  for (const choice of choices) {
    const pieces = piecesOf(choice.text);
    const isOther = kept.every((each) => !isBeginning(each.pieces, pieces));
    if (isOther) kept.push({ choice, pieces });
  }
  return kept.map(({ choice }) => choice);
}

/** Without case, and without the marks at the end. */
function piecesOf(text: string): string[] {
  const pieces = text.normalize("NFKC").toLowerCase().match(PIECE) ?? [];
  const last = pieces.findLastIndex((piece) => IS_WORD.test(piece));
  return last < 0 ? pieces : pieces.slice(0, last + 1);
}

/** Whether one of the two is how the other begins. */
function isBeginning(a: readonly string[], b: readonly string[]): boolean {
  const length = Math.min(a.length, b.length);
  return a.slice(0, length).every((piece, index) => piece === b[index]);
}
