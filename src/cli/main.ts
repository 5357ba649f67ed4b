// inkling COMMAND: the engine in a terminal. Each command is a file of its own.

import { runBench } from "./bench";
import { runComplete } from "./complete";
import { runDoctor } from "./doctor";
import { runExport } from "./export";
import { runImport } from "./import";
import { UsageError } from "./options";

/** Runs one command; throws when it fails. */
type Command = (args: string[]) => void | Promise<void>;

const COMMANDS: Record<string, Command> = {
  complete: runComplete,
  import: runImport,
  export: runExport,
  doctor: runDoctor,
  bench: runBench,
};

async function main([command, ...args]: string[]): Promise<void> {
  const run = command === undefined ? undefined : COMMANDS[command];
  if (!run) {
    throw new UsageError(
      `Found ${command === undefined ? "no command" : `"${command}"`}, expected one of: ${Object.keys(COMMANDS).join(", ")}\nEach explains itself with --help.`,
    );
  }
  await run(args);
}

main(process.argv.slice(2)).catch((error: unknown) => {
  const isExpected = error instanceof UsageError;
  const { message, stack } = error as Error;
  process.stderr.write(
    `inkling: ${process.env.INKLING_DEBUG && !isExpected ? stack : message}\n`,
  );
  process.exitCode = 1;
});
