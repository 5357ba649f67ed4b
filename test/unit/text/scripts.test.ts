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
  /** Name, text, whether it has no spaces, and its words as the dictionary has them. */
  const rows: [string, string, boolean, number][] = [
    ["Chinese", "今天下雨了", true, 3],
    ["hiragana", "ひらがな", true, 4],
    ["katakana", "カタカナ", true, 1],
    ["Thai", "ภาษาไทย", true, 2],
    ["Lao", "ພາສາລາວ", true, 2],
    ["Khmer", "ភាសាខ្មែរ", true, 1],
    ["Burmese", "မြန်မာစာ", true, 2],
    ["Korean", "안녕하세요", false, 1],
    ["Latin", "word", false, 1],
    ["Devanagari", "हिन्दी", false, 1],
  ];
  for (const [name, text, isUnspaced, numWords] of rows) {
    test(`${name} ${isUnspaced ? "has no" : "has"} spaces`, () => {
      assert.equal(LETTER.test(text), isUnspaced);
    });
    test(`a suggestion in ${name} is taken word by word`, () => {
      assert.equal(findUnitEnds(text).length, numWords);
    });
  }

  test("words of several scripts and marks are found side by side", () => {
    const text = "软件包，用 apt 安装。";
    const ends = findUnitEnds(text);
    const units = ends.map((end, at) => text.slice(ends[at - 1] ?? 0, end));
    assert.deepEqual(units, ["软件", "包", "，", "用", " apt", " 安装", "。"]);
  });

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
