// Settings of training: the defaults pass their own check, and what is out of range is named.

import assert from "node:assert/strict";
import {
  checkSettings,
  defaultTrainingSettings,
  requireSoundSettings,
} from "../../../src/settings/defaultTrainingSettings";
import type {
  Projection,
  TrainingSettings,
} from "../../../src/protocol/training";

suite("Settings of training", () => {
  const defaults = defaultTrainingSettings(2);

  test("checkSettings() finds nothing wrong with the defaults", () => {
    assert.deepEqual(checkSettings(defaults), {});
  });

  const wrong: [Partial<TrainingSettings>, string][] = [
    [{ rank: 0 }, "found 0, expected a whole number from 1 to 64"],
    [{ rank: 2.5 }, "found 2.5, expected a whole number from 1 to 64"],
    [{ learningRate: NaN }, "found NaN, expected a number from 0 to 1000000"],
    [{ epochs: -1 }, "found -1, expected a number from 0.1 to 100"],
    [{ projections: [] }, "found none, expected at least one of q, k, v"],
    [{ projections: ["x" as Projection] }, 'found "x", expected q, k, v'],
  ];
  for (const [change, expected] of wrong) {
    const [name] = Object.keys(change) as (keyof TrainingSettings)[];
    test(`checkSettings() says of ${name} ${expected.split(",")[0]}`, () => {
      const faults = checkSettings({ ...defaults, ...change });
      assert.deepEqual(Object.keys(faults), [name]);
      assert.ok(faults[name!]!.startsWith(expected), faults[name!]);
    });
  }

  test("requireSoundSettings() names every fault at once", () => {
    assert.throws(
      () => requireSoundSettings({ ...defaults, rank: 100, seed: -1 }),
      /Cannot train with these settings: rank: found 100.*; seed: found -1/,
    );
  });
});
