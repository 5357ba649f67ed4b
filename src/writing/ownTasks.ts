// The user's own tasks: `inkling.prompts` as it stands in settings.json, read into tasks, with what is wrong named.

import { taskTargets, type Task, type TaskTarget } from "./task";
import { isPromptVariable, promptVariables, variablesIn } from "./variables";

/** One entry of `inkling.prompts`. */
export interface OwnPrompt {
  name: string;
  prompt: string;
  target: TaskTarget;
}

/** A folder may bring prompts too. */
const MAX_PROMPTS = 100;
const MAX_NAME_CHARACTERS = 100;
const MAX_PROMPT_CHARACTERS = 20_000;

/** What is wrong with the whole setting, or with one of its entries. */
export type PromptFault =
  | { code: "not-a-list"; found: string }
  | { code: "too-many"; count: number; max: number }
  | { code: "entry"; number: number; fault: EntryFault };

/** What is wrong with an entry; `found` is what stands there, as JSON. */
export type EntryFault =
  | { code: "not-an-object" | "name-no-text" | "prompt-no-text"; found: string }
  | { code: "long-name" | "long-prompt"; characters: number; max: number }
  | { code: "name-taken"; name: string }
  | { code: "unknown-variable"; name: string; known: string[] }
  | { code: "unknown-target"; found: string; known: readonly string[] };

/** The entries that can be used, and a fault for each that cannot. */
export function readOwnPrompts(value: unknown): {
  prompts: OwnPrompt[];
  faults: PromptFault[];
} {
  if (!Array.isArray(value)) {
    return {
      prompts: [],
      faults: [{ code: "not-a-list", found: shown(value) }],
    };
  }
  const prompts: OwnPrompt[] = [];
  const faults: PromptFault[] = [];
  if (value.length > MAX_PROMPTS) {
    faults.push({ code: "too-many", count: value.length, max: MAX_PROMPTS });
  }
  for (const [index, entry] of value.slice(0, MAX_PROMPTS).entries()) {
    const fault = faultOf(entry, prompts);
    if (fault) {
      faults.push({ code: "entry", number: index + 1, fault });
    } else {
      const { name, prompt, target = "below" } = entry as OwnPrompt;
      prompts.push({ name: name.trim(), prompt, target });
    }
  }
  return { prompts, faults };
}

/** The task of an entry. */
export function ownTask({ name, prompt, target }: OwnPrompt): Task {
  return {
    id: `own:${name}`,
    prompt: { system: "", user: prompt, examples: [], answerStart: "" },
    target,
    form: "text",
    variables: variablesIn(prompt).filter(isPromptVariable),
    fit: "good",
  };
}

function faultOf(
  entry: unknown,
  earlier: readonly OwnPrompt[],
): EntryFault | undefined {
  if (typeof entry !== "object" || entry === null) {
    return { code: "not-an-object", found: shown(entry) };
  }
  const { name, prompt, target } = entry as Partial<
    Record<keyof OwnPrompt, unknown>
  >;
  if (typeof name !== "string" || name.trim() === "") {
    return { code: "name-no-text", found: shown(name) };
  }
  if (name.length > MAX_NAME_CHARACTERS) {
    return {
      code: "long-name",
      characters: name.length,
      max: MAX_NAME_CHARACTERS,
    };
  }
  if (earlier.some((each) => each.name === name.trim())) {
    return { code: "name-taken", name: name.trim() };
  }
  if (typeof prompt !== "string" || prompt.trim() === "") {
    return { code: "prompt-no-text", found: shown(prompt) };
  }
  if (prompt.length > MAX_PROMPT_CHARACTERS) {
    return {
      code: "long-prompt",
      characters: prompt.length,
      max: MAX_PROMPT_CHARACTERS,
    };
  }
  const unknown = variablesIn(prompt).find((each) => !isPromptVariable(each));
  if (unknown !== undefined) {
    return {
      code: "unknown-variable",
      name: `\${${unknown.slice(0, 100)}}`,
      known: promptVariables
        .filter((each) => each !== "diff")
        .map((each) => `\${${each}}`),
    };
  }
  if (
    target !== undefined &&
    !taskTargets.some((each) => each === (target as TaskTarget))
  ) {
    return {
      code: "unknown-target",
      found: shown(target),
      known: taskTargets,
    };
  }
  return undefined;
}

/** A value as a warning can show it. */
function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? "undefined";
  return text.length > 100 ? `${text.slice(0, 100)}…` : text;
}
