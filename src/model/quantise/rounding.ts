// Rounds one block of weights to 4 or 8 bits: which scale (and minimum) loses least.
// Scales are rounded to fp16 before the levels are chosen, so that the levels fit what is stored.

import { floatToHalf, halfToFloat } from "../../formats/float16";

/** What a block's levels are multiplied by and what is added. */
export interface Rounding {
  scale: number;
  minimum: number;
}

/** Chooses levels 0..2^bits - 1 so that `scale * (level - 2^(bits - 1))` is near the weights. */
export function nearestLevels(
  weights: Float32Array,
  levels: Uint8Array,
  { bits }: { bits: 4 | 8 },
): Rounding {
  const extreme = extremeOf(weights);
  // 127 steps lose so little that a search gains nothing; with 7 it does.
  const scale = toStoredScale(
    bits === 8 ? Math.abs(extreme) / 127 : searchScale(weights, extreme),
  );
  const zero = 2 ** (bits - 1);
  const inverse = scale === 0 ? 0 : 1 / scale;
  for (let index = 0; index < weights.length; index++) {
    levels[index] =
      clamp(Math.round(weights[index]! * inverse), -zero, zero - 1) + zero;
  }
  return { scale, minimum: 0 };
}

/** Chooses levels 0..15 so that `scale * level + minimum` is near the weights. */
export function nearestLevelsWithMinimum(
  weights: Float32Array,
  levels: Uint8Array,
): Rounding {
  const best = searchScaleAndMinimum(weights);
  const scale = toStoredScale(best.scale);
  const minimum = toStoredScale(best.minimum);
  const inverse = scale === 0 ? 0 : 1 / scale;
  for (let index = 0; index < weights.length; index++) {
    levels[index] = clamp(
      Math.round((weights[index]! - minimum) * inverse),
      0,
      15,
    );
  }
  return { scale, minimum };
}

function toStoredScale(value: number): number {
  const stored = halfToFloat(floatToHalf(value));
  if (!Number.isFinite(stored)) {
    throw new RangeError(
      `Cannot round weights: a block needs the scale ${value}, expected one that fp16 can hold`,
    );
  }
  return stored;
}

/** The weight of largest size, with its sign. */
function extremeOf(weights: Float32Array): number {
  let extreme = 0;
  for (const weight of weights) {
    if (Number.isNaN(weight)) return weight;
    if (Math.abs(weight) > Math.abs(extreme)) extreme = weight;
  }
  return extreme;
}

/** Tries to put the extreme weight on levels around -8 (or 7 with the other sign), each with its least-squares scale. */
function searchScale(weights: Float32Array, extreme: number): number {
  if (extreme === 0 || !Number.isFinite(extreme)) return extreme;
  let bestScale = 0;
  let bestGain = 0;
  for (let candidate = -9.2; candidate <= 8.2; candidate += 0.2) {
    if (Math.abs(candidate) < 6) continue;
    const inverse = candidate / extreme;
    let product = 0;
    let square = 0;
    for (let index = 0; index < weights.length; index++) {
      const weight = weights[index]!;
      const level = clamp(Math.round(weight * inverse), -8, 7);
      product += weight * level;
      square += level * level;
    }
    // The squared error is |weights|^2 - product^2 / square.
    const gain = square === 0 ? 0 : (product * product) / square;
    if (gain > bestGain) {
      bestGain = gain;
      bestScale = product / square;
    }
  }
  return bestScale;
}

/** Tries ranges a little inside and outside that of the weights, each with its least-squares line. */
function searchScaleAndMinimum(weights: Float32Array): Rounding {
  let min = Infinity;
  let max = -Infinity;
  let sum = 0;
  for (const weight of weights) {
    min = Math.min(min, weight);
    max = Math.max(max, weight);
    sum += weight;
  }
  const range = max - min;
  const best = { scale: 0, minimum: min };
  if (range === 0) return best;
  if (!Number.isFinite(range)) return { ...best, scale: range };
  const count = weights.length;
  let bestGain = -Infinity;
  for (let numSteps = 12.5; numSteps <= 16.5; numSteps += 0.25) {
    // Ranges above 15 steps are cut at both ends alike.
    const start = (15 - numSteps) / 2;
    const inverse = numSteps / range;
    let levelSum = 0;
    let square = 0;
    let product = 0;
    for (let index = 0; index < count; index++) {
      const weight = weights[index]!;
      const level = clamp(Math.round((weight - min) * inverse + start), 0, 15);
      levelSum += level;
      square += level * level;
      product += weight * level;
    }
    const spread = count * square - levelSum * levelSum;
    if (spread <= 0) continue;
    const covariance = count * product - levelSum * sum;
    const gain = (covariance * covariance) / spread;
    if (gain > bestGain) {
      bestGain = gain;
      best.scale = covariance / spread;
      best.minimum = (sum - best.scale * levelSum) / count;
    }
  }
  return best;
}

function clamp(value: number, min: number, max: number): number {
  return value < min ? min : value > max ? max : value;
}

/** The largest absolute value in [start, end). */
export function largestMagnitude(
  values: Float32Array,
  { start, end }: { start: number; end: number },
): number {
  let largest = 0;
  for (let index = start; index < end; index++) {
    const magnitude = Math.abs(values[index]!);
    if (magnitude > largest) largest = magnitude;
  }
  return largest;
}
