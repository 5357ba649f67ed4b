// The tasks that come with Inkling. Their wording was tried on the texts of bench/tasks; docs/TASKS.md has what the
// embedded model made of them and by which rule a task is kept or called weak.

import type { AnswerForm, Task, TaskFit } from "./task";
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
  /** Answers to copy the form from, before the real text: a small model follows those better than a description. */
  examples?: readonly { input: string; answer: string }[];
  answerStart?: string;
  target: Task["target"];
  form?: AnswerForm;
  /** About how long an answer becomes, where that does not depend on the user. */
  maxTokens?: number;
  fit: TaskFit;
}

const BAKERY =
  "The bakery on Mill Street will close for two weeks in August, because the oven has to be replaced. Bread can be bought at the market on Wednesdays and Saturdays in the meantime. Orders for wedding cakes are still taken by telephone.";
const BATTERY =
  "The device switches itself off when the battery falls below five per cent, so that the data that was recorded is not lost. Connect the charger and wait for at least ten minutes before you switch it on again.";

const DEFINITIONS: Record<Exclude<BuiltInId, "continue">, Definition> = {
  summarise: {
    system:
      "Provide a short and objective summary of the text in one or two sentences.",
    user: "${selection}",
    fit: "poor",
    target: "below",
    form: "paragraph",
    maxTokens: 80,
  },
  simplify: {
    system:
      "You rewrite texts in plain and simple words. Keep the meaning and answer with the rewritten text alone.",
    user: "Rewrite this text in simple words:\n\n${selection}",
    examples: [
      {
        input: `Rewrite this text in simple words:\n\n${BATTERY}`,
        answer:
          "When the battery is nearly empty, the device turns off. This keeps your data safe. Plug in the charger, wait ten minutes and turn it on again.",
      },
    ],
    fit: "poor",
    target: "replace",
  },
  explain: {
    system: "You explain things clearly to a beginner, in one short paragraph.",
    user: "Explain what this means:\n\n${selection}",
    fit: "poor",
    target: "below",
    maxTokens: 160,
  },
  list: {
    system: "List the key points of the text as short bullet points.",
    user: "${selection}",
    answerStart: "1.",
    fit: "poor",
    target: "below",
    form: "list",
    maxTokens: 160,
  },
  heading: {
    system: "You write headings. Answer with one short title and nothing else.",
    user: "Write a short title for this text:\n\n${selection}",
    examples: [
      {
        input: `Write a short title for this text:\n\n${BAKERY}`,
        answer: "Bakery Closed in August",
      },
      {
        input: `Write a short title for this text:\n\n${BATTERY}`,
        answer: "Low Battery",
      },
    ],
    fit: "poor",
    target: "above",
    form: "line",
    maxTokens: 24,
  },
  translate: {
    system: "You translate texts into ${language}.",
    user: "Translate into ${language}:\n\n${selection}",
    fit: "poor",
    target: "below",
  },
  question: {
    system: "You answer questions about a text in one short sentence.",
    user: "${selection}\n\nQuestion: ${question}",
    examples: [
      {
        input: `${BAKERY}\n\nQuestion: Why does the bakery close?`,
        answer: "It closes because the oven has to be replaced.",
      },
      {
        input: `${BATTERY}\n\nQuestion: How long should the charger be connected?`,
        answer: "It should be connected for at least ten minutes.",
      },
    ],
    fit: "poor",
    target: "below",
    maxTokens: 80,
  },
  commitMessage: {
    system: "You write git commit messages.",
    user: "${diff}",
    examples: [
      {
        input:
          "File: src/greet.ts\nRemoved:\nreturn `Helo ${name}`;\nAdded:\nreturn `Hello ${name}`;",
        answer: "Fix typo in greeting",
      },
      {
        input:
          "File: src/server.ts\nRemoved:\n\nAdded:\nconst host = settings.host ?? 'localhost';",
        answer: "Add host setting to server",
      },
      {
        input:
          "File: docs/setup.md\nRemoved:\nRun `make`.\nAdded:\nRun `make install`.",
        answer: "Update setup instructions",
      },
    ],
    fit: "poor",
    target: "commitMessage",
    form: "line",
    maxTokens: 24,
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
      fit: "weak",
    };
  }
  const { system, user, examples = [], maxTokens, ...rest } = DEFINITIONS[id];
  return {
    id,
    prompt: { system, user, examples, answerStart: rest.answerStart ?? "" },
    target: rest.target,
    form: rest.form ?? "text",
    ...(maxTokens === undefined ? {} : { maxTokens }),
    variables: variablesIn(system + user).filter(isPromptVariable),
    fit: rest.fit,
  };
}
