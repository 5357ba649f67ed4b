import assert from "node:assert/strict";
import { soakTable, type SoakRound } from "../../../bench/soak/soakTable";

function round(residentMb: number, more: Partial<SoakRound> = {}): SoakRound {
  return {
    processId: 1,
    minutes: 1,
    keys: 100,
    keysWithSuggestion: 50,
    decisionMs: [residentMb],
    unanswered: 0,
    figures: {
      residentMb,
      heapMb: 1,
      externalMb: 1,
      openFiles: undefined,
      listeners: 1,
      timers: 1,
      otherResources: 1,
    },
    loopDelay: { p50: 0, p99: 1, p999: 2, max: 3 },
    ownLongest: undefined,
    faults: [],
    ...more,
  };
}

suite("soakTable()", () => {
  test("holds the first rounds against the last, and none against itself", () => {
    const table = soakTable([100, 110, 500, 900, 910].map((mb) => round(mb)));
    assert.match(table, /\| resident memory, MB \| 100 \| 900 \|/);
    assert.match(table, /\| key to decision, p95, ms \| 110 \| 910 \|/);
    assert.match(table, /\| open files \| – \| – \|/);
    assert.match(table, /^500 keys in 5\.0 minutes, 5 rounds, 1 extension/);
  });

  test("names the faults of every round and counts extension hosts", () => {
    const table = soakTable([
      round(1, { faults: ["Error: first"] }),
      round(2, { processId: 2 }),
    ]);
    assert.match(table, /\| faults \| 1 \| 0 \|\n\n- Error: first/);
    assert.match(table, /2 extension hosts/);
  });
});
