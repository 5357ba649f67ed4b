import assert from "node:assert/strict";
import { GenerationalCache } from "../../../src/common/generationalCache";

suite("GenerationalCache", () => {
  test("get() finds what was used in this generation or the last", () => {
    const cache = new GenerationalCache<number>(2);
    for (const key of ["a", "b", "c"]) cache.set(key, key.charCodeAt(0));
    assert.equal(cache.get("a"), 97);
    assert.equal(cache.get("c"), 99);
    assert.equal(cache.get("z"), undefined);
  });

  test("set() forgets what was not used for two generations, and keeps what was", () => {
    const cache = new GenerationalCache<number>(2);
    cache.set("kept", 1);
    cache.set("lost", 2);
    for (const key of ["c", "d", "e", "f"]) {
      cache.set(key, 3);
      assert.equal(cache.get("kept"), 1, `after ${key}`);
    }
    assert.equal(cache.get("lost"), undefined);
  });
});
