// Where a suggestion goes on the cursor's line, and how much of a document is looked at. Pure: positions are numbers.
//
//   line     The cat sat on th|at mat        | is the cursor, the suggestion is "e sofa" and replaces "at mat"
//   range    ^---------------------^         from the line's start, so that accepting word by word does not flash
//   insert   The cat sat on the sofa          and typing or deleting within the line keeps the suggestion alive

/** What replaces which part of the cursor's line. */
export interface LineReplacement {
  startCharacter: number;
  endCharacter: number;
  insertText: string;
}

/** The replacement from the line's start; undefined for a suggestion that nobody could see. */
export function replaceFromLineStart(
  lineBefore: string,
  suggestion: { text: string; replacedAfter: number },
): LineReplacement | undefined {
  if (suggestion.text.trim() === "") return undefined;
  return {
    startCharacter: 0,
    endCharacter: lineBefore.length + suggestion.replacedAfter,
    insertText: lineBefore + suggestion.text,
  };
}

const MAX_CHARACTERS_BEFORE = 131_072;
const JUMP_CHARACTERS = 65_536;

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
