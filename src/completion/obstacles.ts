// Reasons for silence that are known before anything is asked.

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
    return { code: "mid-word-after-cursor" };
  }
  return undefined;
}
