// The words of a suggestion as a table in Markdown, made from the model's tokens. Pure.

import type { Suggestion } from "../completion/completer";
import { isInsideWord, isUnspacedBorder } from "../text/wordBorders";

type Token = Suggestion["tokens"][number];

/**
 * A word with what is told of it: from one white space to the next, or as a dictionary has it in scripts without spaces;
 * a line's end by itself.
 */
export interface WordRow {
  /** Without the white space before it; `LINE_END` for the end of a line. */
  text: string;
  /** The product of its tokens' probabilities, the space before it among them. */
  probability: number;
  /** Other ways in which it could have begun, the most probable first. */
  alternatives: { text: string; probability: number }[];
  /** Whether it is part of what is shown; the model may have written on. */
  isShown: boolean;
}

export const LINE_END = "\u23ce";
const MAX_ALTERNATIVES = 5;
const BAR_LENGTH = 10;

/** The words of a suggestion, or of an empty text: what was kept back altogether. */
export function wordRows({
  text,
  tokens,
}: Pick<Suggestion, "text" | "tokens">): WordRow[] {
  const written = tokens.map((token) => token.text).join("");
  // The first token may begin left of the cursor; line endings and indentation may have been changed.
  const start = written.indexOf(text);
  const end =
    text === "" ? 0 : start < 0 ? written.length : start + text.length;
  const rows: WordRow[] = [];
  let offset = 0;
  let wasSpace = true;
  // Of tokens that hold only a part of a character.
  let pending = 1;
  for (const token of tokens) {
    const isShown = offset < end;
    const probability = pending * Math.exp(token.logProbability);
    pending = token.text === "" ? probability : 1;
    if (token.text === "") continue;
    const row = rows.at(-1);
    if (row && !wasSpace && !beginsWord(row.text, token.text)) {
      row.text += token.text;
      row.probability *= probability;
    } else {
      rows.push({ ...rowOf(token, isShown), probability });
    }
    offset += token.text.length;
    wasSpace = token.text.includes("\n");
  }
  return rows;
}

/** Behind a space, and at a word's beginning where a script shows none; a mark stays with the word before it. */
function beginsWord(before: string, text: string): boolean {
  if (/^\s/.test(text)) return true;
  const isWord = /^[\p{L}\p{N}]/u.test(text);
  return (
    isWord && isUnspacedBorder(before, text) && !isInsideWord(before, text)
  );
}

function rowOf(token: Token, isShown: boolean): Omit<WordRow, "probability"> {
  return {
    text: visible(token.text),
    alternatives: token.alternatives
      .filter((other) => other.text !== token.text)
      .slice(0, MAX_ALTERNATIVES)
      .map((other) => ({ ...other, text: visible(other.text) })),
    isShown,
  };
}

/** A token's text in a line of its own: white space says nothing there. */
function visible(text: string): string {
  const words = text.trim().replace(/\s+/g, " ");
  if (words !== "") return words;
  return text.includes("\n") ? LINE_END : "\u2423";
}

/** A probability as a bar of characters, as long for all. */
export function bar(probability: number): string {
  const full = Math.round(probability * BAR_LENGTH);
  return "\u2588".repeat(full) + "\u2591".repeat(BAR_LENGTH - full);
}

/** A table; all cells of a row are Markdown. */
export function markdownTable(rows: readonly string[][]): string {
  const [head = [], ...body] = rows;
  return [head, head.map(() => "---"), ...body]
    .map((cells) => `| ${cells.join(" | ")} |`)
    .join("\n");
}
