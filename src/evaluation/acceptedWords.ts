// How far one press of VS Code's "accept next word" goes, and what counts as a right word.

import { findUnitEnds } from "../completion/words";
import { isInsideWord } from "../text/wordBorders";

/** A word as VS Code's Markdown defines it. */
const MARKDOWN_WORD =
  /[\p{Alphabetic}\p{Number}\p{Nonspacing_Mark}](?:_?[\p{Alphabetic}\p{Number}\p{Nonspacing_Mark}])*/u;

/**
 * Characters that `editor.action.inlineSuggest.acceptNextWord` takes of `text`: a word at its beginning, else what
 * stands before the first word, and never beyond the first white space.
 */
export function acceptedWordLength(text: string): number {
  const word = MARKDOWN_WORD.exec(text);
  let length = text.length;
  if (word) length = word.index === 0 ? word[0].length : word.index;
  const space = /\s+/.exec(text);
  return space ? Math.min(length, space.index + space[0].length) : length;
}

/** Whether `part` is what comes next in `truth`, and its last word ends there too. */
export function isRight(part: string, truth: string): boolean {
  return (
    part !== "" &&
    truth.startsWith(part) &&
    !isInsideWord(part, truth.slice(part.length))
  );
}

/** Whether the first word of a suggestion, with any space before it, is what comes next. */
export function isFirstWordRight(suggestion: string, truth: string): boolean {
  const [end = 0] = findUnitEnds(suggestion);
  return isRight(suggestion.slice(0, end), truth);
}
