import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import {
  describePreview,
  describeText,
  findPreview,
  UnfinishedRecord,
  withText,
} from "../../../src/editor/generate/unfinished";
import { useTemporaryFolder } from "../support/temporaryFolder";

const uri = "file:///a.md";
const none = { uri, start: 0, end: 4, written: [] };

/**
 * `[…]` is the preview when the record was written, the second text what VS Code has brought back. What is expected is
 * the text that is left, or that the person is told.
 */
function check(
  recorded: string,
  restored: string,
  expected: { left: string; isTold?: boolean },
  earlier: readonly string[] = [],
) {
  const start = recorded.indexOf("[");
  const end = recorded.indexOf("]") - 1;
  const text = recorded.replace("[", "").replace("]", "");
  const texts = [...earlier, text.slice(start, end)];
  const written = texts.reduce(withText, []);
  const found = findPreview(
    restored,
    describePreview(text.slice.bind(text), { uri, start, end, written }),
  );
  const left =
    found.kind === "there"
      ? restored.slice(0, found.start) + restored.slice(found.end)
      : restored;
  assert.deepEqual(
    { left, isTold: found.kind === "unclear" },
    { isTold: false, ...expected },
  );
}

suite("findPreview()", () => {
  const taken: [string, string, string, string, string[]?][] = [
    ["the same text", "One. [Two.] End.", "One. Two. End.", "One.  End."],
    ["one at the end", "One. [Two.]", "One. Two.", "One. "],
    ["one that is all of the document", "[Two.]", "Two.", ""],
    ["one in another script", "一。[二。]三。", "一。二。三。", "一。三。"],
    ["one with emoji", "a [👩‍👩‍👧 b] c", "a 👩‍👩‍👧 b c", "a  c"],
    [
      "one from before a pause of the growing text",
      "One. [Two. Three.] End.",
      "One. Two. End.",
      "One.  End.",
      ["Two."],
    ],
    [
      "the first variant where the second was not kept",
      "One. [Another.] End.",
      "One. Two. End.",
      "One.  End.",
      ["Two."],
    ],
    [
      "one that lines were put before",
      "# Title\n\nOne. [Two.] End.",
      "New line.\n# Title\n\nOne. Two. End.",
      "New line.\n# Title\n\nOne.  End.",
    ],
  ];
  for (const [what, recorded, restored, left, earlier] of taken) {
    test(`findPreview() takes out ${what}`, () =>
      check(recorded, restored, { left }, earlier));
  }

  // Lines that another program had put where a preview stood went with it: only what stood around it was compared.
  const kept: [string, string, string][] = [
    [
      "lines of another program in its place",
      "Intro.\n[Generated.]\nEnd.",
      "Intro.\nmine 1\nmine 2\nmine 3\nEnd.",
    ],
    [
      "lines of another program beside it",
      "Intro.\n[Generated.]\nEnd.",
      "Intro.\nGenerated.\nmine\nEnd.",
    ],
    [
      "lines of another program at the end",
      "Intro.\n[Generated.]",
      "Intro.\nGenerated.\nmine\n",
    ],
    ["a word changed in it", "One. [Two is.] End.", "One. Two was. End."],
    ["a letter put into it", "One. [Two.] End.", "One. Two! . End."],
    ["its beginning alone", "One. [Two. Three.] End.", "One. Two. End."],
    ["what has grown by other words", "One. [Two.]", "One. Two. Mine."],
    ["other text of its length", "One. [Two.] End.", "One. Six. End."],
    ["line ends of another kind", "a\n[b\nc\n]d", "a\r\nb\r\nc\r\nd"],
    ["the whole of another text", "One. [Two.] End.", "Something else."],
    ["what follows another text", "One. [Two.] End.", "One. Two."],
    [
      "a place that is there twice",
      "Start a [Two.] End.",
      "Start, Start a One. Start a Two. End.",
    ],
  ];
  for (const [what, recorded, restored] of kept) {
    test(`findPreview() leaves ${what} and tells`, () =>
      check(recorded, restored, { left: restored, isTold: true }));
  }

  const gone: [string, string, string][] = [
    ["was not brought back", "One. [Two.] End.", "One.  End."],
    ["was not brought back at the end", "One. [Two.]", "One. "],
  ];
  for (const [what, recorded, restored] of gone) {
    test(`findPreview() is silent where it ${what}`, () =>
      check(recorded, restored, { left: restored }));
  }
});

suite("withText()", () => {
  test("withText() keeps each text once and forgets the oldest", () => {
    const texts = Array.from({ length: 200 }, (_, at) => `text ${at >> 1}`);
    const written = ["", ...texts].reduce(withText, []);
    assert.equal(written.length, 64);
    assert.deepEqual(written.at(-1), describeText("text 99"));
  });
});

suite("UnfinishedRecord", () => {
  const inFolder = useTemporaryFolder();

  test("UnfinishedRecord.takeLeftBehind() takes what other processes wrote, once", () => {
    const folder = path.join(inFolder("unfinished"), "none-yet");
    const preview = describePreview(() => "", none);
    new UnfinishedRecord(folder, 7).write([preview]);
    const record = new UnfinishedRecord(folder, 8);
    assert.deepEqual(record.takeLeftBehind(), [preview]);
    assert.deepEqual(record.takeLeftBehind(), []);
  });

  test("UnfinishedRecord.write() writes the same again where another window took it", () => {
    const folder = inFolder("unfinished-3");
    const preview = describePreview(() => "", none);
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
    record.write([describePreview(() => "", none)]);
    record.write([]);
    assert.deepEqual(new UnfinishedRecord(folder, 8).takeLeftBehind(), []);
  });

  test("UnfinishedRecord.takeLeftBehind() passes over what is no record", () => {
    const folder = inFolder("unfinished-4");
    mkdirSync(folder, { recursive: true });
    const old = { uri, textBefore: "", textAfter: "", start: 0 };
    const whole = describePreview(() => "", none);
    const records = [
      "{",
      "7",
      "[null, 3]",
      JSON.stringify([old, { ...whole, written: [{ length: -1, hash: "" }] }]),
      JSON.stringify([whole]),
    ];
    for (const [at, text] of records.entries()) {
      writeFileSync(path.join(folder, `${at + 10}.json`), text);
    }
    const left = new UnfinishedRecord(folder, 8).takeLeftBehind();
    assert.deepEqual(left, [whole]);
  });
});
