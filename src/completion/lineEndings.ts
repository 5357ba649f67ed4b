// The model reads and writes LF; a document with CRLF gets CRLF back.

import type { CompletionContext, Decision } from "./decision";

/** The context with LF alone. */
export function normaliseLineEndings(
  context: CompletionContext,
): CompletionContext {
  if (!usesCrLf(context)) return context;
  return {
    ...context,
    textBefore: context.textBefore.replaceAll("\r\n", "\n"),
    textAfter: context.textAfter.replaceAll("\r\n", "\n"),
  };
}

/** The decision with the document's line endings in what is inserted. */
export function restoreLineEndings(
  original: CompletionContext,
  decision: Decision,
): Decision {
  if (decision.kind === "silent" || !usesCrLf(original)) return decision;
  return {
    ...decision,
    suggestions: decision.suggestions.map((suggestion) => ({
      ...suggestion,
      text: suggestion.text.replaceAll("\n", "\r\n"),
    })),
  };
}

function usesCrLf(context: CompletionContext): boolean {
  return (
    context.textBefore.includes("\r\n") || context.textAfter.includes("\r\n")
  );
}
