// Counters, evaluation and benchmarks ask one function: half of four values was the second here and the third there.

import assert from "node:assert/strict";
import { latenciesOf } from "../../../src/evaluation/score";
import { quantile } from "../../../src/common/statistics";
import { GATE_SETTINGS } from "../../../src/completion/gateSettings";
import type { RecordedPass } from "../../../src/evaluation/record";

suite("quantile()", () => {
  const values = [30, 10, 20, 40];
  const rows: [number[], number, number | undefined][] = [
    [values, 0, 10],
    [values, 0.25, 10],
    [values, 0.26, 20],
    [values, 0.5, 20],
    [values, 0.95, 40],
    [values, 1, 40],
    [[7], 0.5, 7],
    [[1, 2, 3], 0.5, 2],
    [[], 0.5, undefined],
  ];
  for (const [of, share, expected] of rows) {
    test(`quantile() of ${JSON.stringify(of)} at ${share} is ${expected}`, () => {
      assert.equal(quantile(of, share), expected);
    });
  }

  test("quantile() leaves its values in their order", () => {
    quantile(values, 0.5);
    assert.deepEqual(values, [30, 10, 20, 40]);
  });

  test("latenciesOf() is by the nearest rank, and 0 without requests", () => {
    const passOf = (elapsed: number[]) =>
      ({
        askedRecords: () =>
          elapsed.map((elapsedMs) => ({
            elapsedMs,
            decodeMs: 0,
            generation: { tokens: [] },
          })),
      }) as unknown as RecordedPass;
    const figures = (elapsed: number[]) =>
      latenciesOf(passOf(elapsed), GATE_SETTINGS.balanced);
    assert.deepEqual(figures(values), { p50: 20, p95: 40 });
    assert.deepEqual(figures([]), { p50: 0, p95: 0 });
  });
});
