import assert from "node:assert/strict";
import {
  findPlace,
  type PlaceTarget,
} from "../../../src/editor/generate/place";

/** `[|]` marks a cursor, `[` and `]` a selection; the result shows the source in `<>` and where the result goes as `^`. */
function check(marked: string, target: PlaceTarget, expected: string) {
  const isCursor = marked.includes("[|]");
  const start = marked.indexOf("[");
  const end = isCursor ? start : marked.indexOf("]") - 1;
  const text = marked.replace("[|]", "").replace("[", "").replace("]", "");
  const place = findPlace(text, { selection: { start, end }, target });
  if (!place) return assert.equal("nothing", expected);
  const { source, offset, before, after } = place;
  const marks: [number, string][] = [
    [source.start, "<"],
    [source.end, ">"],
    [offset, `${before}^${after}`],
  ];
  // Of two marks at one offset the one that is put in last stands first.
  const inOrder = target === "above" ? marks : marks.reverse();
  const shown = inOrder
    .sort((a, b) => b[0] - a[0])
    .reduce(
      (done, [at, mark]) => done.slice(0, at) + mark + done.slice(at),
      text,
    );
  assert.equal(shown, expected);
}

suite("findPlace()", () => {
  const rows: [string, PlaceTarget, string][] = [
    ["One.\nTwo[|] three", "continue", "<One.\nTwo>^ three"],
    ["One [two] three", "continue", "<One two>^ three"],
    ["[|]One", "continue", "nothing"],
    ["a\n\nOne\ntw[|]o\n\nb", "below", "a\n\n<One\ntwo>\n\n^\n\nb"],
    ["a\n\nOne [two] three\n\nb", "below", "a\n\nOne <two> three\n\n^\n\nb"],
    ["a\n\n[|]\n\nb", "below", "nothing"],
    ["a\n\nO[|]ne\n\nb", "above", "a\n\n^\n\n<One>\n\nb"],
    ["a [ b ] c", "replace", "a  <b> ^  c"],
    ["a\n\nOn[|]e\n\nb", "replace", "a\n\n<One>\n\n^\n\nb"],
    // CRLF stays outside.
    ["On[|]e\r\n\r\nb", "below", "<One>\n\n^\r\n\r\nb"],
  ];
  for (const [marked, target, expected] of rows) {
    test(`findPlace() for "${target}" in ${JSON.stringify(marked)}`, () =>
      check(marked, target, expected));
  }
});
