// A matrix in the packed layout at the top of weights.ts: made bit for bit out of ggml's blocks, or by rounding fp32.
// Knows nothing of files or of which layer a matrix belongs to.

import { floatToHalf, halfToFloat } from "../../formats/float16";
import { nearestLevels, nearestLevelsWithMinimum } from "./rounding";
import { WEIGHT_FORMATS, type WeightFormat } from "../../formats/weightFormats";

/** Rows of weights in equal blocks: `scale * q + minimum`, and without minimums `scale * (q - 2^(bits - 1))`. */
export interface PackedMatrix {
  bits: 4 | 8;
  blockSize: number;
  numRows: number;
  numColumns: number;
  /** [numRows, numColumns * bits / 8], 4-bit values two to a byte, the lower half first */
  packed: Uint8Array;
  /** fp16 bits, [numRows, numColumns / blockSize] */
  scales: Uint16Array;
  /** fp16 bits, [numRows, numColumns / blockSize] */
  minimums: Uint16Array | undefined;
}

/** How a matrix is rounded. */
export interface PackedFormat {
  bits: 4 | 8;
  blockSize: number;
  hasMinimums: boolean;
}

/** Layouts whose blocks go over into a `PackedMatrix` without any change of value. */
export const EXACT_FORMATS = {
  Q4_0: { bits: 4, blockSize: 32, hasMinimums: false },
  Q4_1: { bits: 4, blockSize: 32, hasMinimums: true },
  Q8_0: { bits: 8, blockSize: 32, hasMinimums: false },
} as const satisfies Partial<Record<WeightFormat, PackedFormat>>;

/** A layout that can be taken over exactly. */
export type ExactFormat = keyof typeof EXACT_FORMATS;

/** Tells whether a layout can be taken over exactly. */
export function isExactFormat(format: WeightFormat): format is ExactFormat {
  return Object.hasOwn(EXACT_FORMATS, format);
}

interface Size {
  numRows: number;
  numColumns: number;
}

/** An empty matrix of the given format. */
export function createPackedMatrix(
  { numRows, numColumns }: Size,
  { bits, blockSize, hasMinimums }: PackedFormat,
): PackedMatrix {
  if (numColumns % blockSize !== 0) {
    throw new RangeError(
      `Cannot pack a matrix of ${numColumns} columns: blocks hold ${blockSize}, expected a divisor of the columns`,
    );
  }
  const numBlocks = (numRows * numColumns) / blockSize;
  return {
    bits,
    blockSize,
    numRows,
    numColumns,
    packed: new Uint8Array((numRows * numColumns * bits) / 8),
    scales: new Uint16Array(numBlocks),
    minimums: hasMinimums ? new Uint16Array(numBlocks) : undefined,
  };
}

/** Takes over ggml's blocks bit for bit: scales and minimums unchanged, values put into our order. */
export function packExactly(
  bytes: Uint8Array,
  { format, ...size }: Size & { format: ExactFormat },
): PackedMatrix {
  const matrix = createPackedMatrix(size, EXACT_FORMATS[format]);
  const { blockBytes } = WEIGHT_FORMATS[format];
  const { packed, scales, minimums } = matrix;
  const valuesStart = minimums ? 4 : 2;
  for (let block = 0; block < scales.length; block++) {
    const start = block * blockBytes;
    scales[block] = bytes[start]! | (bytes[start + 1]! << 8);
    if (minimums) {
      minimums[block] = bytes[start + 2]! | (bytes[start + 3]! << 8);
    }
    const values = start + valuesStart;
    if (matrix.bits === 8) {
      // From -128..127 to 0..255.
      for (let index = 0; index < 32; index++) {
        packed[block * 32 + index] = bytes[values + index]! ^ 0x80;
      }
    } else {
      // ggml keeps weight n beside weight n + 16 in a byte; here neighbours share one.
      for (let index = 0; index < 8; index++) {
        const even = bytes[values + 2 * index]!;
        const odd = bytes[values + 2 * index + 1]!;
        packed[block * 16 + index] = (even & 15) | ((odd & 15) << 4);
        packed[block * 16 + 8 + index] = (even >> 4) | (odd & 0xf0);
      }
    }
  }
  return matrix;
}

/** Rounds fp32 weights; the scale of each block is the one of a few candidates with the least squared error. */
export function packRounded(
  values: Float32Array,
  { size, format }: { size: Size; format: PackedFormat },
): PackedMatrix {
  const matrix = createPackedMatrix(size, format);
  const { blockSize, scales, minimums } = matrix;
  const levels = new Uint8Array(blockSize);
  for (let block = 0; block < scales.length; block++) {
    const start = block * blockSize;
    const weights = values.subarray(start, start + blockSize);
    const { scale, minimum } = minimums
      ? nearestLevelsWithMinimum(weights, levels)
      : nearestLevels(weights, levels, { bits: format.bits });
    scales[block] = floatToHalf(scale);
    if (minimums) minimums[block] = floatToHalf(minimum);
    writeLevels(matrix, start, levels);
  }
  return matrix;
}

/** Puts the levels of one block, the weights from `start` on, into a matrix. */
export function writeLevels(
  matrix: PackedMatrix,
  start: number,
  levels: Uint8Array,
): void {
  if (matrix.bits === 8) {
    matrix.packed.set(levels, start);
    return;
  }
  for (let index = 0; index < levels.length; index += 2) {
    matrix.packed[(start + index) / 2] =
      levels[index]! | (levels[index + 1]! << 4);
  }
}

/** Turns a packed matrix back into fp32, [numRows, numColumns]. */
export function unpack(matrix: PackedMatrix): Float32Array {
  const { bits, blockSize, packed, scales, minimums } = matrix;
  const out = new Float32Array(matrix.numRows * matrix.numColumns);
  const zero = 2 ** (bits - 1);
  for (let block = 0; block < scales.length; block++) {
    const scale = halfToFloat(scales[block]!);
    const offset = minimums ? halfToFloat(minimums[block]!) : -zero * scale;
    const start = block * blockSize;
    const end = start + blockSize;
    if (bits === 8) {
      for (let index = start; index < end; index++) {
        out[index] = scale * packed[index]! + offset;
      }
    } else {
      for (let index = start; index < end; index += 2) {
        const pair = packed[index >> 1]!;
        out[index] = scale * (pair & 15) + offset;
        out[index + 1] = scale * (pair >> 4) + offset;
      }
    }
  }
  return out;
}

/** Puts matrices of one format below each other. */
export function stackRows(matrices: PackedMatrix[]): PackedMatrix {
  const [first] = matrices;
  if (!first) throw new RangeError("Cannot stack rows: no matrix was given");
  if (matrices.length === 1) return first;
  const numRows = matrices.reduce((sum, { numRows }) => sum + numRows, 0);
  const stacked = createPackedMatrix(
    { numRows, numColumns: first.numColumns },
    { ...first, hasMinimums: first.minimums !== undefined },
  );
  let row = 0;
  for (const matrix of matrices) {
    const block = (row * first.numColumns) / first.blockSize;
    stacked.packed.set(
      matrix.packed,
      (row * first.numColumns * first.bits) / 8,
    );
    stacked.scales.set(matrix.scales, block);
    if (matrix.minimums) stacked.minimums?.set(matrix.minimums, block);
    row += matrix.numRows;
  }
  return stacked;
}
