// The tasks that come with Inkling. Their wording was tried on the texts of bench/tasks; docs/TASKS.md has what the
// embedded model made of them and by which rule a task is kept or called weak.

import type { AnswerForm, Task } from "./task";
import { isPromptVariable, variablesIn } from "./variables";

/** Ids of the tasks that come with Inkling, in the order of the quick pick. */
export const builtInIds = [
  "continue",
  "summarise",
  "simplify",
  "explain",
  "list",
  "heading",
  "translate",
  "question",
  "commitMessage",
] as const;

/** One of `builtInIds`. */
export type BuiltInId = (typeof builtInIds)[number];

interface Definition {
  system: string;
  user: string;
  target: Task["target"];
  form?: AnswerForm;
  isWeak?: boolean;
}

const DEFINITIONS: Record<Exclude<BuiltInId, "continue">, Definition> = {
  summarise: {
    system:
      "You summarise texts. Answer with the summary alone, in one to three short sentences that say what is most important.",
    user: "${selection}",
    target: "below",
  },
  simplify: {
    system:
      "You rewrite texts in plain and simple words. Keep the meaning and answer with the rewritten text alone.",
    user: "${selection}",
    target: "replace",
  },
  explain: {
    system: "You explain things clearly to a beginner, in one short paragraph.",
    user: "Explain what this means:\n\n${selection}",
    target: "below",
  },
  list: {
    system:
      "You turn texts into bullet lists. Each line begins with a hyphen and holds one point of the text in a few words.",
    user: "${selection}",
    target: "below",
    form: "list",
  },
  heading: {
    system: "You write headings. Answer with one short title and nothing else.",
    user: "Write a title of at most eight words for this text:\n\n${selection}",
    target: "below",
    form: "line",
  },
  translate: {
    system: "You translate texts into ${language}.",
    user: "Translate into ${language}:\n\n${selection}",
    target: "below",
  },
  question: {
    system: "You answer questions about a text in one or two sentences.",
    user: "${selection}\n\nQuestion: ${question}",
    target: "below",
  },
  commitMessage: {
    system: "You write git commit messages of one line.",
    user: "Write the commit message for this change:\n\n${diff}",
    target: "commitMessage",
    form: "line",
  },
};

/** A task that comes with Inkling. */
export function builtInTask(id: BuiltInId): Task {
  if (id === "continue") {
    return {
      id,
      prompt: undefined,
      target: "below",
      form: "text",
      variables: [],
      isWeak: false,
    };
  }
  const { system, user, target, form, isWeak } = DEFINITIONS[id];
  return {
    id,
    prompt: { system, user },
    target,
    form: form ?? "text",
    variables: variablesIn(system + user).filter(isPromptVariable),
    isWeak: isWeak ?? false,
  };
}
