import assert from "node:assert/strict";
import { slideWindow } from "../../../src/inference/slidingWindow";

const count = (length: number) => Array.from({ length }, (_, id) => id);

suite("slideWindow()", () => {
  test("slideWindow() keeps everything that fits with one more token", () => {
    const options = { headLength: 4, contextTokens: 20 };
    assert.deepEqual(slideWindow(count(19), options), count(19));
  });

  test("slideWindow() keeps the head and the newest tokens, and leaves room", () => {
    const window = slideWindow(count(20), { headLength: 4, contextTokens: 20 });
    assert.deepEqual(window, [0, 1, 2, 3, ...count(20).slice(8)]);
  });

  test("slideWindow() moves in jumps, always fits, and always ends with the last token", () => {
    const starts = new Set<number>();
    for (let length = 20; length < 200; length++) {
      const window = slideWindow(count(length), {
        headLength: 4,
        contextTokens: 20,
      });
      assert.ok(window.length < 20, `${window.length} tokens of ${length}`);
      assert.deepEqual(window.slice(0, 4), [0, 1, 2, 3]);
      assert.equal(window.at(-1), length - 1);
      starts.add(window[4]!);
    }
    assert.equal(starts.size, 45);
  });
});
