import assert from "node:assert/strict";
import path from "node:path";
import {
  describePreview,
  findPreview,
  UnfinishedRecord,
} from "../../../src/editor/generate/unfinished";
import { useTemporaryFolder } from "../support/temporaryFolder";

const uri = "file:///a.md";

/** `[…]` is the preview when the record was written, the second text what VS Code has brought back. */
function check(recorded: string, restored: string, expected: string) {
  const start = recorded.indexOf("[");
  const end = recorded.indexOf("]") - 1;
  const text = recorded.replace("[", "").replace("]", "");
  const found = findPreview(
    restored,
    describePreview(text.slice.bind(text), { uri, start, end }),
  );
  const left = found
    ? restored.slice(0, found.start) + restored.slice(found.end)
    : restored;
  assert.equal(left, expected);
}

suite("findPreview()", () => {
  const rows: [string, string, string, string][] = [
    ["the same text", "One. [Two.] End.", "One. Two. End.", "One.  End."],
    [
      "one that has grown",
      "One. [Two.] End.",
      "One. Two. Three. End.",
      "One.  End.",
    ],
    ["one at the end", "One. [Two.]", "One. Two. Three.", "One. "],
    [
      "none, when it was not brought back",
      "One. [Two.] End.",
      "One.  End.",
      "One.  End.",
    ],
    [
      "none in another text",
      "One. [Two.] End.",
      "Something else. End.",
      "Something else. End.",
    ],
    [
      "none where what follows is gone",
      "One. [Two.] End.",
      "One. Two.",
      "One. Two.",
    ],
  ];
  for (const [what, recorded, restored, expected] of rows) {
    test(`findPreview() finds ${what}`, () =>
      check(recorded, restored, expected));
  }
});

suite("UnfinishedRecord", () => {
  const inFolder = useTemporaryFolder();

  test("UnfinishedRecord.takeLeftBehind() takes what other processes wrote, once", () => {
    const folder = path.join(inFolder("unfinished"), "none-yet");
    const preview = describePreview(() => "", { uri, start: 0, end: 4 });
    new UnfinishedRecord(folder, 7).write([preview]);
    const record = new UnfinishedRecord(folder, 8);
    assert.deepEqual(record.takeLeftBehind(), [preview]);
    assert.deepEqual(record.takeLeftBehind(), []);
  });

  test("UnfinishedRecord.write() writes the same again where another window took it", () => {
    const folder = inFolder("unfinished-3");
    const preview = describePreview(() => "", { uri, start: 0, end: 4 });
    const record = new UnfinishedRecord(folder, 7);
    const other = new UnfinishedRecord(folder, 8);
    for (let time = 0; time < 2; time++) {
      record.write([preview]);
      assert.deepEqual(other.takeLeftBehind(), [preview]);
    }
  });

  test("UnfinishedRecord.write() of nothing leaves nothing behind", () => {
    const folder = inFolder("unfinished-2");
    const record = new UnfinishedRecord(folder, 7);
    record.write([describePreview(() => "", { uri, start: 0, end: 4 })]);
    record.write([]);
    assert.deepEqual(new UnfinishedRecord(folder, 8).takeLeftBehind(), []);
  });
});
