import assert from "node:assert/strict";
import { Counters, type CountStore } from "../../../src/editor/counters";

const place = { documentKey: "file:///a.md", offset: 0 };

function memoryStore(): CountStore {
  const values = new Map<string, unknown>();
  return {
    get: (key) => values.get(key),
    update: async (key, value) => {
      values.set(key, structuredClone(value));
    },
  };
}

suite("Counters", () => {
  test("an acceptance in parts that becomes whole is one whole acceptance", () => {
    const counters = new Counters(memoryStore(), () => 7);
    counters.count({ kind: "shown", ...place });
    const taken = { kind: "taken", ...place } as const;
    counters.count({ ...taken, characters: 3, before: "none", after: "part" });
    counters.count({ ...taken, characters: 4, before: "part", after: "part" });
    assert.equal(counters.counts.acceptedInPart, 1);
    counters.count({ ...taken, characters: 0, before: "part", after: "whole" });
    counters.countLatency(41.6);
    assert.deepEqual(counters.counts, {
      sinceMs: 7,
      shown: 1,
      acceptedWhole: 1,
      acceptedInPart: 0,
      rejected: 0,
      charactersSaved: 5,
      latenciesMs: [42],
    });
  });

  test("two windows add up in one store", async () => {
    const store = memoryStore();
    const one = new Counters(store, () => 1);
    const other = new Counters(store, () => 2);
    for (const counters of [one, other, other]) {
      counters.count({ kind: "shown", ...place });
    }
    await one.save();
    await other.save();
    assert.equal(one.counts.shown, 3);
    assert.equal(one.counts.sinceMs, 1);
    assert.equal(new Counters(store).counts.shown, 3);
  });

  test("reset forgets what is saved and what is not", async () => {
    const counters = new Counters(memoryStore(), () => 5);
    counters.count({ kind: "shown", ...place });
    await counters.save();
    counters.count({ kind: "rejected", by: "typing", ...place });
    await counters.reset();
    assert.equal(counters.counts.shown + counters.counts.rejected, 0);
  });

  test("a stored value of another kind counts as none", () => {
    const store = memoryStore();
    void store.update("inkling.counts", { shown: "many" });
    assert.equal(new Counters(store).counts.shown, 0);
  });

  test("of latencies the newest 500 are kept", async () => {
    const counters = new Counters(memoryStore());
    for (let ms = 1; ms <= 400; ms++) counters.countLatency(ms);
    await counters.save();
    for (let ms = 401; ms <= 600; ms++) counters.countLatency(ms);
    assert.equal(counters.counts.latenciesMs.length, 500);
    assert.equal(counters.counts.latenciesMs[0], 101);
  });
});
