// Half-precision numbers: fp16 and bf16 bits to and from fp32, as scales and unquantised weights are stored.

/** fp32 value of every fp16 bit pattern: one look-up instead of arithmetic per scale. */
const FLOAT_OF_HALF = new Float32Array(65_536);
for (let bits = 0; bits < FLOAT_OF_HALF.length; bits++) {
  FLOAT_OF_HALF[bits] = decodeHalf(bits);
}

function decodeHalf(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/** The number that a fp16 bit pattern stands for. */
export function halfToFloat(bits: number): number {
  return FLOAT_OF_HALF[bits]!;
}

const floatView = new Float32Array(1);
const bitsView = new Uint32Array(floatView.buffer);

/** The fp16 bit pattern nearest to a number, ties to even; beyond 65,504 it is infinity. */
export function floatToHalf(value: number): number {
  floatView[0] = value;
  const bits = bitsView[0]!;
  const sign = (bits >>> 16) & 0x8000;
  const magnitude = bits & 0x7fff_ffff;
  if (magnitude > 0x7f80_0000) return sign | 0x7e00;
  if (magnitude >= 0x4780_0000) return sign | 0x7c00;
  // Below 2^-14 fp16 is fixed point in steps of 2^-24.
  if (magnitude < 0x3880_0000) {
    return sign | roundHalfEven(Math.abs(floatView[0]) * 2 ** 24);
  }
  const rebiased = magnitude - 0x3800_0000;
  const isOdd = (rebiased >>> 13) & 1;
  return sign | ((rebiased + 0xfff + isOdd) >>> 13);
}

function roundHalfEven(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  if (rest === 0.5) return floor + (floor & 1);
  return rest > 0.5 ? floor + 1 : floor;
}

/** Widens a row of fp16 bits. */
export function widenHalfs(bits: Uint16Array, out: Float32Array): void {
  for (let index = 0; index < bits.length; index++) {
    out[index] = FLOAT_OF_HALF[bits[index]!]!;
  }
}

/** Widens a row of bf16 bits, which are the upper half of fp32. */
export function widenBfloats(bits: Uint16Array, out: Float32Array): void {
  const outBits = new Uint32Array(out.buffer, out.byteOffset, out.length);
  for (let index = 0; index < bits.length; index++) {
    outBits[index] = bits[index]! << 16;
  }
}

/** Narrows fp32 numbers to fp16 bits. */
export function narrowToHalfs(values: Float32Array): Uint16Array {
  const bits = new Uint16Array(values.length);
  for (let index = 0; index < values.length; index++) {
    bits[index] = floatToHalf(values[index]!);
  }
  return bits;
}
