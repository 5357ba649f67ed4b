// What an adapter of a task is recommended for, and that a simpler means that does better is named.
import assert from "node:assert/strict";
import type { ExamplesReport, Verdict } from "../../../src/protocol/training";
import type * as Recommendation from "../../../src/words/recommendation";
import { wordsInEnglish } from "../support/wordsInEnglish";

const { recommendation } =
  wordsInEnglish<typeof Recommendation>("recommendation");

suite("recommendation() of a task", () => {
  const accuracy = { before: 0.5, after: 0.8, low: 0.1, high: 0.5 };
  const withWordCount = (wordCount: number): ExamplesReport => ({
    rows: 60,
    accuracy,
    labels: {
      names: ["a", "b"],
      confusions: [
        [24, 6],
        [6, 24],
      ],
      macroF1: accuracy,
      wordCount: { accuracy: wordCount, low: 0, high: 0 },
      majority: 0.5,
    },
  });
  const check = (
    verdict: Verdict,
    examples: ExamplesReport,
    expected: RegExp,
  ) => {
    const sentence = recommendation({ verdict, proof: undefined, examples });
    assert.match(sentence, expected);
    return sentence;
  };

  test("labels are found, other answers are given exactly", () => {
    const labels = withWordCount(0.7);
    check("helps", labels, /^Switch it on: it finds the right label of 80\.0/);
    check("no-gain", labels, /^Leave it off: it finds .* may be chance\.$/);
    check("forgets", labels, /^Leave it off while you write: .* worse at/);
    const exact = { rows: 60, accuracy };
    check("helps", exact, /^Switch it on: it answers 80\.0/);
    check("no-gain", exact, /^Leave it off: it answers/);
  });

  test("a count of words is named where it does better, whatever the verdict, and only there", () => {
    for (const verdict of ["helps", "no-gain", "forgets"] as const) {
      check(verdict, withWordCount(0.9), /Counting words alone.* 90\.0/);
      const other = check(verdict, withWordCount(0.8), /80\.0/);
      assert.doesNotMatch(other, /Counting words/);
    }
  });
});
