// Turns what the model wrote into what is shown, or into a reason for showing nothing.
// A pure function: the editor, the evaluator and the tests all call it.

import type { Generation } from "../protocol/generation";
import type {
  CompletionContext,
  Decision,
  SilenceReason,
  Suggestion,
} from "./decision";

/** The decision on continuations of `context.textBefore`; line endings are LF throughout. */
export function decide(
  context: CompletionContext,
  generations: Generation[],
): Decision {
  let reason: SilenceReason = { code: "nothing-generated" };
  const suggestions: Suggestion[] = [];
  for (const generation of generations) {
    const text = generation.text.trimEnd();
    if (
      /^\w/.test(context.textAfter) &&
      context.selectedCompletion === undefined
    ) {
      reason = { code: "mid-word-after-cursor" };
    } else if (text === "") {
      if (generation.text !== "") reason = { code: "whitespace-only" };
    } else if (!suggestions.some((other) => other.text === text)) {
      suggestions.push({ text, replacedAfter: 0, tokens: generation.tokens });
    }
  }
  if (suggestions.length === 0) return { kind: "silent", reason };
  return { kind: "show", suggestions, confidence: 1 };
}
