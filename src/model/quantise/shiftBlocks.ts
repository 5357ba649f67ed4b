// Packs the shifts of weights with minimums as further blocks of the same packing; see linearLayer.ts for what for.

import { readFloats } from "./dequantiseGroup";
import { largestMagnitude } from "./rounding";
import type { PackedWeights } from "../files/weights";

/** Further blocks behind those of a packed matrix, one column for each block of the matrix. */
export interface ShiftBlocks {
  numShifts: number;
  numBlocks: number;
  /** [numRows, numBlocks, bytes of a block], laid out like the weights. */
  packed: Uint8Array<ArrayBuffer>;
  /** [numRows, numBlocks] */
  scales: Float32Array<ArrayBuffer>;
  /**
   * Zero points of the weights' blocks, of `numFurther` others and of these, packed like weights: [numRows, half as many
   * bytes, rounded up].
   */
  zeroPoints: Uint8Array<ArrayBuffer>;
}

/**
 * A minimum is -scale * zeroPoint + shift with a whole zero point, which the operator knows, and a shift of at most half
 * a step. The shifts, times blockSize, are rounded like weights: they multiply the mean of x over each block.
 */
export function shiftBlocks(
  weights: PackedWeights,
  { numFurther = 0 } = {},
): ShiftBlocks {
  const { bits, blockSize } = weights;
  const { numRows, numShifts, shifts, zeroPoints } = readShifts(weights);
  const numBlocks = Math.ceil(numShifts / blockSize);
  const middle = 2 ** (bits - 1);
  const scales = new Float32Array(numRows * numBlocks);
  const values = new Uint8Array(numRows * numBlocks * blockSize).fill(middle);
  for (let row = 0; row < numRows; row++) {
    for (let block = 0; block < numBlocks; block++) {
      const index = row * numBlocks + block;
      const start = row * numShifts + block * blockSize;
      const end = Math.min(start + blockSize, (row + 1) * numShifts);
      const scale =
        largestMagnitude(shifts, { start, end }) / (middle - 1) || 1;
      scales[index] = scale;
      for (let place = start; place < end; place++) {
        values[index * blockSize + place - start] =
          middle + Math.round(shifts[place]! / scale);
      }
    }
  }
  return {
    numShifts,
    numBlocks,
    packed: bits === 4 ? packNibbles(values) : values,
    scales,
    zeroPoints: packZeroPoints(zeroPoints, {
      numRows,
      numBlocks: numFurther + numBlocks,
      middle,
    }),
  };
}

function readShifts({ bits, blockSize, scales, minimums }: PackedWeights) {
  const [numRows, numShifts] = scales.shape as [number, number];
  const largestZeroPoint = 2 ** bits - 1;
  const scaleValues = readFloats(scales);
  const zeroPoints = new Uint8Array(numRows * numShifts);
  const shifts = readFloats(minimums!);
  for (let index = 0; index < shifts.length; index++) {
    const minimum = shifts[index]!;
    const scale = scaleValues[index]!;
    const wanted = scale === 0 ? 0 : Math.round(-minimum / scale);
    const zeroPoint = Math.max(0, Math.min(largestZeroPoint, wanted));
    zeroPoints[index] = zeroPoint;
    shifts[index] = blockSize * (minimum + zeroPoint * scale);
  }
  return { numRows, numShifts, shifts, zeroPoints };
}

/** Puts the zero points of `numBlocks` symmetric blocks behind each row; rows start at whole bytes. */
function packZeroPoints(
  zeroPoints: Uint8Array,
  {
    numRows,
    numBlocks,
    middle,
  }: { numRows: number; numBlocks: number; middle: number },
): Uint8Array<ArrayBuffer> {
  const perRow = zeroPoints.length / numRows;
  const rowLength = Math.ceil((perRow + numBlocks) / 2) * 2;
  const padded = new Uint8Array(numRows * rowLength).fill(middle);
  for (let row = 0; row < numRows; row++) {
    const own = zeroPoints.subarray(row * perRow, (row + 1) * perRow);
    padded.set(own, row * rowLength);
  }
  return packNibbles(padded);
}

/** Puts 4-bit values two to a byte, the lower half first. */
export function packNibbles(values: Uint8Array): Uint8Array<ArrayBuffer> {
  const packed = new Uint8Array(values.length / 2);
  for (let index = 0; index < packed.length; index++) {
    packed[index] = values[2 * index]! | (values[2 * index + 1]! << 4);
  }
  return packed;
}
