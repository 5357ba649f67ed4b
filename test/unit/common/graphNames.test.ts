// A graph's outputs were found by replacing a word in the names of its inputs.
import assert from "node:assert/strict";
import { allCacheNames, cacheNames } from "../../../src/common/graphNames";

suite("cacheNames()", () => {
  test("cacheNames() names keys and values by side and layer", () => {
    assert.deepEqual(cacheNames("past", 3), {
      key: "pastKey3",
      value: "pastValue3",
    });
  });

  test("allCacheNames() has the names of all layers, those of both sides in one order", () => {
    assert.deepEqual(allCacheNames("new", 2), [
      "newKey0",
      "newValue0",
      "newKey1",
      "newValue1",
    ]);
    assert.equal(allCacheNames("past", 30).length, 60);
  });
});
