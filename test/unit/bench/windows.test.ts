import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import {
  bitsPerCharacter,
  cutWindows,
  difference,
  readReference,
  writeWindows,
} from "../../../bench/quality/windows";
import { useTemporaryFolder } from "../support/temporaryFolder";

const ids = (length: number, first = 0) =>
  Array.from({ length }, (_, index) => first + index);

suite("Windows of a quality benchmark", () => {
  const inFolder = useTemporaryFolder();

  test("cutWindows() cuts documents apart and drops ends with little to score", () => {
    const sizes = {
      windowTokens: 100,
      contextTokens: 50,
      bosIds: [],
      count: 99,
    };
    const windows = cutWindows([ids(100), ids(266, 1000), ids(165)], sizes);
    assert.deepEqual(
      windows.map((window) => [window[0], window.length]),
      [
        [0, 100],
        [1000, 100],
        [1100, 100],
        [1200, 66],
        [0, 100],
      ],
    );
  });

  test("cutWindows() puts what stands in front of every text at the head of each window", () => {
    const sizes = {
      windowTokens: 100,
      contextTokens: 50,
      bosIds: [7],
      count: 9,
    };
    const windows = cutWindows([ids(198, 1000)], sizes);
    assert.deepEqual(
      windows.map((window) => [...window.slice(0, 2), window.length]),
      [
        [7, 1000, 100],
        [7, 1099, 100],
      ],
    );
  });

  test("cutWindows() spreads the windows that it keeps evenly", () => {
    const sizes = {
      windowTokens: 100,
      contextTokens: 50,
      bosIds: [],
      count: 3,
    };
    const windows = cutWindows([ids(700)], sizes);
    assert.deepEqual(
      windows.map(([first]) => first),
      [0, 200, 400],
    );
  });

  test("cutWindows() says when every document is too short", () => {
    const sizes = {
      windowTokens: 100,
      contextTokens: 50,
      bosIds: [],
      count: 3,
    };
    assert.throws(() => cutWindows([ids(65)], sizes), /no document has 66/);
  });

  test("bitsPerCharacter() turns nats into bits", () => {
    const scores = {
      logProbabilities: [Math.log(1 / 2), Math.log(1 / 8)],
      bestTokenIds: [1, 2],
    };
    assert.ok(Math.abs(bitsPerCharacter(scores, 2) - 2) < 1e-12);
  });

  test("difference() is signed, absolute and by the best tokens", () => {
    const scores = { logProbabilities: [-1, -2, -3, -4], bestTokenIds: ids(4) };
    const other = {
      logProbabilities: [-1.5, -1, -3, -4.5],
      bestTokenIds: [0, 1, 9, 3],
    };
    assert.deepEqual(difference(scores, other), {
      meanNats: 0,
      meanAbsoluteNats: 0.5,
      agreement: 0.75,
    });
    const short = { logProbabilities: [-1], bestTokenIds: [1] };
    assert.throws(() => difference(scores, short), /4 and 1 tokens/);
  });

  test("readReference() takes the scored tokens of the windows that were written", () => {
    const windows = [ids(5), ids(4, 10)];
    writeWindows(inFolder("windows.json"), windows);
    assert.deepEqual(
      JSON.parse(readFileSync(inFolder("windows.json"), "utf8")),
      { windows },
    );
    writeFileSync(
      inFolder("reference.json"),
      JSON.stringify({
        // Entry i belongs to token i + 1.
        windows: [
          { logProbabilities: [-1, -2, -3, -4], best: [1, 2, 3, 4] },
          { logProbabilities: [-5, -6, -7], best: [5, 6, 7] },
        ],
      }),
    );
    const read = (given: number[][]) =>
      readReference(inFolder("reference.json"), {
        windows: given,
        contextTokens: 3,
      });
    assert.deepEqual(read(windows), {
      logProbabilities: [-3, -4, -7],
      bestTokenIds: [3, 4, 7],
    });
    const others = [[ids(5)], [ids(5), ids(5)], [ids(5), ids(4), ids(4)]];
    for (const other of others) {
      assert.throws(() => read(other), /made for other windows/);
    }
  });
});
