// Turns what the model wrote into what is shown, or into a reason for showing nothing.
// A pure function: the editor, the evaluator and the tests all call it.

import type { Continuation } from "./alignment";
import type {
  CompletionContext,
  Decision,
  SilenceReason,
  Suggestion,
} from "./decision";

/** The decision on continuations of `context.textBefore`; line endings are LF throughout. */
export function decide(
  context: CompletionContext,
  continuations: Continuation[],
): Decision {
  let reason: SilenceReason = { code: "nothing-generated" };
  const suggestions: Suggestion[] = [];
  const max = context.trigger === "manual" ? 3 : 1;
  for (const continuation of continuations) {
    const text = continuation.text.trimEnd();
    if (text === "") {
      if (continuation.text !== "") reason = { code: "whitespace-only" };
    } else if (!suggestions.some((other) => other.text === text)) {
      suggestions.push({
        text,
        replacedAfter: 0,
        tokens: continuation.tokens.map(({ token }) => token),
      });
    }
  }
  if (suggestions.length === 0) return { kind: "silent", reason };
  return {
    kind: "show",
    suggestions: suggestions.slice(0, max),
    confidence: 1,
  };
}
