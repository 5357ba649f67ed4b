import assert from "node:assert/strict";
import { TrackedRange } from "../../../src/editor/generate/trackedRange";

/** Bracket notation: `[DEF]` is the range, `{x>y}` replaces x by y; what the range holds afterwards and whether it was touched. */
function check(marked: string, expected: string, touched: "nothing" | "edit") {
  const { text, start, end, changes } = parse(marked);
  const range = new TrackedRange(start, end);
  assert.equal(range.apply(changes), touched);
  const after = applyChanges(text, changes);
  assert.equal(
    `${after.slice(0, range.start)}[${after.slice(range.start, range.end)}]${after.slice(range.end)}`,
    expected,
  );
}

function parse(marked: string) {
  const changes: { rangeOffset: number; rangeLength: number; text: string }[] =
    [];
  let text = "";
  let start = 0;
  let end = 0;
  for (let i = 0; i < marked.length; i++) {
    const character = marked[i]!;
    if (character === "[") start = text.length;
    else if (character === "]") end = text.length;
    else if (character === "{") {
      const close = marked.indexOf("}", i);
      const [old = "", next = ""] = marked.slice(i + 1, close).split(">");
      const inside = old.replace(/[[\]]/g, "");
      if (old.includes("["))
        start = text.length + old.replace("]", "").indexOf("[");
      if (old.includes("]"))
        end = text.length + old.replace("[", "").indexOf("]");
      changes.push({
        rangeOffset: text.length,
        rangeLength: inside.length,
        text: next,
      });
      text += inside;
      i = close;
    } else text += character;
  }
  return { text, start, end, changes };
}

function applyChanges(
  text: string,
  changes: { rangeOffset: number; rangeLength: number; text: string }[],
): string {
  return [...changes]
    .reverse()
    .reduce(
      (done, change) =>
        done.slice(0, change.rangeOffset) +
        change.text +
        done.slice(change.rangeOffset + change.rangeLength),
      text,
    );
}

suite("TrackedRange.apply()", () => {
  const rows: [string, string, "nothing" | "edit"][] = [
    ["ab{>XY}c[DEF]g", "abXYc[DEF]g", "nothing"],
    ["a{b>}c[DEF]g", "ac[DEF]g", "nothing"],
    ["abc{>X}[DEF]g", "abcX[DEF]g", "nothing"],
    ["abc[DEF]{>X}g", "abc[DEF]Xg", "nothing"],
    ["abc[DEF]g{h>X}", "abc[DEF]gX", "nothing"],
    ["abc[D{>X}EF]g", "abc[DXEF]g", "edit"],
    ["abc[D{E>}F]g", "abc[DF]g", "edit"],
    ["abc{[DEF]>X}g", "abc[X]g", "edit"],
    ["ab{c[D>X}EF]g", "abX[EF]g", "edit"],
    ["abc[DE{F]g>X}h", "abc[DE]Xh", "edit"],
    ["a{bc[DEF]g>X}h", "aX[]h", "edit"],
    // Several at once, as with many cursors or "replace all".
    ["{a>XX}bc[D{E>}F]g{h>}", "XXbc[DF]g", "edit"],
    ["{a>}b{c>Y}[DEF]g", "bY[DEF]g", "nothing"],
  ];
  for (const [marked, expected, touched] of rows) {
    test(`TrackedRange.apply() makes ${marked} ${expected}`, () =>
      check(marked, expected, touched));
  }

  test("TrackedRange.apply() keeps an empty range where it is when text is written behind it", () => {
    const range = new TrackedRange(3, 3);
    range.apply([{ rangeOffset: 5, rangeLength: 0, text: "X" }]);
    assert.deepEqual([range.start, range.end], [3, 3]);
  });
});
