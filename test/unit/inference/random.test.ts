import assert from "node:assert/strict";
import { seededRandom } from "../../../src/common/random";
import { gumbelNoise, NoiseRows } from "../../../src/inference/random";
import { assertClose } from "../support/assertClose";

const COUNT = 20_000;

/** How far the numbers' share below a value is from what it should be, at the worst (Kolmogorov and Smirnov). */
function largestDeviation(
  numbers: Float64Array | Float32Array,
  shareBelow: (value: number) => number,
): number {
  const sorted = Float64Array.from(numbers).sort();
  return sorted.reduce(
    (worst, value, index) =>
      Math.max(
        worst,
        Math.abs((index + 0.5) / sorted.length - shareBelow(value)),
      ),
    0,
  );
}

/**
 * Samples of 20,000 deviate by more than this with odds of 2 exp(-2 * 20000 * 0.02^2) = 2e-7; seeds are fixed, so a
 * test fails always or never.
 */
const ALLOWED_DEVIATION = 0.02;

suite("seededRandom()", () => {
  test("is even over [0, 1)", () => {
    for (const seed of [0, 1, -5, 2 ** 31]) {
      const random = seededRandom(seed);
      const numbers = Float64Array.from({ length: COUNT }, random);
      assert.ok(numbers.every((number) => number >= 0 && number < 1));
      const deviation = largestDeviation(numbers, (value) => value);
      assert.ok(deviation < ALLOWED_DEVIATION, `seed ${seed}: ${deviation}`);
    }
  });

  test("does not tell the next number by the last", () => {
    const random = seededRandom(4);
    const numbers = Array.from({ length: COUNT }, () => random() - 0.5);
    const product = numbers
      .slice(1)
      .reduce((sum, number, index) => sum + number * numbers[index]!, 0);
    // The mean of products of independent numbers has deviation 1/12 / sqrt(20000) = 0.0006.
    assertClose([product / COUNT], [0], { name: "correlation", atol: 0.0036 });
  });

  test("repeats with its seed and differs with the next", () => {
    const take = (seed: number) => {
      const random = seededRandom(seed);
      return [random(), random(), random()];
    };
    assert.deepEqual(take(7), take(7));
    assert.notDeepEqual(take(7), take(8));
  });
});

suite("gumbelNoise()", () => {
  test("follows Gumbel's distribution", () => {
    const noise = gumbelNoise(seededRandom(5), COUNT);
    const deviation = largestDeviation(noise, (value) =>
      Math.exp(-Math.exp(-value)),
    );
    assert.ok(deviation < ALLOWED_DEVIATION, `${deviation}`);
  });

  test("is finite even for the outermost numbers", () => {
    const ends = [0, 2 ** -32, 1 - 2 ** -32];
    const noise = gumbelNoise(() => ends.shift()!, 3);
    assert.ok(noise.every(Number.isFinite), `${noise.join()}`);
    assert.ok(noise[0]! < noise[1]! && noise[1]! < noise[2]!);
  });

  test("makes the largest of logit plus noise fall by softmax", () => {
    const probabilities = [0.5, 0.3, 0.2];
    const random = seededRandom(6);
    const counts = [0, 0, 0];
    for (let index = 0; index < COUNT; index++) {
      const noise = gumbelNoise(random, 3);
      const scores = probabilities.map((p, i) => Math.log(p) + noise[i]!);
      counts[scores.indexOf(Math.max(...scores))]!++;
    }
    // Six standard deviations of at most sqrt(0.25 / 20000) = 0.0035: odds below 1e-8.
    assertClose(
      counts.map((count) => count / COUNT),
      probabilities,
      { name: "shares", atol: 0.021 },
    );
  });
});

suite("NoiseRows.take()", () => {
  test("gives a row by its place, however rows are asked for", () => {
    const atOnce = new NoiseRows(3).take({ first: 0, count: 6, length: 4 });
    const rows = new NoiseRows(3);
    const pieces = [
      rows.take({ first: 0, count: 5, length: 4 }).subarray(0, 8),
      rows.take({ first: 2, count: 1, length: 4 }),
      rows.take({ first: 3, count: 3, length: 4 }),
    ];
    assert.deepEqual(
      pieces.flatMap((piece) => [...piece]),
      [...atOnce],
    );
    assert.equal(new Set(atOnce).size, 24);
  });

  test("is another with another seed", () => {
    const take = (seed: number) =>
      new NoiseRows(seed).take({ first: 0, count: 1, length: 4 });
    assert.deepEqual(take(3), take(3));
    assert.notDeepEqual(take(3), take(4));
  });
});
