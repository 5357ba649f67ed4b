// Runs everything that is tested: builds, then the suites of test/unit, test/vscode and test/browser, installing what
// they need. The last line of output is "N passed, N failed" over all of them, and the exit code is 1 on any failure.
// npm test [-- --only unit|vscode|browser]
import path from "node:path";
import { parseArgs } from "node:util";
import { ownTarget, packageFile } from "./package";
import { prepareChromium } from "./chromium";
import { progress, projectFolder, run } from "./terminal";
import { freshCountsFile, judgeRun, summarise } from "./testCounts";
import type { TestCounts } from "./testCounts";
import { prepareVsCodeServer } from "./vscodeServer";

const tsx = path.join(projectFolder, "node_modules/tsx/dist/cli.mjs");
const mocha = path.join(projectFolder, "node_modules/mocha/bin/mocha.js");
const reporter = path.join(projectFolder, "scripts/countingReporter.ts");

/** A part of the tests: the steps that it needs done first, then the run itself. */
interface Part {
  prepare: (() => Promise<void>)[];
  command: string[];
  env?: NodeJS.ProcessEnv;
}

const parts: Record<string, Part> = {
  unit: {
    prepare: [],
    command: [mocha, "--forbid-only", "--reporter", reporter],
  },
  vscode: {
    prepare: [buildExtension],
    command: [tsx, "scripts/testVscode.ts"],
  },
  browser: {
    prepare: [installServer, packageExtension],
    command: [
      mocha,
      "--forbid-only",
      ...["--config", "test/browser/.mocharc.json"],
      ...["--reporter", reporter],
    ],
    env: { INKLING_VSIX: packageFile(ownTarget) },
  },
};

async function buildExtension(): Promise<void> {
  await succeed("build", [process.execPath, "esbuild.js", "--production"]);
}

async function packageExtension(): Promise<void> {
  await succeed("package", [process.execPath, tsx, "scripts/package.ts"]);
}

async function installServer(): Promise<void> {
  await prepareVsCodeServer();
  await prepareChromium();
}

async function succeed(
  step: string,
  command: [string, ...string[]],
): Promise<void> {
  if ((await run(command)) !== 0) throw new Error(`the ${step} failed`);
}

async function runPart(name: string, part: Part): Promise<TestCounts> {
  console.log(`\n== test/${name}`);
  const countsFile = freshCountsFile(name);
  try {
    for (const prepare of part.prepare) await prepare();
  } catch (error) {
    progress(`test/${name} could not start: ${(error as Error).message}`);
    return { passed: 0, failed: 1, flaky: [] };
  }
  const exitCode = await run([process.execPath, ...part.command], {
    env: {
      ...process.env,
      ...part.env,
      INKLING_TEST_COUNTS: countsFile,
    },
  });
  const counts = judgeRun(countsFile, exitCode);
  progress(`test/${name}: ${counts.passed} good, ${counts.failed} bad`);
  return counts;
}

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { only: { type: "string" } } });
  const names = values.only === undefined ? Object.keys(parts) : [values.only];
  const counts: TestCounts[] = [];
  for (const name of names) {
    const part = parts[name];
    if (part === undefined) {
      throw new RangeError(
        `Cannot run "${name}": expected one of ${Object.keys(parts).join(", ")}`,
      );
    }
    counts.push(await runPart(name, part));
  }
  console.log(`\n${summarise(counts)}`);
  if (counts.some(({ failed }) => failed > 0)) process.exitCode = 1;
}

main().catch((error: Error) => {
  console.error(error.message);
  process.exitCode = 1;
});
