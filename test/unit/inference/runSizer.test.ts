import assert from "node:assert/strict";
import { RunSizer } from "../../../src/inference/runSizer";

const create = (change = {}) =>
  new RunSizer({
    targetMs: 100,
    min: 2,
    max: 50,
    initialMsPerItem: 10,
    ...change,
  });

suite("RunSizer", () => {
  test("size is what fits the target at the speed expected first", () => {
    assert.equal(create().size, 10);
    assert.equal(create({ initialMsPerItem: 7 }).size, 14);
  });

  test("size stays within its limits, whatever was measured", () => {
    assert.equal(create({ initialMsPerItem: 1000 }).size, 2);
    assert.equal(create({ initialMsPerItem: 0.001 }).size, 50);
    const sizer = create();
    for (let run = 0; run < 50; run++) sizer.record(10, 0);
    assert.equal(sizer.size, 50);
  });

  test("record() moves the size towards the measured speed", () => {
    const sizer = create();
    // 10 + 0.3 * (20 - 10) = 13 ms an item.
    sizer.record(5, 100);
    assert.equal(sizer.size, 7);
    for (let run = 0; run < 50; run++) sizer.record(5, 100);
    assert.equal(sizer.size, 5);
  });

  test("record() takes a run of no items for one of one", () => {
    const sizer = create();
    sizer.record(0, 20);
    assert.equal(sizer.size, 7);
  });
});
