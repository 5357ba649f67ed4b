// Reasons for silence that are known before anything is asked.

import { UNSPACED_LETTERS } from "../text/scripts";
import type { CompletionContext, SilenceReason } from "./decision";

/** Why nothing should be asked at this cursor, if so. */
export function findObstacle(
  context: CompletionContext,
): SilenceReason | undefined {
  const { textBefore, textAfter, selectedCompletion } = context;
  if (selectedCompletion) {
    const { text, replacedCharacters } = selectedCompletion;
    const typed = textBefore.slice(textBefore.length - replacedCharacters);
    // What is inserted at the cursor can extend the item only if the item begins with what is typed of it.
    if (!text.startsWith(typed)) return { code: "suggest-widget" };
  } else if (textBefore.trim() === "") {
    return { code: "no-context" };
  }
  if (/^[\p{L}\p{N}_]/u.test(textAfter) && context.trigger === "automatic") {
    return { code: whyBeforeWord(textBefore, textAfter) };
  }
  return undefined;
}

/** Where letters stand on both sides a word is divided, but in scripts that write words without spaces. */
function whyBeforeWord(
  textBefore: string,
  textAfter: string,
): "mid-word-after-cursor" | "word-after-cursor" {
  const isBetween = BETWEEN_LETTERS.test(
    textBefore.slice(-2) + CURSOR + textAfter.slice(0, 2),
  );
  return isBetween ? "mid-word-after-cursor" : "word-after-cursor";
}

const CURSOR = "\0";
const SPACED = `(?![${UNSPACED_LETTERS}])[\\p{L}\\p{M}\\p{N}_]`;
const BETWEEN_LETTERS = new RegExp(`${SPACED}${CURSOR}${SPACED}`, "u");
