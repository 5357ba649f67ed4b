import assert from "node:assert/strict";
import { KvCache } from "../../../src/inference/kvCache";
import type { Tensor } from "../../../src/runtime/session";
import { tensor } from "../../../src/runtime/tensors";
import { cacheRows } from "../support/tinyGraphs";

const SHAPE = { numLayers: 2, numKvHeads: 3, headDim: 4 };
const NAMES = ["pastKey0", "pastValue0", "pastKey1", "pastValue1"];

/** Outputs of a run; each number tells its tensor, head, position and channel apart. */
function outputsOf(
  cache: KvCache,
  {
    numTokens,
    start = 0,
    type = "float32",
  }: { numTokens: number; start?: number; type?: "float32" | "int8" },
): Record<string, Tensor> {
  const { numKvHeads, headDim } = SHAPE;
  const entries = cache.outputNames.map((name, place) => {
    const numbers = Array.from({ length: numKvHeads }, (_, head) =>
      Array.from({ length: numTokens }, (_, row) =>
        Array.from(
          { length: headDim },
          (_, channel) =>
            (place * 31 + head * 57 + (start + row) * 5 + channel) % 127,
        ),
      ),
    ).flat(2);
    const dims = [1, numKvHeads, numTokens, headDim];
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
  if (length > 0) {
    cache.append(outputsOf(cache, { numTokens: length, type }), tokenIds);
  }
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

  test("append() puts a run's keys and values behind its own, and adds its tokens", () => {
    for (const type of ["float32", "int8"] as const) {
      const cache = createCache(2, type);
      assert.deepEqual(cache.outputNames, [
        "newKey0",
        "newValue0",
        "newKey1",
        "newValue1",
      ]);
      cache.append(
        outputsOf(cache, { numTokens: 3, start: 2, type }),
        [7, 8, 9],
      );
      assert.deepEqual(cache.tokenIds, [10, 11, 7, 8, 9]);
      assert.deepEqual(cacheRows(cache), cacheRows(createCache(5, type)));
    }
  });

  test("append() goes on where truncate() left off", () => {
    const cache = createCache(6);
    cache.truncate(4);
    cache.append(
      outputsOf(cache, { numTokens: 70, start: 4 }),
      Array(70).fill(9),
    );
    assert.deepEqual(cacheRows(cache), cacheRows(createCache(74)));
  });

  test("append() refuses outputs that lack one or have another number of rows, and stays as it was", () => {
    const cache = createCache(2);
    const before = cacheRows(cache);
    const outputs = outputsOf(cache, { numTokens: 1 });
    const rows: [Record<string, Tensor>, string][] = [
      [{ ...outputs, newKey1: undefined! }, "no newKey1"],
      [outputsOf(cache, { numTokens: 3 }), "[1,3,3,4] as newKey0"],
    ];
    for (const [given, named] of rows) {
      assert.throws(
        () => cache.append(given, [5]),
        new TypeError(
          `Cannot keep keys and values: the run gave ${named}, expected [1,3,1,4]`,
        ),
      );
    }
    assert.deepEqual(cache.tokenIds, [10, 11]);
    assert.deepEqual(cacheRows(cache), before);
  });

  test("reserve() makes room once for many tokens, and keeps the rows", () => {
    const cache = createCache(60);
    const before = cacheRows(cache);
    cache.reserve(4);
    assert.deepEqual(dimsOf(cache)[0], [1, 3, 64, 4]);
    cache.reserve(5);
    assert.deepEqual(dimsOf(cache), Array(4).fill([1, 3, 128, 4]));
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
      assert.deepEqual(dimsOf(cache)[0], [1, 3, 512, 4]);
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
    assert.equal(cache.sizeBytes, 4 * 3 * 64 * 4 * 4);
    cache.truncate(5);
    assert.equal(cache.sizeBytes, 4 * 3 * 64 * 4 * 4);
    assert.equal(createCache(6, "int8").sizeBytes, 4 * 3 * 64 * 4);
  });
});
