// What the extension host loads to run the suites of this folder: the contract of VS Code's `extensionTestsPath`.
// Started by scripts/testVscode.ts, which bundles each file here into out/test/vscode.
import { appendFileSync, readdirSync } from "node:fs";
import path from "node:path";
import { format } from "node:util";
import Mocha from "mocha";
import * as vscode from "vscode";

/** Runs every suite; rejects when a test failed. */
export function run(): Promise<void> {
  const reportFile = process.env["INKLING_TEST_REPORT"];
  if (reportFile !== undefined) {
    Mocha.reporters.Base.consoleLog = (...values: unknown[]) =>
      appendFileSync(reportFile, `${format(...values)}\n`);
  }
  const filter = process.env["INKLING_TEST_FILTER"];
  const mocha = new Mocha({
    ui: "tdd",
    color: false,
    timeout: 180_000,
    // What the model draws is left to chance in some of these tests, as it is for users.
    retries: 1,
    forbidOnly: true,
    reporter: path.join(__dirname, "countingReporter.js"),
    ...(filter ? { grep: filter } : {}),
  });
  for (const file of readdirSync(__dirname).sort()) {
    if (file.endsWith(".test.js")) mocha.addFile(path.join(__dirname, file));
  }
  return new Promise((resolve, reject) => {
    const before = process.listeners("uncaughtException");
    mocha.run((failures) =>
      failures === 0
        ? resolve()
        : reject(new Error(`Cannot pass: ${failures} tests failed`)),
    );
    for (const listener of process.listeners("uncaughtException")) {
      if (!before.includes(listener)) shieldFromOthers(listener);
    }
  });
}

/**
 * Keeps errors of VS Code's own extensions from mocha, which blames the running test for every error that nobody
 * caught. They share this process: the git extension, for one, writes to a git that has ended already.
 */
function shieldFromOthers(listener: NodeJS.UncaughtExceptionListener): void {
  process.removeListener("uncaughtException", listener);
  process.on("uncaughtException", (error, origin) => {
    if (!isOfBuiltInExtension(error)) listener(error, origin);
  });
}

/** Whether a frame of the error's stack lies in an extension that comes with VS Code. */
function isOfBuiltInExtension(error: unknown): boolean {
  const builtIn = `${path.join(vscode.env.appRoot, "extensions")}${path.sep}`;
  return error instanceof Error && (error.stack ?? "").includes(builtIn);
}
