// Expected numbers come from the Python package gguf 0.19.0 (gguf.quants.dequantize) on the same bytes.
import assert from "node:assert/strict";
import {
  dequantise,
  formatBytes,
  type WeightFormat,
} from "../../../src/formats/weightFormats";
import { byteSource } from "./ggufWriter";

/** Two blocks of pseudo-random bytes; `halfs` are the places of fp16 scales, which are set to small numbers. */
function makeBlocks(format: WeightFormat, halfs: number[]): Uint8Array {
  const blockBytes = formatBytes(format, format.endsWith("K") ? 256 : 32);
  const bytes = Uint8Array.from({ length: 2 * blockBytes }, byteSource(7));
  for (let block = 0; block < 2; block++) {
    halfs.forEach((place, index) => {
      const start = block * blockBytes + place;
      bytes[start] = 0x34 + 16 * index;
      bytes[start + 1] = index === 0 ? 0x2c + block : 0xac - block;
    });
  }
  return bytes;
}

function check(
  format: WeightFormat,
  halfs: number[],
  expected: { at: Record<number, number>; absoluteSum: number },
) {
  test(`dequantise() reads ${format} as ggml does`, () => {
    const weights = dequantise(makeBlocks(format, halfs), format);
    const found = Object.keys(expected.at).map((index) => [
      index,
      weights[Number(index)],
    ]);
    assert.deepEqual(Object.fromEntries(found), expected.at);
    const sum = weights.reduce((total, weight) => total + Math.abs(weight), 0);
    assert.equal(sum, expected.absoluteSum);
  });
}

suite("weightFormats", () => {
  check("Q4_0", [0], {
    at: {
      0: -0.2626953125,
      1: -0.39404296875,
      15: -0.13134765625,
      16: -0.065673828125,
      17: 0.065673828125,
      21: -0.39404296875,
      31: -0.13134765625,
      32: 0.3251953125,
      51: 0.406494140625,
      63: -0.650390625,
    },
    absoluteSum: 19.94775390625,
  });

  check("Q4_1", [0, 2], {
    at: {
      0: 0.13037109375,
      1: 0.26171875,
      15: 0.196044921875,
      16: -0.0009765625,
      17: 0.064697265625,
      21: 0.590087890625,
      31: 0.064697265625,
      32: 1.0001220703125,
      51: 0.4310302734375,
      63: 1.0001220703125,
    },
    absoluteSum: 25.385986328125,
  });

  check("Q5_0", [0], {
    at: {
      0: -0.91943359375,
      1: -0.13134765625,
      15: 0.197021484375,
      16: 0.13134765625,
      17: 0.13134765625,
      21: -0.985107421875,
      31: -0.91943359375,
      32: 0.81298828125,
      51: -0.81298828125,
      63: -0.894287109375,
    },
    absoluteSum: 37.418701171875,
  });

  check("Q5_1", [0, 2], {
    at: {
      0: 1.0498046875,
      1: 1.0498046875,
      15: 0.590087890625,
      16: 0.13037109375,
      17: 1.640869140625,
      21: 1.0498046875,
      31: 0.787109375,
      32: 0.1058349609375,
      51: -0.0567626953125,
      63: 0.9188232421875,
    },
    absoluteSum: 63.283447265625,
  });

  check("Q8_0", [0], {
    at: {
      0: 7.6181640625,
      1: -7.22412109375,
      15: 6.69873046875,
      16: -3.28369140625,
      17: 2.3642578125,
      21: -2.49560546875,
      31: -7.74951171875,
      32: 1.544677734375,
      51: 5.04052734375,
      63: 3.251953125,
    },
    absoluteSum: 303.238525390625,
  });

  check("Q4_K", [0, 2], {
    at: {
      0: 14.49609375,
      1: 10.752685546875,
      15: 20.735107421875,
      16: 5.761474609375,
      17: 15.743896484375,
      31: 3.265869140625,
      32: 16.779052734375,
      133: 8.088623046875,
      255: 0.529296875,
      256: 19.31396484375,
      387: 22.064208984375,
      511: 2.7015380859375,
    },
    absoluteSum: 7427.75537109375,
  });

  check("Q5_K", [0, 2], {
    at: {
      0: 35.708740234375,
      1: 4.513671875,
      15: 13.248291015625,
      16: 8.257080078125,
      17: 4.513671875,
      31: 9.5048828125,
      32: 11.919189453125,
      133: 2.572021484375,
      255: 4.07568359375,
      256: 4.046630859375,
      387: 60.630615234375,
      511: 9.8375244140625,
    },
    absoluteSum: 14102.3359375,
  });

  check("Q6_K", [208], {
    at: {
      0: -205.953125,
      1: -220.6640625,
      15: -14.7109375,
      16: 180.60302734375,
      17: -187.8271484375,
      31: 101.1376953125,
      32: -10.90185546875,
      133: -56.151123046875,
      255: 16.5498046875,
      256: -46.096435546875,
      387: 46.34033203125,
      511: -87.071044921875,
    },
    absoluteSum: 36051.509033203125,
  });

  test("dequantise() reads floating point", () => {
    const check = (format: WeightFormat, bytes: number[], values: number[]) =>
      assert.deepEqual([...dequantise(Uint8Array.from(bytes), format)], values);
    check("F32", [0, 0, 0x80, 0x3f, 0, 0, 0, 0xc0], [1, -2]);
    check("F16", [0, 0x3c, 0, 0xc0], [1, -2]);
    check("BF16", [0x80, 0x3f, 0, 0xc0], [1, -2]);
  });
});
