import assert from "node:assert/strict";
import { findSentenceEnd, isSentenceOver } from "../../../src/text/sentenceEnd";

/** `[|]` is where the continuation begins, `[.]` where its first sentence should end; without it none ends. */
function check(marked: string): void {
  const [before = "", after = ""] = marked.split("[|]");
  const end = after.indexOf("[.]");
  assert.equal(
    findSentenceEnd(after.replace("[.]", ""), before),
    end < 0 ? undefined : end,
    marked,
  );
}

suite("findSentenceEnd()", () => {
  const rows: [string, string][] = [
    ["a full stop", "It[|] rains.[.] The sun"],
    ["the end of the text", "It[|] rains.[.]"],
    ["a question and a shout", "Is it[|] so?![.] Yes."],
    ["closing quotes and brackets", 'He said "[|]no."[.] Then'],
    ["Markdown emphasis", "This is **[|]important.**[.] Next"],
    ["ellipsis before a capital", "And then[|]…[.] Nothing"],
    ["no end at all", "It[|] rains and rains"],
    ["e.g. in the middle", "Fruit, e.g[|]. apples, is good.[.] More"],
    ["i.e. written whole", "It[|], i.e. the sun, shines.[.] More"],
    ["a number with a point", "It is[|] 3.5 metres.[.] More"],
    ["an initial", "Written by[|] J. Smith and K. Jones.[.] More"],
    ["several initials", "by[|] J.R.R. Tolkien.[.] More"],
    ["a numbered figure", "See Fig[|]. 3 for more.[.] Then"],
    ["the word no", "He says[|] no.[.] Then"],
    ["a title", "Ask[|] Dr. Who.[.] More"],
    ["etc. inside", "pens[|], etc. and paper.[.] More"],
    ["etc. at the end", "pens[|], etc.[.] Then"],
    ["the pronoun I", "So do[|] I.[.] More"],
    ["a file name", "Open[|] notes.md and save.[.] More"],
    ["inline code", "Call `[|]a. b` first.[.] More"],
    ["the number of a list item", "1[|]. Open the file.[.] Then"],
    ["an ellipsis inside", "well[|]... maybe so.[.] More"],
    ["Chinese", "今天[|]下雨。[.]明天"],
    ["a Chinese semicolon", "今天[|]下雨；[.]明天"],
    ["an English semicolon, which ends none", "It[|] rains; nobody goes.[.]"],
    ["Chinese speech", "他说：「[|]今天下雨。」[.]明天"],
    ["a Chinese question in the middle of a line", "你[|]好吗？[.]我很好。"],
    ["Chinese with a quotation behind it", "他[|]来了。[.]“你好”"],
    ["Japanese", "今日は[|]雨です。[.]明日は"],
    ["Japanese half-width", "ｱﾒ[|]ﾃﾞｽ｡[.]ｱｽ"],
    ["Hindi", "आज[|] बारिश है।[.] कल"],
    ["Urdu", "آج[|] بارش ہے۔[.] کل"],
    ["an Arabic question", "هل[|] تمطر؟[.] نعم"],
    ["Amharic", "ዛሬ[|] ይዘንባል።[.] ነገ"],
    ["a German quotation", "Er sagt „[|]Nein.“[.] Dann"],
    ["a French quotation", "Il dit « [|]Non. »[.] Puis"],
    ["Thai, which has no marks", "วันนี้[|]ฝนตก พรุ่งนี้"],
  ];
  for (const [name, marked] of rows) test(name, () => check(marked));
});

suite("isSentenceOver()", () => {
  // The engine knew only .!?… with white space behind, and wrote a Chinese text on to its last token.
  const rows: [string, boolean][] = [
    ["今天下雨。", false],
    ["今天下雨。明", true],
    ["「今天下雨。」", false],
    ["「今天下雨。」明", true],
    ["真的吗？！", false],
    ["真的吗？！是", true],
    ["今日は雨です。明", true],
    ["ｱﾒﾃﾞｽ｡ｱ", true],
    ["आज बारिश है। कल", true],
    ["آج بارش ہے۔ کل", true],
    ["ዛሬ ይዘንባል። ነገ", true],
    ["„Nein.“ Dann", true],
    ["今天下雨，明天", false],
    ["3．5", false],
  ];
  for (const [text, expected] of rows) {
    test(`isSentenceOver() is ${expected} for ${JSON.stringify(text)}`, () =>
      assert.equal(isSentenceOver(text), expected));
  }
});
