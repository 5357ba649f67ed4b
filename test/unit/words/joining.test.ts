// How pieces stand beside each other in three languages, of which two have no bundle or their own stops.
import assert from "node:assert/strict";
import { wordsIn } from "../support/wordsInEnglish";

type Joining = typeof import("../../../src/words/joining");

suite("joining", () => {
  const languages: [
    language: string,
    list: string,
    percent: string,
    sentences: string,
    both: string,
  ][] = [
    ["en", "a, b, c", "31%", "A. B", "A. B."],
    ["de", "a, b und c", "31\u00a0%", "A. B", "A. B."],
    ["zh-cn", "a、b、c", "31%", "A。B", "A.B."],
  ];
  for (const [language, list, percent, sentences, both] of languages) {
    const words = wordsIn<Joining>(language, "joining");

    test(`lists, percentages and sentences are those of ${language}`, () => {
      assert.equal(words.listOf(["a", "b", "c"]), list);
      assert.equal(words.percentage(0.314), percent);
      assert.equal(words.sentencesInOne(["A", "B"]), sentences);
      assert.equal(words.twoSentences("A.", "B."), both);
    });
  }

  test("a name, a remark and a stop in Chinese are full-width", () => {
    const words = wordsIn<Joining>("zh-cn", "joining");
    assert.equal(words.labelled("a.md", "太大"), "a.md：太大");
    assert.equal(words.inklingSays("太大"), "Inkling：太大");
    assert.equal(words.withStop("太大"), "太大。");
    assert.equal(words.percentage(0.3149, 1), "31.5%");
  });

  test("nothing and one element are lists too", () => {
    const words = wordsIn<Joining>("en", "joining");
    assert.equal(words.listOf([]), "");
    assert.equal(words.listOf(["a"]), "a");
    assert.equal(words.sentencesInOne(["A"]), "A");
  });
});
