// A run of tests that did not come to a good end must never count as one.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { judgeRun, summarise } from "../../../scripts/testCounts";
import type { TestCounts } from "../../../scripts/testCounts";

suite("judgeRun()", () => {
  const folder = mkdtempSync(path.join(tmpdir(), "inkling-"));
  suiteTeardown(() => rmSync(folder, { recursive: true }));

  const rows: {
    what: string;
    counts?: TestCounts;
    exitCode: number;
    expected: TestCounts;
  }[] = [
    {
      what: "takes the counts of a good run",
      counts: { passed: 3, failed: 0, flaky: [] },
      exitCode: 0,
      expected: { passed: 3, failed: 0, flaky: [] },
    },
    {
      what: "takes the counts of a run with failures",
      counts: { passed: 3, failed: 2, flaky: [] },
      exitCode: 2,
      expected: { passed: 3, failed: 2, flaky: [] },
    },
    {
      what: "fails a run that left no counts, even if it claims success",
      exitCode: 0,
      expected: { passed: 0, failed: 1, flaky: [] },
    },
    {
      what: "fails a run without a test",
      counts: { passed: 0, failed: 0, flaky: [] },
      exitCode: 0,
      expected: { passed: 0, failed: 1, flaky: [] },
    },
    {
      what: "fails a run that ended badly after its last test",
      counts: { passed: 3, failed: 0, flaky: [] },
      exitCode: 134,
      expected: { passed: 3, failed: 1, flaky: [] },
    },
  ];
  for (const { what, counts, exitCode, expected } of rows) {
    test(`judgeRun() ${what}`, () => {
      const file = path.join(folder, `${what}.json`);
      if (counts) writeFileSync(file, JSON.stringify(counts));
      assert.deepEqual(judgeRun(file, exitCode), expected);
    });
  }
});

suite("summarise()", () => {
  test("summarise() adds the parts up and names what passed at a further try only", () => {
    const parts = [
      { passed: 3, failed: 0, flaky: [] },
      { passed: 2, failed: 1, flaky: ["Panel shows its answer"] },
    ];
    assert.equal(
      summarise(parts),
      "flaky, passed at a further try only: Panel shows its answer\n5 passed, 1 failed",
    );
  });
});
