// Counts by day: what is counted, how windows share a store, and what older versions left in it.
import assert from "node:assert/strict";
import { dayOf, daysUntil } from "../../../src/counters/calendar";
import { Counters, type CountStore } from "../../../src/counters/counters";
import { countersCsv } from "../../../src/counters/countersCsv";
import { noCounts, type Counts } from "../../../src/counters/counts";
import {
  addWaits,
  medianWaitMs,
  readWaits,
  withWait,
  type Waits,
} from "../../../src/counters/waits";

const byDay = "inkling.countsByDay";
const withoutDays = "inkling.counts";
const dayMs = 24 * 60 * 60 * 1000;
/** In the time zone of the test, as the counters' days are. */
const noon = new Date(2026, 10, 29, 12).getTime();
const shown = { kind: "shown" } as const;

/** Keeps what JSON keeps of a value, as VS Code does. */
function memoryStore(values: Record<string, unknown> = {}): CountStore & {
  keys(): string[];
} {
  const stored = new Map(Object.entries(values));
  return {
    keys: () => [...stored.keys()],
    get: (key) => stored.get(key),
    update: async (key, value) => {
      if (value === undefined) stored.delete(key);
      else stored.set(key, JSON.parse(JSON.stringify(value)));
    },
  };
}

function counts(part: Partial<Counts>): Counts {
  return { ...noCounts, ...part };
}

suite("Counters", () => {
  test("an acceptance in parts that becomes whole is one whole acceptance", () => {
    const counters = new Counters(memoryStore(), () => noon);
    counters.count(shown);
    const taken = { kind: "taken" } as const;
    counters.count({ ...taken, characters: 3, before: "none", after: "part" });
    counters.count({ ...taken, characters: 4, before: "part", after: "part" });
    assert.equal(counters.totals.acceptedInPart, 1);
    counters.count({ ...taken, characters: 0, before: "part", after: "whole" });
    counters.countTyped(13);
    assert.deepEqual(
      counters.totals,
      counts({
        shown: 1,
        acceptedWhole: 1,
        charactersSaved: 5,
        charactersWritten: 20,
      }),
    );
    assert.equal(counters.state.today.savedShare, 5 / 20);
  });

  test("what is counted after midnight belongs to the next day, before it was saved or after", async () => {
    let nowMs = new Date(2026, 10, 29, 23, 59, 59).getTime();
    const counters = new Counters(memoryStore(), () => nowMs);
    counters.count(shown);
    nowMs += 2000;
    counters.count(shown);
    counters.count({ kind: "rejected" });
    const expected = {
      "2026-11-29": counts({ shown: 1 }),
      "2026-11-30": counts({ shown: 1, rejected: 1 }),
    };
    assert.deepEqual(counters.kept.days, expected);
    await counters.save();
    assert.deepEqual(counters.kept.days, expected);
    assert.equal(counters.state.today.shown, 1);
    assert.equal(counters.state.month.shown, 2);
    nowMs += 30 * dayMs;
    assert.equal(counters.state.month.shown, 0);
    assert.equal(counters.state.all.shown, 2);
  });

  test("two windows add up in one store, day by day", async () => {
    const store = memoryStore();
    const one = new Counters(store, () => noon);
    const other = new Counters(store, () => noon + 1);
    for (const counters of [one, other, other]) counters.count(shown);
    one.countWait(40);
    other.countWait(40);
    await one.save();
    await other.save();
    one.countTyped(2);
    await one.save();
    const [[day, sum] = []] = Object.entries(one.kept.days);
    assert.equal(day, "2026-11-29");
    assert.deepEqual([sum?.shown, sum?.charactersWritten], [3, 2]);
    assert.deepEqual(Object.values(sum?.waits ?? {}), [2]);
    assert.equal(one.kept.sinceMs, noon);
    assert.deepEqual(new Counters(store).kept.days, one.kept.days);
  });

  test("reset forgets what is saved and what is not, and begins anew for other windows too", async () => {
    const store = memoryStore({ [withoutDays]: { sinceMs: 1, ...noCounts } });
    const other = new Counters(store, () => noon);
    const counters = new Counters(store, () => noon + dayMs);
    counters.count(shown);
    await counters.save();
    counters.count({ kind: "rejected" });
    await counters.reset();
    assert.deepEqual(counters.totals, noCounts);
    other.count(shown);
    await other.save();
    assert.equal(counters.totals.shown, 1);
    assert.equal(counters.kept.sinceMs, noon + dayMs);
  });

  test("what version 0.1.0 counted is taken over once, without a share of what was typed", async () => {
    const old = {
      sinceMs: 7,
      shown: 10,
      acceptedWhole: 2,
      acceptedInPart: 1,
      rejected: 3,
      charactersSaved: 40,
      latenciesMs: [10, 20, 20, 1000],
    };
    const store = memoryStore({ [withoutDays]: old });
    const counters = new Counters(store, () => noon);
    counters.count(shown);
    const { all, since } = counters.state;
    assert.equal(since, dayOf(7));
    assert.deepEqual([all.shown, all.accepted, all.rejected], [11, 3, 3]);
    assert.deepEqual([all.charactersSaved, all.savedShare], [40, undefined]);
    assertNear(all.medianWaitMs, 20);
    await counters.save();
    assert.deepEqual(store.keys(), [byDay]);
    assert.deepEqual(counters.state.all, all);

    // A window that still runs the old version goes on writing its own form.
    await store.update(withoutDays, { ...old, shown: 5 });
    await counters.save();
    assert.equal(counters.totals.shown, 16);
    assert.deepEqual(store.keys(), [byDay]);
  });

  test("400 days are kept; what is older stays in the sum", async () => {
    let nowMs = noon;
    const counters = new Counters(memoryStore(), () => nowMs);
    for (let day = 0; day < 403; day++) {
      counters.count(shown);
      await counters.save();
      nowMs += dayMs;
    }
    const { days, earlier } = counters.kept;
    assert.equal(Object.keys(days).length, 400);
    assert.equal(Object.keys(days)[0], "2026-12-02");
    assert.equal(earlier.shown, 3);
    assert.equal(counters.totals.shown, 403);
  });

  const unreadable: [string, Record<string, unknown>, number][] = [
    ["no object", { [byDay]: "many" }, 0],
    ["no time", { [byDay]: { days: {} } }, 0],
    ["an old form with words", { [withoutDays]: { shown: "many" } }, 0],
    [
      "a damaged day among others",
      {
        [byDay]: {
          sinceMs: 1,
          earlier: null,
          days: {
            "2026-11-27": counts({ shown: 4 }),
            "2026-11-28": { shown: NaN },
            yesterday: counts({ shown: 1 }),
          },
        },
      },
      4,
    ],
  ];
  for (const [name, values, expected] of unreadable) {
    test(`of ${name} what can be read is read`, () => {
      assert.equal(new Counters(memoryStore(values)).totals.shown, expected);
    });
  }

  test("of thirty days each has its figures, and days without any have none", () => {
    const store = memoryStore({
      [byDay]: {
        sinceMs: noon - 3 * dayMs,
        earlier: noCounts,
        days: { "2026-11-28": counts({ shown: 2, acceptedWhole: 1 }) },
      },
    });
    const { days } = new Counters(store, () => noon).state;
    assert.equal(days.length, 30);
    const none = { accepted: 0, rejected: 0, charactersSaved: 0 };
    const unknown = { savedShare: undefined, medianWaitMs: undefined };
    assert.deepEqual(days.slice(-2), [
      { day: "2026-11-28", shown: 2, ...none, accepted: 1, ...unknown },
      { day: "2026-11-29", shown: 0, ...none, ...unknown },
    ]);
  });
});

suite("days", () => {
  const rows: [Date, number, string[]][] = [
    [new Date(2026, 0, 1, 0, 0), 2, ["2025-12-31", "2026-01-01"]],
    [new Date(2028, 2, 1, 23, 59), 2, ["2028-02-29", "2028-03-01"]],
    // Where clocks change on that day it has 23 hours or 25.
    [
      new Date(2026, 2, 30, 0, 30),
      3,
      ["2026-03-28", "2026-03-29", "2026-03-30"],
    ],
    [
      new Date(2026, 9, 26, 0, 30),
      3,
      ["2026-10-24", "2026-10-25", "2026-10-26"],
    ],
  ];
  for (const [end, numDays, expected] of rows) {
    test(`daysUntil() ${expected.at(-1)} are dates without a gap`, () => {
      assert.deepEqual(daysUntil(end.getTime(), numDays), expected);
    });
  }
});

suite("waits", () => {
  const rows: [number[], number | undefined][] = [
    [[], undefined],
    [[0], 1],
    [[1024], 1000],
    [[37], 37],
    [[10, 20, 400], 20],
    [[10, 20, 30, 400], 20],
    [[1000, 90, 90, 90, 1000], 90],
    [[5e8], 2 ** 20],
  ];
  for (const [times, expected] of rows) {
    test(`medianWaitMs() of ${JSON.stringify(times)} is about ${expected}`, () => {
      assertNear(medianWaitMs(times.reduce<Waits>(withWait, {})), expected);
    });
  }

  test("addWaits() of two days is as if they had been one", () => {
    const some = [3, 30, 300].reduce<Waits>(withWait, {});
    const others = [30, 3000].reduce<Waits>(withWait, {});
    const all = [3, 30, 300, 30, 3000].reduce<Waits>(withWait, {});
    assert.deepEqual(addWaits([some, others]), all);
  });

  test("readWaits() leaves out what is no bin or no number of waits", () => {
    const stored = { 12: 3, 99: 1, "-1": 1, 1.5: 1, 7: -1, 8: "2", 9: 0 };
    assert.deepEqual(readWaits(stored), { 12: 3 });
    assert.deepEqual(readWaits([]), {});
    assert.deepEqual(readWaits(undefined), {});
  });
});

suite("countersCsv()", () => {
  const header =
    "day,shown,accepted_whole,accepted_in_part,dismissed,keystrokes_saved,characters_written,median_waiting_ms";

  test("countersCsv() of nothing is the header alone", () => {
    const kept = { sinceMs: 0, earlier: noCounts, days: {} };
    assert.equal(countersCsv(kept), `${header}\r\n`);
  });

  test("countersCsv() has a row for each day and one for what was earlier", () => {
    const csv = countersCsv({
      sinceMs: 0,
      earlier: counts({ shown: 9, charactersSaved: 1234 }),
      days: {
        "2026-11-29": counts({ shown: 1, waits: withWait({}, 16) }),
        "2026-11-28": {
          shown: 8,
          acceptedWhole: 1,
          acceptedInPart: 2,
          rejected: 3,
          charactersSaved: 4,
          charactersWritten: 5,
          waits: {},
        },
      },
    });
    assert.deepEqual(csv.split("\r\n"), [
      header,
      "earlier,9,0,0,0,1234,0,",
      "2026-11-28,8,1,2,3,4,5,",
      "2026-11-29,1,0,0,0,0,0,16",
      "",
    ]);
  });
});

/** Within the width of a bin. */
function assertNear(actual: number | undefined, expected: number | undefined) {
  if (actual === undefined || expected === undefined) {
    assert.equal(actual, expected);
  } else {
    const text = `${actual} is about ${expected}`;
    assert.ok(Math.abs(actual / expected - 1) <= 0.1, text);
  }
}
