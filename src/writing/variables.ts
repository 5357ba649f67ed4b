// The variables of a prompt: `${selection}` and its like.

/** Everything that a prompt may ask for. */
export const promptVariables = [
  "selection",
  "language",
  "file",
  "question",
  "diff",
] as const;

/** One of `promptVariables`. */
export type PromptVariable = (typeof promptVariables)[number];

const VARIABLE = /\$\{(\w+)\}/g;

/** The variables that a prompt names, each once, unknown ones too. */
export function variablesIn(prompt: string): string[] {
  return [...new Set([...prompt.matchAll(VARIABLE)].map(([, name]) => name!))];
}

/** Whether a name is one of `promptVariables`. */
export function isPromptVariable(name: string): name is PromptVariable {
  return promptVariables.some((each) => each === name);
}

/** The prompt with its variables replaced; what stands in the texts is never replaced again. */
export function fillVariables(
  prompt: string,
  input: Readonly<Partial<Record<PromptVariable, string>>>,
): string {
  return prompt.replace(VARIABLE, (whole, name: string) =>
    isPromptVariable(name) ? (input[name] ?? "") : whole,
  );
}
