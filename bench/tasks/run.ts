// Does every task on the ten inputs written for it and prints what the embedded model gave, for a person to judge:
// docs/TASKS.md is that judgement. Greedy but for the default temperature, with one seed, so that it repeats.
// The prompts were tried on inputs.json; no prompt may be changed for what it does on heldOutInputs.json.
// npx tsx bench/tasks/run.ts [--inputs FILE] [--task NAME[,NAME]] [--model DIR] [--language NAME]

import { readFileSync } from "node:fs";
import path from "node:path";
import { parseArgs } from "node:util";
import { engineGenerator } from "../../src/engine/engineGenerator";
import { defaultCacheFolder } from "../../src/cli/places";
import { threadsFor } from "../../src/settings/threads";
import { generateLong } from "../../src/writing/longGeneration";
import {
  builtInIds,
  builtInTask,
  type BuiltInId,
} from "../../src/writing/builtInTasks";
import { MAX_SELECTION_CHARACTERS, messagesFor } from "../../src/writing/task";
import { describeDiff } from "../../src/documents/diffText";
import { loadEngine, type Engine } from "../../src/engine/engine";

interface Input {
  name: string;
  text: string;
  question?: string;
  answer?: string;
}

const DEFAULT_MAX_TOKENS = 200;
const DEFAULT_TEMPERATURE = 0.2;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      inputs: {
        type: "string",
        default: path.join(__dirname, "heldOutInputs.json"),
      },
      task: { type: "string" },
      language: { type: "string", default: "German" },
      model: {
        type: "string",
        default: path.resolve(__dirname, "../../models/smollm2-135m-instruct"),
      },
    },
  });
  const inputs = JSON.parse(readFileSync(values.inputs, "utf8")) as {
    texts: Input[];
    diffs: Input[];
  };
  const engine = await loadEngine(
    {
      modelFolder: values.model,
      cacheFolder: defaultCacheFolder(),
      threads: threadsFor("writing"),
    },
    () => {},
  );
  try {
    const asked = values.task?.split(",");
    for (const id of builtInIds) {
      if (asked && !asked.includes(id)) continue;
      const list = id === "commitMessage" ? inputs.diffs : inputs.texts;
      for (const input of list) {
        await print(engine, { id, input, language: values.language });
      }
    }
  } finally {
    await engine.dispose();
  }
}

async function print(
  engine: Engine,
  { id, input, language }: { id: BuiltInId; input: Input; language: string },
): Promise<void> {
  const task = builtInTask(id);
  const { text, question = "" } = input;
  const chat = messagesFor(
    task,
    { selection: text, diff: describeDiff(text), question, language },
    { maxSelectionCharacters: MAX_SELECTION_CHARACTERS },
  );
  const result = await generateLong(
    engineGenerator(engine),
    {
      chat,
      textBefore: task.prompt ? "" : text,
      form: task.form,
      answerStart: task.prompt?.answerStart ?? "",
      maxTokens: task.maxTokens ?? DEFAULT_MAX_TOKENS,
      sampling: { temperature: DEFAULT_TEMPERATURE, seed: 1 },
      cacheKey: "tasks",
    },
    { signal: new AbortController().signal },
  );
  const facts = `${result.tokens} tokens, ${result.end}`;
  const asked = question && id === "question" ? ` (${question})` : "";
  console.log(`## ${id}: ${input.name}${asked} [${facts}]\n${result.text}\n`);
}

main().catch((error: Error) => {
  console.error(error.stack);
  process.exit(1);
});
