// How ggml and safetensors lay out a row of weights, and how each layout is turned into fp32.
// The layouts are those of ggml's reference code (ggml-common.h, ggml-quants.c); a row is a whole number of blocks.

import { halfToFloat, widenBfloats, widenHalfs } from "./float16";

/** Layouts that can be read. */
export type WeightFormat =
  | "F32"
  | "F16"
  | "BF16"
  | "Q4_0"
  | "Q4_1"
  | "Q5_0"
  | "Q5_1"
  | "Q8_0"
  | "Q2_K"
  | "Q3_K"
  | "Q4_K"
  | "Q5_K"
  | "Q6_K"
  | "IQ4_NL"
  | "IQ4_XS";

interface BlockLayout {
  /** Weights in a block. */
  blockSize: number;
  blockBytes: number;
  /** Writes the weights of one block, or of everything at once where `blockSize` is 1. */
  dequantise(bytes: Uint8Array, out: Float32Array): void;
}

/** Every readable layout by its name in ggml. */
export const WEIGHT_FORMATS: Readonly<Record<WeightFormat, BlockLayout>> = {
  F32: {
    blockSize: 1,
    blockBytes: 4,
    dequantise: (bytes, out) =>
      new Uint8Array(out.buffer, out.byteOffset, out.byteLength).set(bytes),
  },
  F16: {
    blockSize: 1,
    blockBytes: 2,
    dequantise: (bytes, out) => widenHalfs(toUint16s(bytes), out),
  },
  BF16: {
    blockSize: 1,
    blockBytes: 2,
    dequantise: (bytes, out) => widenBfloats(toUint16s(bytes), out),
  },
  Q4_0: { blockSize: 32, blockBytes: 18, dequantise: dequantiseQ4_0 },
  Q4_1: { blockSize: 32, blockBytes: 20, dequantise: dequantiseQ4_1 },
  Q5_0: { blockSize: 32, blockBytes: 22, dequantise: dequantiseQ5_0 },
  Q5_1: { blockSize: 32, blockBytes: 24, dequantise: dequantiseQ5_1 },
  Q8_0: { blockSize: 32, blockBytes: 34, dequantise: dequantiseQ8_0 },
  Q2_K: { blockSize: 256, blockBytes: 84, dequantise: dequantiseQ2_K },
  Q3_K: { blockSize: 256, blockBytes: 110, dequantise: dequantiseQ3_K },
  Q4_K: { blockSize: 256, blockBytes: 144, dequantise: dequantiseQ4_K },
  Q5_K: { blockSize: 256, blockBytes: 176, dequantise: dequantiseQ5_K },
  Q6_K: { blockSize: 256, blockBytes: 210, dequantise: dequantiseQ6_K },
  IQ4_NL: { blockSize: 32, blockBytes: 18, dequantise: dequantiseIQ4_NL },
  IQ4_XS: { blockSize: 256, blockBytes: 136, dequantise: dequantiseIQ4_XS },
};

/** Tells whether a name is that of a readable layout. */
export function isWeightFormat(name: string): name is WeightFormat {
  return Object.hasOwn(WEIGHT_FORMATS, name);
}

/** Bytes that `numWeights` weights take. */
export function formatBytes(format: WeightFormat, numWeights: number): number {
  const { blockSize, blockBytes } = WEIGHT_FORMATS[format];
  return (numWeights / blockSize) * blockBytes;
}

/** Turns stored weights into fp32. */
export function dequantise(
  bytes: Uint8Array,
  format: WeightFormat,
): Float32Array {
  const layout = WEIGHT_FORMATS[format];
  const numBlocks = bytes.length / layout.blockBytes;
  const out = new Float32Array(numBlocks * layout.blockSize);
  if (layout.blockSize === 1) {
    layout.dequantise(bytes, out);
    return out;
  }
  for (let block = 0; block < numBlocks; block++) {
    const byteStart = block * layout.blockBytes;
    const start = block * layout.blockSize;
    layout.dequantise(
      bytes.subarray(byteStart, byteStart + layout.blockBytes),
      out.subarray(start, start + layout.blockSize),
    );
  }
  return out;
}

/** Sees bytes as 16-bit words, copying them when they do not lie on an even address. */
export function toUint16s(bytes: Uint8Array): Uint16Array {
  const aligned = bytes.byteOffset % 2 === 0 ? bytes : bytes.slice();
  return new Uint16Array(
    aligned.buffer,
    aligned.byteOffset,
    aligned.byteLength / 2,
  );
}

function halfAt(bytes: Uint8Array, index: number): number {
  return halfToFloat(bytes[index]! | (bytes[index + 1]! << 8));
}

function dequantiseQ4_0(bytes: Uint8Array, out: Float32Array): void {
  const scale = halfAt(bytes, 0);
  for (let index = 0; index < 16; index++) {
    const pair = bytes[2 + index]!;
    out[index] = scale * ((pair & 15) - 8);
    out[index + 16] = scale * ((pair >> 4) - 8);
  }
}

function dequantiseQ4_1(bytes: Uint8Array, out: Float32Array): void {
  const scale = halfAt(bytes, 0);
  const minimum = halfAt(bytes, 2);
  for (let index = 0; index < 16; index++) {
    const pair = bytes[4 + index]!;
    out[index] = scale * (pair & 15) + minimum;
    out[index + 16] = scale * (pair >> 4) + minimum;
  }
}

/** Fifth bits of a block of 32: bit n belongs to weight n. */
function fifthBits(bytes: Uint8Array, index: number): number {
  return (
    bytes[index]! |
    (bytes[index + 1]! << 8) |
    (bytes[index + 2]! << 16) |
    (bytes[index + 3]! << 24)
  );
}

function dequantiseQ5_0(bytes: Uint8Array, out: Float32Array): void {
  const scale = halfAt(bytes, 0);
  const high = fifthBits(bytes, 2);
  for (let index = 0; index < 16; index++) {
    const pair = bytes[6 + index]!;
    const first = (pair & 15) | (((high >>> index) & 1) << 4);
    const second = (pair >> 4) | (((high >>> (index + 16)) & 1) << 4);
    out[index] = scale * (first - 16);
    out[index + 16] = scale * (second - 16);
  }
}

function dequantiseQ5_1(bytes: Uint8Array, out: Float32Array): void {
  const scale = halfAt(bytes, 0);
  const minimum = halfAt(bytes, 2);
  const high = fifthBits(bytes, 4);
  for (let index = 0; index < 16; index++) {
    const pair = bytes[8 + index]!;
    const first = (pair & 15) | (((high >>> index) & 1) << 4);
    const second = (pair >> 4) | (((high >>> (index + 16)) & 1) << 4);
    out[index] = scale * first + minimum;
    out[index + 16] = scale * second + minimum;
  }
}

function dequantiseQ8_0(bytes: Uint8Array, out: Float32Array): void {
  const scale = halfAt(bytes, 0);
  for (let index = 0; index < 32; index++) {
    out[index] = scale * toSigned(bytes[2 + index]!);
  }
}

function toSigned(byte: number): number {
  return (byte << 24) >> 24;
}

/** Two bits of weight `index` of 256: four weights 32 apart share a byte of the 64 that begin at `start`. */
function twoBits(bytes: Uint8Array, start: number, index: number): number {
  const byte = bytes[start + (index >> 7) * 32 + (index & 31)]!;
  return (byte >> (2 * ((index >> 5) & 3))) & 3;
}

function dequantiseQ2_K(bytes: Uint8Array, out: Float32Array): void {
  const superScale = halfAt(bytes, 80);
  const superMinimum = halfAt(bytes, 82);
  for (let index = 0; index < 256; index++) {
    const pair = bytes[index >> 4]!;
    out[index] =
      superScale * (pair & 15) * twoBits(bytes, 16, index) -
      superMinimum * (pair >> 4);
  }
}

function dequantiseQ3_K(bytes: Uint8Array, out: Float32Array): void {
  const superScale = halfAt(bytes, 108);
  for (let index = 0; index < 256; index++) {
    const isThird = (bytes[index & 31]! >> (index >> 5)) & 1;
    const value = twoBits(bytes, 32, index) - (isThird ? 0 : 4);
    const scale = sixBitScale(bytes.subarray(96, 108), index >> 4);
    out[index] = superScale * (scale - 32) * value;
  }
}

/** Scale `index` of 16: its lower four bits are in the first 8 bytes, its upper two in the last 4. */
function sixBitScale(packed: Uint8Array, index: number): number {
  const low = packed[index & 7]! >> (index < 8 ? 0 : 4);
  const high = packed[8 + (index & 3)]! >> (2 * (index >> 2));
  return (low & 15) | ((high & 3) << 4);
}

/** 6-bit scale and minimum of sub-block `index` of 8, packed into 12 bytes. */
function subBlockScale(bytes: Uint8Array, index: number) {
  const packed = bytes.subarray(4, 16);
  if (index < 4) {
    return { scale: packed[index]! & 63, minimum: packed[index + 4]! & 63 };
  }
  return {
    scale: (packed[index + 4]! & 15) | ((packed[index - 4]! >> 6) << 4),
    minimum: (packed[index + 4]! >> 4) | ((packed[index]! >> 6) << 4),
  };
}

function dequantiseQ4_K(bytes: Uint8Array, out: Float32Array): void {
  const superScale = halfAt(bytes, 0);
  const superMinimum = halfAt(bytes, 2);
  for (let sub = 0; sub < 8; sub++) {
    const { scale, minimum } = subBlockScale(bytes, sub);
    const shift = sub % 2 === 0 ? 0 : 4;
    const start = 16 + (sub >> 1) * 32;
    for (let index = 0; index < 32; index++) {
      const value = (bytes[start + index]! >> shift) & 15;
      out[sub * 32 + index] =
        Math.fround(superScale * scale) * value -
        Math.fround(superMinimum * minimum);
    }
  }
}

function dequantiseQ5_K(bytes: Uint8Array, out: Float32Array): void {
  const superScale = halfAt(bytes, 0);
  const superMinimum = halfAt(bytes, 2);
  for (let sub = 0; sub < 8; sub++) {
    const { scale, minimum } = subBlockScale(bytes, sub);
    const shift = sub % 2 === 0 ? 0 : 4;
    const start = 48 + (sub >> 1) * 32;
    for (let index = 0; index < 32; index++) {
      const fifth = ((bytes[16 + index]! >> sub) & 1) << 4;
      const value = ((bytes[start + index]! >> shift) & 15) | fifth;
      out[sub * 32 + index] =
        Math.fround(superScale * scale) * value -
        Math.fround(superMinimum * minimum);
    }
  }
}

function dequantiseQ6_K(bytes: Uint8Array, out: Float32Array): void {
  const superScale = halfAt(bytes, 208);
  for (let index = 0; index < 256; index++) {
    const half = index >> 7;
    const quarter = (index >> 5) & 3;
    const lane = index & 31;
    const low = bytes[half * 64 + (quarter & 1) * 32 + lane]!;
    const high = bytes[128 + half * 32 + lane]!;
    const value =
      ((low >> ((quarter >> 1) * 4)) & 15) |
      (((high >> (quarter * 2)) & 3) << 4);
    const scale = toSigned(bytes[192 + (index >> 4)]!);
    out[index] = Math.fround(superScale * scale) * (value - 32);
  }
}

/** The sixteen values of the "NL" layouts, which lie closer together near zero. */
const NON_LINEAR_VALUES = [
  -127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113,
];

/** 32 weights of 16 bytes that begin at `start`. */
function dequantiseNonLinear(
  bytes: Uint8Array,
  out: Float32Array,
  { start, scale }: { start: number; scale: number },
): void {
  for (let index = 0; index < 16; index++) {
    const pair = bytes[start + index]!;
    out[index] = scale * NON_LINEAR_VALUES[pair & 15]!;
    out[index + 16] = scale * NON_LINEAR_VALUES[pair >> 4]!;
  }
}

function dequantiseIQ4_NL(bytes: Uint8Array, out: Float32Array): void {
  dequantiseNonLinear(bytes, out, { start: 2, scale: halfAt(bytes, 0) });
}

function dequantiseIQ4_XS(bytes: Uint8Array, out: Float32Array): void {
  const superScale = halfAt(bytes, 0);
  const highBits = bytes[2]! | (bytes[3]! << 8);
  for (let sub = 0; sub < 8; sub++) {
    const low = (bytes[4 + (sub >> 1)]! >> (4 * (sub & 1))) & 15;
    const high = (highBits >> (2 * sub)) & 3;
    dequantiseNonLinear(bytes, out.subarray(sub * 32, (sub + 1) * 32), {
      start: 8 + sub * 16,
      scale: superScale * ((low | (high << 4)) - 32),
    });
  }
}
