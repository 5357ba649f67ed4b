// Plain matrix arithmetic and random numbers to compare with.

import { seededRandom } from "../../../src/common/random";

/** Normally distributed numbers (the Box-Muller transform) from a seed. */
export function gaussians(seed: number, size: number): Float32Array {
  const random = seededRandom(seed);
  return Float32Array.from(
    { length: size },
    () =>
      Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random()),
  );
}

/** `W x` in float64 for W [numRows, x.length]. */
export function multiply(
  matrix: ArrayLike<number>,
  x: ArrayLike<number>,
): Float64Array {
  const numColumns = x.length;
  const out = new Float64Array(matrix.length / numColumns);
  for (let row = 0; row < out.length; row++) {
    for (let column = 0; column < numColumns; column++) {
      out[row]! += matrix[row * numColumns + column]! * x[column]!;
    }
  }
  return out;
}

/** Place of the largest number, the first of equals. */
export function argMaxOf(numbers: ArrayLike<number>): number {
  let best = 0;
  for (let index = 1; index < numbers.length; index++) {
    if (numbers[index]! > numbers[best]!) best = index;
  }
  return best;
}

/** Row `index` of a matrix with rows of `length`. */
export function rowOf<T extends Float32Array | Float64Array>(
  matrix: T,
  { index, length }: { index: number; length: number },
): T {
  return matrix.subarray(index * length, (index + 1) * length) as T;
}

export function logSoftmaxOf(logits: ArrayLike<number>): Float64Array {
  const numbers = Float64Array.from(logits);
  const max = numbers.reduce((a, b) => Math.max(a, b), -Infinity);
  const sum = numbers.reduce(
    (total, logit) => total + Math.exp(logit - max),
    0,
  );
  return numbers.map((logit) => logit - max - Math.log(sum));
}

export function softmaxOf(logits: ArrayLike<number>): Float64Array {
  return logSoftmaxOf(logits).map(Math.exp);
}
