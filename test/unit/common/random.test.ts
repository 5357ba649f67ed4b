import assert from "node:assert/strict";
import {
  hashText,
  seededRandom,
  shuffledIndices,
} from "../../../src/common/random";

suite("seededRandom()", () => {
  test("a seed gives the same numbers again, all of them from 0 up to 1 and evenly spread", () => {
    const draw = (seed: number) => {
      const random = seededRandom(seed);
      return Array.from({ length: 1000 }, random);
    };
    assert.deepEqual(draw(1), draw(1));
    assert.notDeepEqual(draw(1), draw(2));
    const numbers = draw(3);
    assert.ok(numbers.every((number) => number >= 0 && number < 1));
    // The mean of 1,000 has a standard deviation of 0.0091; five of them.
    const mean = numbers.reduce((sum, number) => sum + number) / 1000;
    assert.ok(Math.abs(mean - 0.5) < 0.046);
  });
});

suite("shuffledIndices()", () => {
  test("it is a permutation, the same for the same numbers", () => {
    const shuffled = shuffledIndices(100, seededRandom(1));
    assert.deepEqual(
      Array.from(shuffled).sort((a, b) => a - b),
      Array.from({ length: 100 }, (_, index) => index),
    );
    assert.deepEqual(shuffledIndices(100, seededRandom(1)), shuffled);
    assert.equal(shuffledIndices(0, seededRandom(1)).length, 0);
  });
});

suite("hashText()", () => {
  // What is held out depends on these numbers: an adapter's proof would not be comparable if they changed.
  test("its values are the same for ever", () => {
    assert.deepEqual(
      [hashText(""), hashText("a.md"), hashText("a.md", 1), hashText("日本")],
      [2872998923, 3780330715, 2490394552, 236567117],
    );
  });

  test("names that differ in one letter are spread evenly", () => {
    const counts = new Array<number>(10).fill(0);
    for (let i = 0; i < 5000; i++) {
      counts[Math.floor((hashText(`chapter${i}.md`) / 2 ** 32) * 10)]!++;
    }
    // 500 expected, standard deviation 21; five of them.
    for (const count of counts) assert.ok(Math.abs(count - 500) < 106);
  });
});
