import assert from "node:assert/strict";
import type { KvCache } from "../../../src/inference/kvCache";
import type { Tensor } from "../../../src/runtime/session";
import { floats } from "../../../src/runtime/tensors";
import { DocumentCaches } from "../../../src/engine/documentCaches";

const SHAPE = {
  type: "float32",
  numLayers: 1,
  numKvHeads: 1,
  headDim: 1,
} as const;

/** Makes a cache hold 8 bytes for each of `length` tokens: one number for the key, one for the value. */
function fill(cache: KvCache, length: number): void {
  const outputs: Record<string, Tensor> = {};
  for (const name of cache.outputNames) {
    outputs[name] = floats(new Float32Array(length), [1, 1, length, 1]);
  }
  cache.append(outputs, new Array<number>(length).fill(5));
}

function createCaches(limitBytes: number, lengths: Record<string, number>) {
  const caches = new DocumentCaches(SHAPE, limitBytes);
  for (const [key, length] of Object.entries(lengths)) {
    fill(caches.take(key), length);
  }
  return caches;
}

/** Lengths of the caches kept under the keys; asking keeps none alive, since nothing is enforced afterwards. */
const lengthsOf = (caches: DocumentCaches, keys: string[]) =>
  keys.map((key) => caches.take(key).length);

suite("DocumentCaches", () => {
  test("take() gives each key a cache of its own, and the same again", () => {
    const caches = new DocumentCaches(SHAPE);
    const a = caches.take("a");
    assert.notEqual(caches.take("b"), a);
    assert.equal(caches.take("a"), a);
  });

  test("sizeBytes is the sum over all", () => {
    assert.equal(createCaches(9000, { a: 128, b: 64 }).sizeBytes, 1536);
  });

  test("enforceLimit() keeps what fits", () => {
    const caches = createCaches(1536, { a: 64, b: 64, c: 64 });
    caches.enforceLimit();
    assert.deepEqual(lengthsOf(caches, ["a", "b", "c"]), [64, 64, 64]);
  });

  test("enforceLimit() drops those that were not used for longest, and no more", () => {
    const caches = createCaches(1100, { a: 64, b: 64, c: 64 });
    caches.take("a");
    caches.enforceLimit();
    assert.deepEqual(lengthsOf(caches, ["a", "b", "c"]), [64, 0, 64]);
  });

  test("enforceLimit() keeps the newest, however large", () => {
    const caches = createCaches(128, { a: 64, b: 64 });
    caches.enforceLimit();
    assert.equal(caches.sizeBytes, 512);
    assert.deepEqual(lengthsOf(caches, ["b", "a"]), [64, 0]);
  });

  test("clear() drops all", () => {
    const caches = createCaches(9000, { a: 64, b: 64 });
    caches.clear();
    assert.equal(caches.sizeBytes, 0);
  });
});
