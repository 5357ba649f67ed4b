// While an item of the suggest widget is selected, ghost text may only extend that item: the model then continues the
// document as if the item were accepted, and what is offered begins with the item's rest.

import type { CompletionContext, Decision } from "./decision";

/** The context with the selected item accepted. */
export function acceptSelected(context: CompletionContext): CompletionContext {
  const { selectedCompletion, textBefore } = context;
  if (!selectedCompletion) return context;
  const { text, replacedCharacters } = selectedCompletion;
  return {
    ...context,
    textBefore:
      textBefore.slice(0, textBefore.length - replacedCharacters) + text,
  };
}

/** The decision for the real cursor: suggestions begin with what is still missing of the selected item. */
export function insertSelected(
  context: CompletionContext,
  decision: Decision,
): Decision {
  const { selectedCompletion } = context;
  if (!selectedCompletion || decision.kind === "silent") return decision;
  const rest = selectedCompletion.text.slice(
    selectedCompletion.replacedCharacters,
  );
  return {
    ...decision,
    suggestions: decision.suggestions.map((suggestion) => ({
      ...suggestion,
      text: rest + suggestion.text,
    })),
  };
}
