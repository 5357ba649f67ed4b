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

/** The entries that can be used, and a sentence in English for each that cannot. */
export function readOwnPrompts(value: unknown): {
  prompts: OwnPrompt[];
  faults: string[];
} {
  if (!Array.isArray(value)) {
    return {
      prompts: [],
      faults: [
        `Cannot use the setting inkling.prompts: it is ${shown(value)}, expected a list of prompts`,
      ],
    };
  }
  const prompts: OwnPrompt[] = [];
  const faults: string[] = [];
  if (value.length > MAX_PROMPTS) {
    faults.push(
      `Cannot use entries of the setting inkling.prompts from the ${MAX_PROMPTS + 1}st on: there are ${value.length}, expected at most ${MAX_PROMPTS}`,
    );
  }
  for (const [index, entry] of value.slice(0, MAX_PROMPTS).entries()) {
    const fault = faultOf(entry, prompts);
    if (fault) {
      faults.push(
        `Cannot use entry ${index + 1} of the setting inkling.prompts: ${fault}`,
      );
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
): string | undefined {
  if (typeof entry !== "object" || entry === null) {
    return `it is ${shown(entry)}, expected an object with name and prompt`;
  }
  const { name, prompt, target } = entry as Partial<
    Record<keyof OwnPrompt, unknown>
  >;
  if (typeof name !== "string" || name.trim() === "") {
    return `its name is ${shown(name)}, expected a text`;
  }
  if (name.length > MAX_NAME_CHARACTERS) {
    return `its name has ${name.length} characters, expected at most ${MAX_NAME_CHARACTERS}`;
  }
  if (earlier.some((each) => each.name === name.trim())) {
    return `its name "${name.trim()}" is taken by an entry above, expected another`;
  }
  if (typeof prompt !== "string" || prompt.trim() === "") {
    return `its prompt is ${shown(prompt)}, expected a text`;
  }
  if (prompt.length > MAX_PROMPT_CHARACTERS) {
    return `its prompt has ${prompt.length} characters, expected at most ${MAX_PROMPT_CHARACTERS}`;
  }
  const unknown = variablesIn(prompt).find((each) => !isPromptVariable(each));
  if (unknown !== undefined) {
    return `its prompt names \${${unknown.slice(0, 100)}}, expected one of ${promptVariables
      .filter((each) => each !== "diff")
      .map((each) => `\${${each}}`)
      .join(", ")}`;
  }
  if (
    target !== undefined &&
    !taskTargets.some((each) => each === (target as TaskTarget))
  ) {
    return `its target is ${shown(target)}, expected one of ${taskTargets.join(", ")}`;
  }
  return undefined;
}

/** A value as a warning can show it. */
function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? "undefined";
  return text.length > 100 ? `${text.slice(0, 100)}…` : text;
}
