// Noise to sample with, drawn from a seed so that a seed gives the same text again.

import { seededRandom } from "../common/random";

/** Fills an array with Gumbel noise: the largest of logit + noise falls on a token with its softmax probability. */
export function gumbelNoise(random: () => number, size: number): Float32Array {
  return Float32Array.from({ length: size }, () => {
    const uniform = Math.max(random(), Number.EPSILON);
    return -Math.log(-Math.log(uniform));
  });
}

/**
 * Gumbel noise row by row, one for each token to be drawn. A token's row depends on nothing but seed and place, so that
 * a seed gives the same text however the drawing is cut into runs, which follows from measured speed.
 */
export class NoiseRows {
  private readonly rows: Float32Array[] = [];
  private readonly random: () => number;

  constructor(seed: number) {
    this.random = seededRandom(seed);
  }

  /** `count` rows from row `first` on, one after the other; `length` is the same at every call. */
  take({
    first,
    count,
    length,
  }: {
    first: number;
    count: number;
    length: number;
  }): Float32Array {
    const noise = new Float32Array(count * length);
    for (let row = 0; row < count; row++) {
      while (this.rows.length <= first + row) {
        this.rows.push(gumbelNoise(this.random, length));
      }
      noise.set(this.rows[first + row]!, row * length);
    }
    return noise;
  }
}
