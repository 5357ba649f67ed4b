import assert from "node:assert/strict";
import type { StopAt } from "../../../src/protocol/generation";
import { isPastEnd, mayEnd } from "../../../src/text/stopRules";

const STOPS: StopAt[] = ["sentence", "line", "paragraph", "none"];

suite("isPastEnd()", () => {
  // Text -> the settings under which enough is there.
  const rows: [string, StopAt[]][] = [
    ["", []],
    [" and so on", []],
    // What follows the full stop says whether it ended a sentence.
    [" end.", []],
    [" end. ", []],
    [" end. N", ["sentence"]],
    [" end? N", ["sentence"]],
    [" end! N", ["sentence"]],
    [" end… N", ["sentence"]],
    [" end. n", []],
    [" end.5 N", []],
    [" end. 7", ["sentence"]],
    [' end." N', ["sentence"]],
    [" end.) N", ["sentence"]],
    [" end.”  N", ["sentence"]],
    [" **end.** N", ["sentence"]],
    [" `end.` N", ["sentence"]],
    [" end. É", ["sentence"]],
    [" end. é", []],
    [" end. “N", ["sentence"]],
    ["雨。明", ["sentence"]],
    ["雨。", []],
    ["\n", ["sentence", "line"]],
    [" line\nnext", ["sentence", "line"]],
    ["\n\n", ["sentence", "line", "paragraph"]],
    ["a\n \t\nb", ["sentence", "line", "paragraph"]],
    ["a\nb\nc", ["sentence", "line"]],
  ];
  for (const [text, expected] of rows) {
    test(`${JSON.stringify(text)} is past ${expected.join(", ") || "no end"}`, () => {
      assert.deepEqual(
        STOPS.filter((stopAt) => isPastEnd(text, stopAt)),
        expected,
      );
    });
  }
});

suite("mayEnd()", () => {
  const rows: [string, StopAt[]][] = [
    [" word", []],
    [".", ["sentence"]],
    ['?"', ["sentence"]],
    ["…", ["sentence"]],
    ["。", ["sentence"]],
    ["！」", ["sentence"]],
    ["？", ["sentence"]],
    ["｡", ["sentence"]],
    ["।", ["sentence"]],
    ["，", []],
    ["\n", ["sentence", "line", "paragraph"]],
    [".\n", ["sentence", "line", "paragraph"]],
    ["", []],
  ];
  for (const [text, expected] of rows) {
    test(`pauses after ${JSON.stringify(text)} for ${expected.join(", ") || "nothing"}`, () => {
      assert.deepEqual(
        STOPS.filter((stopAt) => mayEnd(text, stopAt)),
        expected,
      );
    });
  }
});
