// Every sentence that a person sees, by rules that hold for all of them.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";

const root = path.resolve(__dirname, "../../..");
const read = (file: string) =>
  JSON.parse(readFileSync(path.join(root, file), "utf8")) as Record<
    string,
    string
  >;
const sentences = [
  ...Object.values(read("l10n/bundle.l10n.json")),
  ...Object.values(read("package.nls.json")),
];

/** Longer ones are not read where they stand: in a side bar and in notices. */
const MAX_CHARACTERS = 240;
/** A number before a word for several: "1 documents". Units and what is never one are named. */
const COUNTED = /\{\d\} (?:more |held-out |usable |test )*([a-z]+s)\b(?!\/s)/g;
const NEVER_ONE = [
  "ms",
  "points",
  "minutes",
  "suggestions",
  "characters",
  "tokens",
  "is",
  "s",
];
/** Words of those who build models, and of a sentence that was translated. */
const UNSAID =
  /held[ -]out|\bproof\b|let go|for want of|all the same|nobody|is asked\b.*where/i;

function countedWords(sentence: string): string[] {
  return [...sentence.matchAll(COUNTED)]
    .map(([, word = ""]) => word)
    .filter((word) => !NEVER_ONE.includes(word));
}

suite("sentences that a person sees", () => {
  test("numbers agree with their words, whatever they are", () => {
    const bad = sentences.filter((each) => countedWords(each).length > 0);
    assert.deepEqual(bad, []);
  });

  test("none is too long to be read", () => {
    const long = sentences.filter((each) => each.length > MAX_CHARACTERS);
    assert.deepEqual(long, []);
  });

  test("none speaks of held-out text, proofs and models that are let go", () => {
    assert.deepEqual(
      sentences.filter((each) => UNSAID.test(each)),
      [],
    );
  });

  const rows: [sentence: string, words: string[]][] = [
    ["Measured on {0} held-out documents", ["documents"]],
    ["{0} more files are left out", ["files"]],
    ["The file holds {0} usable examples", ["examples"]],
    ["after {2} rejections here", ["rejections"]],
    ["{0}: {1} rows", ["rows"]],
    ["Test documents: {0}", []],
    ["{0} tokens/s", []],
    ["{0} of the keystrokes", []],
    ["{0} is damaged", []],
  ];
  for (const [sentence, words] of rows) {
    test(`"${sentence}" counts ${words.join() || "nothing"}`, () =>
      assert.deepEqual(countedWords(sentence), words));
  }
});
