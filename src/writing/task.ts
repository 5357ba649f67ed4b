// What a task is: a prompt for the model's chat template and where its result goes. Knows neither editor nor model.

import type { ChatMessage } from "../protocol/generation";
import { fillVariables, type PromptVariable } from "./variables";

/** More of a selection does not fit the model's context: about 1,400 tokens of English. */
export const MAX_SELECTION_CHARACTERS = 5_000;

/** Where a result goes: the selection, behind it, a new document, the clipboard, or the commit message's field. */
export const taskTargets = [
  "replace",
  "below",
  "newDocument",
  "clipboard",
] as const;

/** One of `taskTargets`. */
export type TaskTarget = (typeof taskTargets)[number];

/** How an answer is cut down to what was asked for. */
export type AnswerForm = "text" | "paragraph" | "line" | "list";

/** What the model is told; `system` may be empty. */
export interface TaskPrompt {
  system: string;
  user: string;
  /** Earlier turns of the chat, with answers of the wanted form. */
  examples: readonly { input: string; answer: string }[];
  /** What the answer is made to begin with, such as a list's first number; empty leaves it to the model. */
  answerStart: string;
}

/** At least 6 of 10 answers usable, at least 3, or fewer. */
export type TaskFit = "good" | "weak" | "poor";

/** A task with the text that it is given. */
export interface Task {
  /** Unique; the user's own begin with "own:". */
  id: string;
  /** Undefined continues the plain text and needs no chat. */
  prompt: TaskPrompt | undefined;
  target: TaskTarget | "above" | "commitMessage";
  form: AnswerForm;
  /** About how long the text becomes at the most, where the task itself says so. */
  maxTokens?: number;
  /** What its prompt takes from the document or asks the user for. */
  variables: readonly PromptVariable[];
  /** How well the embedded model does it, by docs/TASKS.md; nothing is known of other models. */
  fit: TaskFit;
}

/** Texts for the variables of a prompt. */
export type TaskInput = Readonly<Partial<Record<PromptVariable, string>>>;

/** The messages for a task; none for one that continues the plain text. */
export function messagesFor(
  { prompt }: Task,
  input: TaskInput,
  { maxSelectionCharacters }: { maxSelectionCharacters: number },
): ChatMessage[] {
  if (!prompt) return [];
  const selection = cutText(input.selection ?? "", maxSelectionCharacters);
  const user = fillVariables(prompt.user, { ...input, selection });
  const system = fillVariables(prompt.system, input);
  const message = (role: ChatMessage["role"], content: string) => ({
    role,
    content,
  });
  return [
    ...(system === "" ? [] : [message("system", system)]),
    ...prompt.examples.flatMap((example) => [
      message("user", example.input),
      message("assistant", example.answer),
    ]),
    message("user", user),
  ];
}

/** The text without its end where it is too long, cut at white space. */
export function cutText(text: string, maxCharacters: number): string {
  const trimmed = text.trim();
  if (trimmed.length <= maxCharacters) return trimmed;
  const cut = trimmed.slice(0, maxCharacters);
  const space = cut.search(/\s\S*$/);
  return space >= maxCharacters / 2 ? cut.slice(0, space) : cut;
}
