// Mocha's own report, and at its end the number of passed and failed tests in the file that INKLING_TEST_COUNTS names.
// A run that crashes never writes that file, which is how scripts/test.ts tells it from a run without failures.
import { writeFileSync } from "node:fs";
import Mocha from "mocha";

class CountingReporter extends Mocha.reporters.Spec {
  constructor(runner: Mocha.Runner, options?: Mocha.MochaOptions) {
    super(runner, options);
    const countsFile = process.env["INKLING_TEST_COUNTS"];
    runner.once(Mocha.Runner.constants.EVENT_RUN_END, () => {
      if (countsFile === undefined) return;
      const { passes, failures } = this.stats;
      writeFileSync(
        countsFile,
        JSON.stringify({ passed: passes, failed: failures }),
      );
    });
  }
}

export = CountingReporter;
