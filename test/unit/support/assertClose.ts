// Compares numbers within a tolerance, and tells where and by how much they differ most.

import assert from "node:assert/strict";

/** Numbers with their shape, such as a `Tensor`; plain arrays are vectors. */
export interface ShapedNumbers {
  data: ArrayLike<number>;
  dims: readonly number[];
}

export interface Tolerance {
  /** What is compared, for the message. */
  name: string;
  /** Difference that is allowed whatever the size. */
  atol?: number;
  /** Difference that is allowed per unit of the expected size. */
  rtol?: number;
}

/** Fails unless each actual number is within `atol + rtol * |expected|` of the expected one, and the shapes agree. */
export function assertClose(
  actual: ArrayLike<number> | ShapedNumbers,
  expected: ArrayLike<number> | ShapedNumbers,
  { name, atol = 0, rtol = 0 }: Tolerance,
): void {
  const found = withShape(actual);
  const wanted = withShape(expected);
  assert.deepEqual([...found.dims], [...wanted.dims], `shape of ${name}`);
  assert.equal(found.data.length, wanted.data.length, `size of ${name}`);
  let numFar = 0;
  let worst = { index: -1, difference: -1 };
  for (let index = 0; index < wanted.data.length; index++) {
    const difference = distance(found.data[index]!, wanted.data[index]!);
    if (difference > worst.difference) worst = { index, difference };
    const allowed = atol + rtol * Math.abs(wanted.data[index]!);
    if (difference === Infinity || difference > allowed) numFar++;
  }
  if (numFar === 0) return;
  const { index, difference } = worst;
  assert.fail(
    `${name} [${found.dims.join(", ")}]: ${numFar} of ${wanted.data.length} numbers are too far off; the largest difference is ${difference} at [${placeOf(index, wanted.dims).join(", ")}], ${found.data[index]} instead of ${wanted.data[index]} (atol ${atol}, rtol ${rtol})`,
  );
}

function withShape(numbers: ArrayLike<number> | ShapedNumbers): ShapedNumbers {
  return "data" in numbers
    ? numbers
    : { data: numbers, dims: [numbers.length] };
}

/** Infinite where one of the two is no number or only one is infinite. */
function distance(a: number, b: number): number {
  if (a === b) return 0;
  const difference = Math.abs(a - b);
  return Number.isNaN(difference) ? Infinity : difference;
}

function placeOf(index: number, dims: readonly number[]): number[] {
  const place: number[] = [];
  let rest = index;
  for (const dim of dims.toReversed()) {
    place.unshift(rest % dim);
    rest = Math.floor(rest / dim);
  }
  return place;
}
