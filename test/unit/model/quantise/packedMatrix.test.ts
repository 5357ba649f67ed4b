import assert from "node:assert/strict";
import {
  EXACT_FORMATS,
  packExactly,
  packRounded,
  stackRows,
  unpack,
  type ExactFormat,
  type PackedFormat,
} from "../../../../src/model/quantise/packedMatrix";
import { dequantise } from "../../../../src/formats/weightFormats";
import { byteSource, randomWeights } from "../../formats/ggufWriter";

const SIZE = { numRows: 3, numColumns: 64 };
const NUM_WEIGHTS = SIZE.numRows * SIZE.numColumns;
const Q4: PackedFormat = { bits: 4, blockSize: 32, hasMinimums: false };
const Q4M: PackedFormat = { ...Q4, hasMinimums: true };
const Q8: PackedFormat = { bits: 8, blockSize: 32, hasMinimums: false };

function randomBytes(format: ExactFormat, seed: number): Uint8Array {
  const nextByte = byteSource(seed);
  return randomWeights(format, { numWeights: NUM_WEIGHTS, nextByte });
}

/** Sums of four bytes: bell-shaped, as weights are. */
function bellShaped(seed: number, mean = 0): Float32Array {
  const nextByte = byteSource(seed);
  return Float32Array.from({ length: NUM_WEIGHTS }, () => {
    const sum = nextByte() + nextByte() + nextByte() + nextByte();
    return mean + (sum - 510) / 1000;
  });
}

function squaredError(values: Float32Array, format: PackedFormat): number {
  const rounded = unpack(packRounded(values, { size: SIZE, format }));
  return values.reduce(
    (sum, value, index) => sum + (value - rounded[index]!) ** 2,
    0,
  );
}

suite("packExactly()", () => {
  for (const format of Object.keys(EXACT_FORMATS) as ExactFormat[]) {
    test(`keeps every weight of ${format} bit for bit`, () => {
      const bytes = randomBytes(format, 3);
      const matrix = packExactly(bytes, { format, ...SIZE });
      assert.deepEqual(unpack(matrix), dequantise(bytes, format));
    });
  }

  test("puts neighbours into one byte, the first into the lower half", () => {
    const bytes = Uint8Array.from([
      ...[0x34, 0x12, 0x78, 0x56],
      ...Array.from({ length: 16 }, (_, index) => index | ((15 - index) << 4)),
    ]);
    const matrix = packExactly(bytes, {
      format: "Q4_1",
      numRows: 1,
      numColumns: 32,
    });
    const rising = [0x10, 0x32, 0x54, 0x76, 0x98, 0xba, 0xdc, 0xfe];
    const falling = [0xef, 0xcd, 0xab, 0x89, 0x67, 0x45, 0x23, 0x01];
    assert.deepEqual([...matrix.packed], [...rising, ...falling]);
    assert.deepEqual([...matrix.scales], [0x1234]);
    assert.deepEqual([...matrix.minimums!], [0x5678]);
  });
});

suite("packRounded()", () => {
  test("finds the grid again that weights of Q4_1 lie on", () => {
    const values = dequantise(randomBytes("Q4_1", 5), "Q4_1");
    // Blocks that use both ends of the grid; others have several equally good ones.
    for (let start = 0; start < NUM_WEIGHTS; start += 32) {
      values[start] = 0.5;
      values[start + 1] = 0.5 + 15 / 64;
      for (let index = start + 2; index < start + 32; index++) {
        values[index] = 0.5 + (index % 16) / 64;
      }
    }
    assert.equal(squaredError(values, Q4M), 0);
  });

  test("keeps zeros and constants", () => {
    const zeros = new Float32Array(NUM_WEIGHTS);
    assert.equal(squaredError(zeros, Q4), 0);
    assert.equal(squaredError(zeros, Q4M), 0);
    assert.equal(squaredError(zeros, Q8), 0);
    assert.equal(
      squaredError(
        zeros.map(() => 0.375),
        Q4M,
      ),
      0,
    );
  });

  test("loses less with a search than with the range of each block alone", () => {
    const values = bellShaped(11);
    let plainError = 0;
    for (let start = 0; start < NUM_WEIGHTS; start += 32) {
      const block = values.subarray(start, start + 32);
      const scale = Math.max(...block.map(Math.abs)) / 7;
      for (const value of block) {
        plainError += (value - scale * Math.round(value / scale)) ** 2;
      }
    }
    assert.ok(squaredError(values, Q4) < plainError);
  });

  test("loses less with more: minimums, smaller blocks, 8 bits", () => {
    const values = bellShaped(13, 0.2);
    const symmetric = squaredError(values, Q4);
    const withMinimums = squaredError(values, Q4M);
    assert.ok(withMinimums < symmetric / 2);
    assert.ok(withMinimums < squaredError(values, { ...Q4M, blockSize: 64 }));
    assert.ok(squaredError(values, Q8) < withMinimums / 50);
  });

  test("refuses weights that are not finite, and blocks that do not fit", () => {
    for (const bad of [NaN, Infinity, -Infinity]) {
      const values = bellShaped(1);
      values[40] = bad;
      for (const format of [Q4, Q4M, Q8]) {
        assert.throws(
          () => packRounded(values, { size: SIZE, format }),
          /Cannot round weights: a block needs the scale .*, expected one that fp16 can hold/,
        );
      }
    }
    assert.throws(
      () =>
        packRounded(bellShaped(1), {
          size: SIZE,
          format: { ...Q4, blockSize: 128 },
        }),
      /64 columns: blocks hold 128, expected a divisor/,
    );
  });
});

suite("stackRows()", () => {
  test("puts matrices below each other", () => {
    const matrices = [1, 2, 3].map((seed) =>
      packExactly(randomBytes("Q4_1", seed), { format: "Q4_1", ...SIZE }),
    );
    const stacked = stackRows(matrices);
    assert.equal(stacked.numRows, 9);
    assert.deepEqual(
      [...unpack(stacked)],
      matrices.flatMap((matrix) => [...unpack(matrix)]),
    );
  });
});
