import assert from "node:assert/strict";
import { KvCache } from "../../../src/inference/kvCache";
import type { Tensor } from "../../../src/runtime/session";
import { tensor } from "../../../src/runtime/tensors";
import { cacheRows } from "../support/tinyGraphs";

const SHAPE = { numLayers: 2, numKvHeads: 3, headDim: 4 };
const NAMES = ["pastKey0", "pastValue0", "pastKey1", "pastValue1"];

/** Outputs of a run; each number tells its tensor, head, position and channel apart. */
function presents(
  cache: KvCache,
  {
    capacity,
    type = "float32",
  }: { capacity: number; type?: "float32" | "int8" },
): Record<string, Tensor> {
  const { numKvHeads, headDim } = SHAPE;
  const entries = cache.presentNames.map((name, place) => {
    const numbers = Array.from(
      { length: numKvHeads * capacity * headDim },
      (_, index) => (place * 31 + index) % 127,
    );
    const dims = [1, numKvHeads, capacity, headDim];
    const data =
      type === "int8"
        ? tensor("int8", Int8Array.from(numbers), dims)
        : tensor("float32", Float32Array.from(numbers), dims);
    return [name, data] as const;
  });
  return Object.fromEntries(entries);
}

function createCache(length: number, type: "float32" | "int8" = "float32") {
  const cache = new KvCache({ type, ...SHAPE });
  const tokenIds = Array.from({ length }, (_, id) => 10 + id);
  if (length > 0)
    cache.adopt(presents(cache, { capacity: length, type }), tokenIds);
  return cache;
}

const dimsOf = (cache: KvCache) =>
  Object.values(cache.feeds()).map(({ dims }) => [...dims]);

suite("KvCache", () => {
  test("feeds() of a new cache are empty tensors of its shape", () => {
    for (const type of ["float32", "int8"] as const) {
      const cache = new KvCache({ type, ...SHAPE });
      assert.deepEqual(Object.keys(cache.feeds()), NAMES);
      assert.deepEqual(dimsOf(cache), Array(4).fill([1, 3, 0, 4]));
      for (const feed of Object.values(cache.feeds())) {
        assert.equal(feed.type, type);
        assert.equal(feed.data.length, 0);
      }
      assert.deepEqual([cache.length, cache.sizeBytes], [0, 0]);
    }
  });

  test("adopt() takes a run's outputs and adds its tokens", () => {
    const cache = createCache(2);
    assert.deepEqual(cache.presentNames, [
      "presentKey0",
      "presentValue0",
      "presentKey1",
      "presentValue1",
    ]);
    const outputs = presents(cache, { capacity: 5 });
    cache.adopt(outputs, [7, 8, 9]);
    assert.deepEqual(cache.tokenIds, [10, 11, 7, 8, 9]);
    assert.equal(cache.feeds()["pastValue1"], outputs["presentValue1"]);
  });

  test("adopt() refuses outputs that lack one, and stays as it was", () => {
    const cache = createCache(2);
    const before = cacheRows(cache);
    const outputs = presents(cache, { capacity: 3 });
    delete outputs["presentKey1"];
    assert.throws(
      () => cache.adopt(outputs, [5]),
      new TypeError(
        "Cannot keep keys and values: the run gave no presentKey1, expected one",
      ),
    );
    assert.deepEqual(cache.tokenIds, [10, 11]);
    assert.deepEqual(cacheRows(cache), before);
  });

  test("commonPrefixLength() counts the first tokens that are the same", () => {
    const cache = createCache(4);
    const rows: [number[], number][] = [
      [[], 0],
      [[9], 0],
      [[10], 1],
      [[10, 11, 12, 13], 4],
      [[10, 11, 12, 13, 14, 15], 4],
      [[10, 11, 99, 13], 2],
      [[99, 11, 12, 13], 0],
    ];
    for (const [tokenIds, length] of rows) {
      assert.equal(cache.commonPrefixLength(tokenIds), length);
    }
  });

  test("truncate() forgets tokens and leaves their rows to be overwritten", () => {
    const cache = createCache(6);
    const before = cacheRows(cache, { to: 4 });
    const feeds = cache.feeds();
    cache.truncate(4);
    assert.deepEqual(cache.tokenIds, [10, 11, 12, 13]);
    assert.deepEqual(cacheRows(cache), before);
    assert.equal(cache.feeds(), feeds);
  });

  test("truncate() to nothing gives the memory back", () => {
    const cache = createCache(6);
    cache.truncate(0);
    assert.deepEqual([cache.length, cache.sizeBytes], [0, 0]);
    assert.deepEqual(dimsOf(cache), Array(4).fill([1, 3, 0, 4]));
  });

  test("truncate() gives back what is far more than needed, and keeps the rows", () => {
    for (const type of ["float32", "int8"] as const) {
      const cache = createCache(500, type);
      const before = cacheRows(cache, { to: 20 });
      cache.truncate(300);
      assert.deepEqual(dimsOf(cache)[0], [1, 3, 500, 4]);
      cache.truncate(20);
      assert.deepEqual(dimsOf(cache), Array(4).fill([1, 3, 20, 4]));
      assert.deepEqual(cacheRows(cache), before);
      const bytes = type === "int8" ? 1 : 4;
      assert.equal(cache.sizeBytes, 4 * 3 * 20 * 4 * bytes);
    }
  });

  test("truncate() refuses lengths that it does not have", () => {
    const cache = createCache(3);
    for (const length of [-1, 4, 1.5, NaN]) {
      assert.throws(
        () => cache.truncate(length),
        new RangeError(
          `Cannot truncate a KvCache of 3 tokens to ${length}: expected 0 to 3`,
        ),
      );
    }
    assert.equal(cache.length, 3);
  });

  test("sizeBytes counts the capacity, used or not", () => {
    const cache = createCache(6);
    assert.equal(cache.sizeBytes, 4 * 3 * 6 * 4 * 4);
    cache.truncate(5);
    assert.equal(cache.sizeBytes, 4 * 3 * 6 * 4 * 4);
    assert.equal(createCache(6, "int8").sizeBytes, 4 * 3 * 6 * 4);
  });
});
