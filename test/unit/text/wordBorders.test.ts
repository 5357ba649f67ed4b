import assert from "node:assert/strict";
import { isInsideWord } from "../../../src/text/wordBorders";

suite("isInsideWord()", () => {
  const rows: [marked: string, expected: boolean][] = [
    ["re|ference", true],
    ["in |the", false],
    ["cafe\u0301|s", true],
    ["x_|1", true],
    ["end.|Next", false],
    ["|word", false],
    ["word|", false],
    ["星期|四", true],
    ["我们|明天", false],
    ["一、|星期四", false],
    ["東京|に", false],
    ["コンピ|ューター", true],
    ["ไป|โรงเรียน", false],
    ["โรง|เรียน", true],
    ["ທ່ານ|ສະບາຍດີ", false],
    ["ខ្ញុំ|ទៅសាលារៀន", false],
    ["Windows|用户", false],
    ["오늘|은", true],
  ];
  for (const [marked, expected] of rows) {
    test(`${marked} is ${expected ? "inside" : "at a border"}`, () => {
      const [before = "", after = ""] = marked.split("|");
      assert.equal(isInsideWord(before, after), expected);
    });
  }
});
