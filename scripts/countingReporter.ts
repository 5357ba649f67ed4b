// Mocha's own report, and at its end the number of passed and failed tests, and the names of those that passed at a
// further try only, in the file that INKLING_TEST_COUNTS names.
// A run that crashes never writes that file, which is how scripts/test.ts tells it from a run without failures.
import { writeFileSync } from "node:fs";
import Mocha from "mocha";
import type { TestCounts } from "./testCounts";

class CountingReporter extends Mocha.reporters.Spec {
  constructor(runner: Mocha.Runner, options?: Mocha.MochaOptions) {
    super(runner, options);
    const countsFile = process.env["INKLING_TEST_COUNTS"];
    const flaky: string[] = [];
    runner.on(Mocha.Runner.constants.EVENT_TEST_PASS, (test) => {
      if (triesBefore(test) > 0) flaky.push(test.fullTitle());
    });
    runner.once(Mocha.Runner.constants.EVENT_RUN_END, () => {
      if (countsFile === undefined) return;
      const { passes, failures } = this.stats;
      const counts: TestCounts = { passed: passes, failed: failures, flaky };
      writeFileSync(countsFile, JSON.stringify(counts));
    });
  }
}

/** How often a test had failed before; mocha keeps it where its types do not show it. */
function triesBefore(test: Mocha.Test): number {
  return (test as unknown as { currentRetry(): number }).currentRetry();
}

export = CountingReporter;
