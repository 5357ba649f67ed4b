import assert from "node:assert/strict";
import { mkdirSync, readdirSync, readFileSync, statSync } from "node:fs";
import path from "node:path";
import {
  readSafetensorsHeader,
  readTensorBytes,
} from "../../../src/formats/safetensors";
import {
  writeSafetensors,
  type TensorBatch,
} from "../../../src/formats/safetensorsWriter";
import { useTemporaryFolder } from "../support/temporaryFolder";

/** A tensor of `sizeBytes` bytes that all hold `value`. */
function batch(name: string, sizeBytes: number, value: number): TensorBatch {
  return {
    headers: [{ name, dtype: "U8", shape: [sizeBytes] }],
    load: () => [new Uint8Array(sizeBytes).fill(value)],
  };
}

suite("writeSafetensors()", () => {
  const inFolder = useTemporaryFolder();
  const write = (
    name: string,
    batches: TensorBatch[],
    maxShardBytes?: number,
  ) => {
    const directory = inFolder(name);
    mkdirSync(directory);
    const fractions: number[] = [];
    writeSafetensors(directory, batches, {
      ...(maxShardBytes && { maxShardBytes }),
      onProgress: (fraction) => fractions.push(fraction),
    });
    return { directory, fractions };
  };

  test("writes one file that the reader reads back", () => {
    const floats = Float32Array.of(1, 2, 3, 4, 5, 6);
    const { directory, fractions } = write("one", [
      {
        headers: [
          { name: "a", dtype: "F32", shape: [2, 3] },
          { name: "b", dtype: "U8", shape: [2] },
        ],
        load: () => [new Uint8Array(floats.buffer), Uint8Array.of(7, 8)],
      },
      batch("c", 3, 9),
    ]);
    assert.deepEqual(readdirSync(directory), ["model.safetensors"]);
    const file = path.join(directory, "model.safetensors");
    const tensors = readSafetensorsHeader(file);
    assert.deepEqual([...tensors.keys()], ["a", "b", "c"]);
    const a = tensors.get("a")!;
    assert.deepEqual(a.shape, [2, 3]);
    assert.deepEqual(new Float32Array(readTensorBytes(a).buffer), floats);
    assert.deepEqual([...readTensorBytes(tensors.get("b")!)], [7, 8]);
    assert.deepEqual([...readTensorBytes(tensors.get("c")!)], [9, 9, 9]);
    assert.equal(fractions.at(-1), 1);
  });

  test("begins data at a multiple of 64 bytes and leaves no gaps", () => {
    for (const name of ["x", "xx", "long".repeat(20)]) {
      const { directory } = write(`aligned-${name}`, [
        batch(name, 5, 1),
        batch("next", 4, 2),
      ]);
      const file = path.join(directory, "model.safetensors");
      const tensors = readSafetensorsHeader(file);
      const first = tensors.get(name)!;
      assert.equal(first.offset % 64, 0);
      assert.equal(tensors.get("next")!.offset, first.offset + 5);
      assert.equal(statSync(file).size, first.offset + 9);
    }
  });

  test("cuts shards below the limit and lists them in an index", () => {
    const { directory } = write(
      "shards",
      [
        batch("a", 400, 1),
        batch("b", 400, 2),
        batch("c", 5000, 3),
        batch("d", 9, 4),
      ],
      1500,
    );
    const shard = (number: number) =>
      `model-0000${number}-of-00003.safetensors`;
    const sizeOf = (number: number) =>
      statSync(path.join(directory, shard(number))).size;
    assert.ok(sizeOf(1) <= 1500 && sizeOf(3) <= 1500);
    assert.deepEqual(
      JSON.parse(
        readFileSync(
          path.join(directory, "model.safetensors.index.json"),
          "utf8",
        ),
      ),
      {
        metadata: { total_size: 5809 },
        weight_map: { a: shard(1), b: shard(1), c: shard(2), d: shard(3) },
      },
    );
  });

  test("refuses a tensor whose bytes do not fit its shape", () => {
    const wrong = { ...batch("a", 4, 1), load: () => [new Uint8Array(5)] };
    assert.throws(
      () => write("wrong", [wrong]),
      /Cannot write tensor "a": it has 5 bytes, expected 4/,
    );
  });
});
