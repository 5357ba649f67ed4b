// How a program of the command line ends: help on stdout, an error in one line on stderr with exit code 1.

import { HelpRequest, UsageError } from "./options";

/** Waits for a command and sets the exit code; `INKLING_DEBUG` adds the stack of an unexpected error. */
export function endWith(command: Promise<void>): void {
  command.catch((error: unknown) => {
    if (error instanceof HelpRequest) {
      process.stdout.write(`${error.message}\n`);
      return;
    }
    const isExpected = error instanceof UsageError;
    const { message, stack } = error as Error;
    process.stderr.write(
      `inkling: ${process.env.INKLING_DEBUG && !isExpected ? stack : message}\n`,
    );
    process.exitCode = 1;
  });
}
