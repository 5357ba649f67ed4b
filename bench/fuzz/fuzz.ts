// How the readers of files take files that are damaged or made to break them: thousands of changed files with a fixed
// seed, read in a process with little memory. Prints a table of formats and outcomes.

import { fork } from "node:child_process";
import path from "node:path";
import { HelpRequest } from "../../src/cli/options";
import { FORMATS } from "./formats";

/** How a changed file may end: the first two are right. */
export const OUTCOMES = [
  "clean error",
  "taken",
  "no file name",
  "raw exception",
  "nonsense taken",
  "hang",
  "crash",
] as const;
export type Outcome = (typeof OUTCOMES)[number];

/** Which files are to be read: numbers, which are the seeds too. */
export interface ToChild {
  from: number;
  to: number;
}

/** A file is begun, and with `outcome` done. */
export interface ToParent {
  index: number;
  what: string;
  outcome?: Outcome;
  message?: string;
}

/** What became of one file. */
export interface FuzzResult extends Required<ToParent> {
  format: string;
}

const MEMORY_MB = 512;
const PATIENCE_MS = 10_000;

/** Reads changed files from number `from` to `to`. */
export async function fuzz({ from, to }: ToChild): Promise<FuzzResult[]> {
  const results: FuzzResult[] = [];
  for (let next = from; next < to; next = results.at(-1)!.index + 1) {
    await runChild({ from: next, to }, results);
  }
  return results;
}

/** Runs until all is read, or until one file has hung or broken the process: that one is the last result then. */
function runChild(range: ToChild, results: FuzzResult[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = fork(path.join(__dirname, "child.ts"), {
      execArgv: [`--max-old-space-size=${MEMORY_MB}`, "--require", "tsx/cjs"],
      stdio: ["ignore", "ignore", "ignore", "ipc"],
    });
    let current: ToParent | undefined;
    let isHanging = false;
    let timer = setTimeout(() => {}, 0);
    const add = (given: ToParent, outcome: Outcome) => {
      const { name: format } = FORMATS[given.index % FORMATS.length]!;
      results.push({ ...given, format, outcome, message: given.message ?? "" });
    };
    child.on("message", (message: ToParent) => {
      clearTimeout(timer);
      current = message;
      if (message.outcome) {
        add(message, message.outcome);
        current = undefined;
      }
      timer = setTimeout(() => {
        isHanging = true;
        child.kill("SIGKILL");
      }, PATIENCE_MS);
    });
    child.on("error", reject);
    child.on("exit", () => {
      clearTimeout(timer);
      const isDone = results.at(-1)?.index === range.to - 1;
      if (current) add(current, isHanging ? "hang" : "crash");
      else if (!isDone) {
        return reject(new Error("The reading process ended between two files"));
      }
      resolve();
    });
    child.send(range);
  });
}

/** The table: a line for each format. */
export function fuzzTable(results: readonly FuzzResult[]): string {
  const lines = FORMATS.map(({ name }) => {
    const counts = OUTCOMES.map((outcome) =>
      String(
        results.filter(
          (each) => each.format === name && each.outcome === outcome,
        ).length,
      ),
    );
    return `| ${[name, ...counts].join(" | ")} |`;
  });
  return [
    `| format | ${OUTCOMES.join(" | ")} |`,
    `| ${["---", ...OUTCOMES.map(() => "---:")].join(" | ")} |`,
    ...lines,
  ].join("\n");
}

const USAGE = `npm run bench -- fuzz [--files 10000]

Changes sound files at random, with fixed seeds, and reads them as the product does.`;

/** `npm run bench -- fuzz`. */
export async function runBenchFuzz(args: readonly string[]): Promise<void> {
  if (args.includes("--help")) throw new HelpRequest(USAGE);
  const files = Number(args[args.indexOf("--files") + 1] ?? 10_000) || 10_000;
  const results = await fuzz({ from: 0, to: files });
  console.log(fuzzTable(results));
  const wrong = results.filter(
    ({ outcome }) => outcome !== "clean error" && outcome !== "taken",
  );
  for (const { index, format, what, outcome, message } of wrong) {
    console.log(
      `${index} ${format}, ${what}: ${outcome} ${message.slice(0, 200)}`,
    );
  }
}
