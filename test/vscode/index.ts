// What the extension host loads to run the suites of this folder: the contract of VS Code's `extensionTestsPath`.
// Started by scripts/testVscode.ts, which bundles each file here into out/test/vscode.
import { appendFileSync, readdirSync } from "node:fs";
import path from "node:path";
import { format } from "node:util";
import Mocha from "mocha";

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
    mocha.run((failures) =>
      failures === 0
        ? resolve()
        : reject(new Error(`Cannot pass: ${failures} tests failed`)),
    );
  });
}
