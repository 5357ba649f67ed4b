// Scripts without spaces stood in four places, and three of them had forgotten some.
import assert from "node:assert/strict";
import { findUnitEnds } from "../../../src/completion/words";
import {
  estimateSimilarity,
  sketchText,
} from "../../../src/documents/nearDuplicates";
import { countedLength, UNSPACED_LETTERS } from "../../../src/text/scripts";

const LETTER = new RegExp(`^[${UNSPACED_LETTERS}]`, "u");

suite("UNSPACED_LETTERS", () => {
  const rows: [string, string, boolean][] = [
    ["Chinese", "今天下雨了", true],
    ["hiragana", "ひらがな", true],
    ["katakana", "カタカナ", true],
    ["Thai", "กขคง", true],
    ["Lao", "ກຂຄງ", true],
    ["Khmer", "កខគឃ", true],
    ["Burmese", "ကခဂဃ", true],
    ["Korean", "안녕하세요", false],
    ["Latin", "word", false],
    ["Devanagari", "हिन्दी", false],
  ];
  for (const [name, text, isUnspaced] of rows) {
    test(`${name} ${isUnspaced ? "has no" : "has"} spaces`, () => {
      assert.equal(LETTER.test(text), isUnspaced);
    });
    test(`a suggestion in ${name} is taken ${isUnspaced ? "letter by letter" : "as one word"}`, () => {
      const pieces = isUnspaced ? [...text].length : 1;
      assert.equal(findUnitEnds(text).length, pieces);
    });
  }

  test("two Burmese texts that share their letters' order are near-duplicates", () => {
    const text = "ကခဂဃငစဆဇဈညဋဌဍဎဏတထဒဓနပဖဗဘမယရလဝသဟဠအ".repeat(4);
    const alike = estimateSimilarity(sketchText(text), sketchText(text + "ကက"));
    assert.ok(alike > 0.8, `similarity is ${alike}`);
  });
});

suite("countedLength()", () => {
  const rows: [string, number][] = [
    ["", 0],
    ["word", 4],
    ["了", 2],
    ["ひカ", 4],
    ["비", 2],
    ["กข", 2],
    ["я", 1],
    ["，", 1],
    ["😀", 2],
    ["用 Tab", 6],
  ];
  for (const [text, length] of rows) {
    test(`"${text}" counts ${length}`, () =>
      assert.equal(countedLength(text), length));
  }
});
