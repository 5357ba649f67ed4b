// How many tests of a part passed and failed, and which needed a further try, carried from the run to whoever sums up in a small file.
import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import path from "node:path";
import { projectFolder } from "./terminal";

export interface TestCounts {
  passed: number;
  failed: number;
  /** Names of those that passed, but not at the first try. */
  flaky: string[];
}

/** A counts file that is not there yet, so that only the coming run can have written it. */
export function freshCountsFile(part: string): string {
  const file = path.join(projectFolder, "out", "counts", `${part}.json`);
  mkdirSync(path.dirname(file), { recursive: true });
  rmSync(file, { force: true });
  return file;
}

/**
 * What a run came to. Anything but a whole run that ends well is a failure: no counts (it crashed or never started),
 * no tests at all, or a bad exit although no test failed.
 */
export function judgeRun(countsFile: string, exitCode: number): TestCounts {
  const counts = readCounts(countsFile);
  const isSilentFailure =
    counts.failed === 0 && (exitCode !== 0 || counts.passed === 0);
  return isSilentFailure ? { ...counts, failed: 1 } : counts;
}

function readCounts(countsFile: string): TestCounts {
  if (!existsSync(countsFile)) return { passed: 0, failed: 0, flaky: [] };
  return JSON.parse(readFileSync(countsFile, "utf8")) as TestCounts;
}

/** The sum over all parts, as the last lines of a run: flaky tests by name, then how many passed and failed. */
export function summarise(parts: TestCounts[]): string {
  const flaky = parts.flatMap((counts) => counts.flaky);
  const sum = (of: "passed" | "failed") =>
    parts.reduce((total, counts) => total + counts[of], 0);
  return [
    ...flaky.map((name) => `flaky, passed at a further try only: ${name}`),
    `${sum("passed")} passed, ${sum("failed")} failed`,
  ].join("\n");
}
