// Reasons for silence that are known before anything is asked.

import { isInsideWord, isUnspacedBorder } from "../text/wordBorders";
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
  if (BEGINS_WORD.test(textAfter) && context.trigger === "automatic") {
    return whyBeforeWord(textBefore, textAfter);
  }
  return undefined;
}

const BEGINS_WORD = /^[\p{L}\p{N}_]/u;

/** A word that begins right behind the cursor is in the way, but in scripts that put nothing between words. */
function whyBeforeWord(
  textBefore: string,
  textAfter: string,
): SilenceReason | undefined {
  const isInside = isInsideWord(textBefore, textAfter);
  if (isUnspacedBorder(textBefore, textAfter)) {
    return isInside ? { code: "word-after-cursor" } : undefined;
  }
  return { code: isInside ? "mid-word-after-cursor" : "word-after-cursor" };
}
