// Prompts in bracket notation: what is taken back stands in brackets, `the[ frame]`.

import assert from "node:assert/strict";
import {
  endsInWholeWord,
  takeBackPartialWord,
} from "../../../src/tokenizer/healing";
import type { Tokenizer } from "../../../src/tokenizer/tokenizer";
import { loadEmbeddedTokenizer } from "./embeddedTokenizer";

/** Unpaired surrogates become U+FFFD on the way through UTF-8. */
const wellFormed = (text: string) => Buffer.from(text).toString("utf8");

suite("takeBackPartialWord()", () => {
  let tokenizer: Tokenizer;

  suiteSetup(async () => {
    tokenizer = await loadEmbeddedTokenizer();
  });

  /** Without brackets nothing is to be taken back. */
  function check(...rows: string[]) {
    for (const row of rows) {
      const [, kept, constraint = ""] = /^([^⟦]*)(?:⟦(.*)⟧)?$/su.exec(row)!;
      const text = kept! + constraint;
      const taken = takeBackPartialWord(text, tokenizer);
      assert.deepEqual(
        { kept: taken.kept, constraint: taken.constraint },
        { kept, constraint },
        row,
      );
      assert.equal(
        tokenizer.decode(taken.keptTokenIds),
        wellFormed(kept!),
        row,
      );
    }
  }

  test("takes back the word at the end with its space", () => {
    check(
      "the⟦ frame⟧",
      "⟦frame⟧",
      "In the⟦ unfathomablynes⟧",
      "a\t⟦b⟧",
      "foo.\n\n⟦frame⟧",
      "x:\n   ⟦ re⟧",
      "state-⟦of⟧",
      "max_⟦tok⟧",
      "⟦getUserNa⟧",
      "https://⟦exa⟧",
      "Привет,⟦ ми⟧",
    );
  });

  test("takes back the end alone of a word of many tokens", () => {
    const text = "super supercalifragilisticexpialidociou";
    const { constraint, keptTokenIds } = takeBackPartialWord(text, tokenizer);
    assert.equal(constraint, "ialidociou");
    assert.equal(keptTokenIds.length, tokenizer.encode(text).length - 4);
    const shorter = takeBackPartialWord(text, tokenizer, { maxTokens: 2 });
    assert.equal(shorter.constraint, "ociou");
    const fewer = takeBackPartialWord(text, tokenizer, { maxCharacters: 4 });
    assert.equal(fewer.constraint, "ou");
  });

  test("takes back the space that belongs to the next word, and no more", () => {
    check("foo⟦ ⟧", "foo ⟦ ⟧", "   ⟦ ⟧", "x:\n   ⟦ ⟧", "-⟦ ⟧", "Hi,⟦ ⟧");
  });

  test("leaves newlines and tabs, in the tokens that a following word would leave", () => {
    check("foo\n", "foo.\n\n", "a\r\n", "\t", "\n");
    const { keptTokenIds } = takeBackPartialWord("foo.\n\n", tokenizer);
    assert.deepEqual(
      keptTokenIds,
      tokenizer.encode("foo.\n\nBar").slice(0, -1),
    );
    assert.notDeepEqual(keptTokenIds, tokenizer.encode("foo.\n\n"));
  });

  test("takes back punctuation, which may be the beginning of more", () => {
    check("The end⟦.⟧", "see [the guide⟦](⟧", "foo⟦(⟧", "⟦**⟧", "http⟦:⟧");
    check("don⟦'⟧", "don⟦'t⟧", "x⟦→⟧");
  });

  test("leaves digits where the vocabulary knows them one by one only", () => {
    check("in 199", "v1.2", "7");
  });

  test("takes back whole characters of scripts without spaces", () => {
    check("春天来⟦了⟧", "春⟦天⟧", "カ⟦タ⟧", "안녕⟦하⟧");
  });

  test("never cuts a grapheme: accents go with their letter, emoji stay", () => {
    check("⟦cafe\u0301⟧", "👨‍👩‍👧‍👦", "ok 🙂", "ok 🙂⟦ n⟧", "🇫🇷", "1️⃣", "👍🏽");
    check(`e${"\u0301\u0302\u0303\u0304\u0305\u0306".repeat(3)}`);
  });

  test("leaves nothing and what the vocabulary has no bytes for as they are", () => {
    check("", "a\ufffd");
    const text = "a\ud800";
    assert.equal(takeBackPartialWord(text, tokenizer).constraint, "");
  });

  test("joins to the prompt again, wherever in a text it ends", () => {
    const text =
      "# Títle\r\n\r\nSome *text*, 12.5 % of\tit:\n\n    code();  // 日本 👩‍💻 ok\n\n- a\n";
    for (let length = 0; length <= text.length; length++) {
      const prompt = text.slice(0, length);
      const taken = takeBackPartialWord(prompt, tokenizer);
      assert.equal(taken.kept + taken.constraint, prompt);
      assert.ok(taken.constraint.length <= 32);
      assert.equal(
        tokenizer.decode(taken.keptTokenIds),
        wellFormed(taken.kept),
      );
    }
  });
});

suite("endsInWholeWord()", () => {
  let tokenizer: Tokenizer;

  suiteSetup(async () => {
    tokenizer = await loadEmbeddedTokenizer();
  });

  const table: [text: string, isWhole: boolean][] = [
    ["has been moved to the small", true],
    ["and asked Peter", true],
    ["the last meeting were read", true],
    ["the last meeting were readi", false],
    ["and I", false],
    ["a word ", false],
    ["it is small.", false],
    ["(small", false],
    ["small", false],
    ["line\nsmall", false],
    ["the year 2020", false],
    ["星期一", false],
    ["", false],
  ];
  for (const [text, isWhole] of table) {
    test(`${JSON.stringify(text)} does${isWhole ? "" : " not"}`, () => {
      assert.equal(endsInWholeWord(text, tokenizer), isWhole);
    });
  }
});
