// inkling generate [FILE]: does a task on a text in the terminal, a file's or the standard input's.

import { readFileSync } from "node:fs";
import path from "node:path";
import {
  EMBEDDED_MAX_SENTENCES,
  generateLong,
  type LongResult,
} from "../writing/longGeneration";
import { builtInIds, builtInTask } from "../writing/builtInTasks";
import { ownTask } from "../writing/ownTasks";
import { messagesFor, type Task } from "../writing/task";
import { MAX_SELECTION_CHARACTERS } from "../writing/task";
import { commentSyntaxOf } from "../documents/commentSyntax";
import { describeDiff } from "../documents/diffText";
import { languageOf } from "../documents/documentKinds";
import { loadEngine } from "../engine/engine";
import { engineGenerator } from "../engine/engineGenerator";
import { parseOptions, UsageError, writingThreads } from "./options";
import { defaultCacheFolder, defaultModelFolder } from "./places";

const USAGE = `inkling generate [FILE] [options]: continues a text or does a task on it. Without FILE, or with "-", the text
is read from the standard input. With the embedded model few answers are right; docs/TASKS.md has how many.

  --task NAME               ${builtInIds.join(", ")} (continue)
  --prompt TEXT             a prompt of your own in place of a task, with \${selection}, \${language}, \${file}, \${question}
  --question TEXT           what to answer, for the task "question"
  --language NAME           what to translate into, for the task "translate" (German)
  --model DIR               model folder (default: the embedded model)
  --max-tokens N            about how long the text becomes (200)
  --temperature T           0 is greedy and repeats exactly (0.2)
  --seed S                  seed of the random numbers (1)
  --threads N               threads of the model (half of the processor's, at most 4)
  --json                    one JSON object instead of text`;

/** Runs the command. */
export async function runGenerate(args: string[]): Promise<void> {
  const options = parseOptions(args, {
    usage: USAGE,
    optionalPositionals: ["FILE"],
    strings: {
      task: "continue",
      prompt: "",
      question: "",
      language: "German",
      model: defaultModelFolder(),
    },
    numbers: {
      "max-tokens": { fallback: 200, min: 1, max: 8192, isInteger: true },
      temperature: { fallback: 0.2, min: 0, max: 2 },
      seed: { fallback: 1, min: 0, max: 2 ** 31, isInteger: true },
      threads: writingThreads,
    },
    flags: ["json"],
  });
  const { strings, numbers } = options;
  const task = taskFor(strings);
  const file = options.positionals[0] ?? "-";
  const text = readFileSync(file === "-" ? 0 : file, "utf8");
  if (text.trim() === "") {
    throw new UsageError(
      `Found no text in ${file === "-" ? "the standard input" : file}, expected some`,
    );
  }
  const engine = await loadEngine(
    {
      modelFolder: strings.model,
      cacheFolder: defaultCacheFolder(),
      threads: numbers.threads,
    },
    () => {},
  );
  const controller = new AbortController();
  const interrupt = () => controller.abort();
  process.once("SIGINT", interrupt);
  try {
    const chat = messagesFor(
      task,
      {
        selection: text,
        diff: describeDiff(text),
        question: strings.question,
        language: strings.language,
        file: file === "-" ? "" : path.basename(file),
      },
      { maxSelectionCharacters: MAX_SELECTION_CHARACTERS },
    );
    const print = options.flags.json ? () => {} : printer();
    const result = await generateLong(
      engineGenerator(engine),
      {
        chat,
        textBefore: chat.length === 0 ? text.replace(/\r?\n$/, "") : "",
        languageId: languageIdOf(file),
        maxSentences:
          strings.model === defaultModelFolder()
            ? EMBEDDED_MAX_SENTENCES
            : undefined,
        form: task.form,
        answerStart: task.prompt?.answerStart ?? "",
        maxTokens: Math.min(numbers["max-tokens"], task.maxTokens ?? Infinity),
        sampling: { temperature: numbers.temperature, seed: numbers.seed },
        cacheKey: "generate",
      },
      { signal: controller.signal, onProgress: ({ text }) => print(text) },
    );
    print(result.text);
    process.stdout.write(options.flags.json ? jsonOf(task, result) : "\n");
  } finally {
    process.removeListener("SIGINT", interrupt);
    await engine.dispose();
  }
}

function taskFor(strings: { task: string; prompt: string; question: string }) {
  if (strings.prompt !== "") {
    return ownTask({ name: "prompt", prompt: strings.prompt, target: "below" });
  }
  const id = builtInIds.find((each) => each === strings.task);
  if (!id) {
    throw new UsageError(
      `--task is "${strings.task}", expected one of ${builtInIds.join(", ")}`,
    );
  }
  if (id === "question" && strings.question === "") {
    throw new UsageError('--question is missing, the task "question" needs it');
  }
  return builtInTask(id);
}

/** As VS Code would call it; of code it is enough that it is no prose. */
function languageIdOf(file: string): string {
  return commentSyntaxOf(file) ? path.extname(file).slice(1) : languageOf(file);
}

/** Prints a growing text: what is new of it. */
function printer(): (text: string) => void {
  let printed = "";
  return (text) => {
    if (!text.startsWith(printed)) return;
    process.stdout.write(text.slice(printed.length));
    printed = text;
  };
}

function jsonOf(task: Task, result: LongResult): string {
  return `${JSON.stringify({ task: task.id, ...result })}\n`;
}
