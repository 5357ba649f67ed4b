// inkling bench SUBCOMMAND: what Inkling costs, how it compares with its peer, and what its speed costs in quality.

import { runBenchDecode } from "./bench/decode";
import { runBenchLogProbabilities } from "./bench/logProbabilities";
import { runBenchPeers } from "./bench/peers";
import { runBenchQuality } from "./bench/quality";
import { runBenchTyping } from "./bench/typing";
import { HelpRequest, UsageError } from "./options";

const USAGE = `inkling bench decode     loading, reading and writing speed, and memory
inkling bench peers      the same beside llama.cpp, turn by turn
inkling bench typing     the wait for a suggestion in each situation of writing
inkling bench quality    what each step that makes it fast costs in bits per character
inkling bench log-probabilities  of the tokens of a text, to compare with Python

Each explains itself with --help.`;

const BENCHMARKS = new Map([
  ["decode", runBenchDecode],
  ["peers", runBenchPeers],
  ["typing", runBenchTyping],
  ["quality", runBenchQuality],
  ["log-probabilities", runBenchLogProbabilities],
]);

/** Runs the command. */
export async function runBench([name = "", ...args]: string[]): Promise<void> {
  if (name === "" || name === "--help") throw new HelpRequest(USAGE);
  const run = BENCHMARKS.get(name);
  if (!run) {
    throw new UsageError(`Found "${name}", expected one of these:\n\n${USAGE}`);
  }
  await run(args);
}
