// Rounds a matrix so that its products with real inputs change little: what one weight loses, the ones after it make up.
// GPTQ (Frantar et al., arXiv:2210.17323): inputs that go together are known from their Gram matrix.

import { floatToHalf } from "../../formats/float16";
import {
  createPackedMatrix,
  writeLevels,
  type PackedFormat,
  type PackedMatrix,
} from "./packedMatrix";
import { nearestLevels, nearestLevelsWithMinimum } from "./rounding";

/** Share of the mean of the Gram matrix's diagonal that is added to it, so that it can be inverted. */
const DAMPING = 0.01;

/**
 * Rounds fp32 weights [numRows, numColumns] one column after the other, each block of columns with a scale chosen for
 * what its weights have become by then. `gram` is X^T X [numColumns, numColumns] of inputs X [tokens, numColumns]; with
 * the identity it is rounding to the nearest.
 */
export function packCompensated(
  values: Float32Array,
  {
    size,
    format,
    gram,
  }: {
    size: { numRows: number; numColumns: number };
    format: PackedFormat;
    gram: Float32Array;
  },
): PackedMatrix {
  const { numRows, numColumns } = size;
  const { blockSize, bits, hasMinimums } = format;
  const matrix = createPackedMatrix(size, format);
  const factor = factorOfInverse(gram, numColumns);
  const levels = new Uint8Array(blockSize);
  const zero = hasMinimums ? 0 : 2 ** (bits - 1);
  for (let row = 0; row < numRows; row++) {
    const weights = values.slice(row * numColumns, (row + 1) * numColumns);
    for (let start = 0; start < numColumns; start += blockSize) {
      const { scale, minimum } = hasMinimums
        ? nearestLevelsWithMinimum(
            weights.subarray(start, start + blockSize),
            levels,
          )
        : nearestLevels(weights.subarray(start, start + blockSize), levels, {
            bits,
          });
      const largest = 2 ** bits - 1;
      for (let index = 0; index < blockSize; index++) {
        const column = start + index;
        const exact = weights[column]!;
        const nearest =
          scale === 0 ? zero : Math.round((exact - minimum) / scale) + zero;
        const level = Math.min(Math.max(nearest, 0), largest);
        levels[index] = level;
        const lost = exact - (scale * (level - zero) + minimum);
        spread(lost, weights, { factor, column });
      }
      const block = (row * numColumns + start) / blockSize;
      matrix.scales[block] = floatToHalf(scale);
      if (matrix.minimums) matrix.minimums[block] = floatToHalf(minimum);
      writeLevels(matrix, row * numColumns + start, levels);
    }
  }
  return matrix;
}

/** Changes the weights behind `column` so that they make up for what it lost, as far as inputs go together. */
function spread(
  lost: number,
  weights: Float32Array,
  { factor, column }: { factor: Float32Array; column: number },
): void {
  const numColumns = weights.length;
  const from = column * numColumns;
  const error = lost / factor[from + column]!;
  for (let other = column + 1; other < numColumns; other++) {
    weights[other]! -= error * factor[from + other]!;
  }
}

/**
 * The upper triangular U [size, size] with U^T U = (gram + damping)^-1, whose row i says how the weights behind i answer
 * a loss at i. With gram = R R^T, R upper triangular, U is R^-1.
 */
export function factorOfInverse(
  gram: Float32Array,
  size: number,
): Float32Array {
  const upper = Float64Array.from(gram);
  let trace = 0;
  for (let index = 0; index < size; index++)
    trace += gram[index * size + index]!;
  // An input that was always zero says nothing: any damping will do.
  const damping = trace > 0 ? (DAMPING * trace) / size : 1;
  for (let index = 0; index < size; index++) {
    upper[index * size + index]! += damping;
  }
  factorFromBelow(upper, size);
  return Float32Array.from(invertUpper(upper, size));
}

/** Cholesky from the last row up, in place: a symmetric matrix becomes R with R R^T = it; below the diagonal is not used. */
function factorFromBelow(matrix: Float64Array, size: number): void {
  for (let pivot = size - 1; pivot >= 0; pivot--) {
    const diagonal = Math.sqrt(matrix[pivot * size + pivot]!);
    // Column `pivot` above the diagonal lies in row `pivot` below it too, since the matrix is symmetric.
    const column = new Float64Array(pivot);
    for (let row = 0; row < pivot; row++) {
      column[row] = matrix[row * size + pivot]! / diagonal;
    }
    for (let row = 0; row < pivot; row++) {
      const factor = column[row]!;
      matrix[row * size + pivot] = factor;
      if (factor === 0) continue;
      const from = row * size;
      for (let other = row; other < pivot; other++) {
        matrix[from + other]! -= factor * column[other]!;
      }
    }
    matrix[pivot * size + pivot] = diagonal;
  }
}

/** The inverse of an upper triangular matrix, upper triangular too. */
function invertUpper(upper: Float64Array, size: number): Float64Array {
  const inverse = new Float64Array(size * size);
  for (let row = size - 1; row >= 0; row--) {
    const diagonal = upper[row * size + row]!;
    const to = row * size;
    inverse[to + row] = 1;
    // inverse[row] = (e_row - sum over later rows of upper[row, later] inverse[later]) / diagonal
    for (let later = row + 1; later < size; later++) {
      const factor = upper[to + later]!;
      if (factor === 0) continue;
      const from = later * size;
      for (let column = later; column < size; column++) {
        inverse[to + column]! -= factor * inverse[from + column]!;
      }
    }
    for (let column = row; column < size; column++) {
      inverse[to + column]! /= diagonal;
    }
  }
  return inverse;
}
