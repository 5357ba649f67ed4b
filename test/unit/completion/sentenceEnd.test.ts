import assert from "node:assert/strict";
import { findSentenceEnd } from "../../../src/completion/sentenceEnd";

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
  ];
  for (const [name, marked] of rows) test(name, () => check(marked));
});
