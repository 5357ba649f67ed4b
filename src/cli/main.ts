// inkling COMMAND: the engine in a terminal. Each command is a file of its own.

import { runClassify } from "./classify";
import { runComplete } from "./complete";
import { runDoctor } from "./doctor";
import { runEvaluate } from "./evaluate";
import { runExport } from "./export";
import { runGenerate } from "./generate";
import { runImport } from "./import";
import { runFetch } from "./fetch";
import { runModels } from "./models";
import { endWith } from "./endWith";
import { HelpRequest, UsageError } from "./options";
import { runPretrain } from "./pretrain";
import { runTrain } from "./train";

/** Runs one command; throws when it fails. */
type Command = (args: string[]) => void | Promise<void>;

const COMMANDS: Record<string, Command> = {
  complete: runComplete,
  generate: runGenerate,
  classify: runClassify,
  train: runTrain,
  pretrain: runPretrain,
  import: runImport,
  fetch: runFetch,
  models: runModels,
  export: runExport,
  evaluate: runEvaluate,
  doctor: runDoctor,
};

const USAGE = `inkling COMMAND [arguments], where COMMAND is one of
  complete   continue a text
  generate   do a task on a text: summarise, rewrite, explain, ...
  classify   tell which label each text of a file has
  train      teach an adapter a folder's text or a task, and measure whether it helps
  pretrain   make a small model and its tokenizer from nothing but a folder's text
  import     make a model folder of a GGUF file or a Hugging Face folder
  fetch      fetch a model from the network and import it
  models     list the imported models, or delete one
  export     write a model folder that Python's transformers opens
  evaluate   what suggestions would have saved on held-out text
  doctor     check this installation
Each explains itself with --help.`;

async function main([command, ...args]: string[]): Promise<void> {
  if (command === undefined || command === "--help") {
    throw new HelpRequest(USAGE);
  }
  const run = COMMANDS[command];
  if (!run) {
    throw new UsageError(`Found "${command}", expected a command\n\n${USAGE}`);
  }
  await run(args);
}

endWith(main(process.argv.slice(2)));
