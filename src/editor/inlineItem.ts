// Where a suggestion goes on the cursor's line, and how much of a document is looked at. Pure: positions are numbers.
//
//   line     The cat sat on th|at mat        | is the cursor, the suggestion is "e sofa" and replaces "at mat"
//   range    ^---------------------^         from the line's start, so that accepting word by word does not flash
//   insert   The cat sat on the sofa          and typing or deleting within the line keeps the suggestion alive
//
// VS Code draws nothing for an item whose range holds a character of two UTF-16 units, such as 😀: behind the last one
// of them the range begins.

/** What replaces which part of the cursor's line. */
export interface LineReplacement {
  startCharacter: number;
  endCharacter: number;
  insertText: string;
}

/** The replacement of as much of the line as can be; undefined for a suggestion that nobody could see. */
export function replaceOnLine(
  lineBefore: string,
  suggestion: { text: string; replacedAfter: number },
): LineReplacement | undefined {
  if (suggestion.text.trim() === "") return undefined;
  const startCharacter = endOfWideCharacters(lineBefore);
  return {
    startCharacter,
    endCharacter: lineBefore.length + suggestion.replacedAfter,
    insertText: lineBefore.slice(startCharacter) + suggestion.text,
  };
}

function endOfWideCharacters(lineBefore: string): number {
  return lineBefore.search(/[\ud800-\udfff][^\ud800-\udfff]*$/) + 1;
}

const MAX_CHARACTERS_BEFORE = 131_072;
const JUMP_CHARACTERS = 65_536;

/** VS Code draws a line no further (`stopRenderingLineAfter`), and what is not seen is not suggested. */
export const MAX_DRAWN_CHARACTERS = 10_000;

/** Characters right of the cursor that are looked at. */
export const MAX_CHARACTERS_AFTER = 16_384;

/**
 * Where the text left of a cursor begins that is worth reading: the document's start, but for very long documents a
 * later place, which moves in jumps so that a prompt's start does not move with each letter.
 */
export function startOfTextBefore(cursorOffset: number): number {
  const excess = cursorOffset - MAX_CHARACTERS_BEFORE;
  return Math.max(0, Math.ceil(excess / JUMP_CHARACTERS) * JUMP_CHARACTERS);
}
