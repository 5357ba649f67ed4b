// The editor, the panel and the command line ask one function: on 4 cores the editor took 2 threads and `evaluate` 4.

import assert from "node:assert/strict";
import { writingThreads } from "../../../src/cli/options";
import { threadsFor } from "../../../src/settings/threads";

suite("threadsFor()", () => {
  const machines = [1, 2, 3, 4, 6, 8, 16, 64];
  const rows = [
    ["writing", [1, 2, 2, 2, 3, 4, 4, 4]],
    ["training", [1, 2, 2, 3, 5, 7, 8, 8]],
  ] as const;
  for (const [work, expected] of rows) {
    test(`threadsFor() chooses for ${work} by what the machine offers`, () => {
      const chosen = machines.map((available) => threadsFor(work, available));
      assert.deepEqual(chosen, expected);
    });
  }

  test("threadsFor() is what the command line and the benchmarks take", () => {
    assert.equal(writingThreads.fallback, threadsFor("writing"));
  });
});
