import assert from "node:assert/strict";
import {
  confusionsOf,
  reportOnLabels,
  type ClassifiedRow,
} from "../../../src/evaluation/classification";
import { NaiveBayes } from "../../../src/evaluation/naiveBayes";
import { assertClose } from "../support/assertClose";

suite("NaiveBayes", () => {
  // Manning, Raghavan, Schütze, example 13.1.
  const book = new NaiveBayes([
    { text: "Chinese Beijing Chinese", label: "yes" },
    { text: "Chinese Chinese Shanghai", label: "yes" },
    { text: "Chinese Macao", label: "yes" },
    { text: "Tokyo Japan Chinese", label: "no" },
  ]);

  test("answers as the book's example, whatever the case, and passes over words it has not seen", () => {
    assert.equal(book.classify("Chinese Chinese Chinese Tokyo Japan"), "yes");
    assert.equal(book.classify("tokyo, JAPAN!"), "no");
    assert.equal(book.classify("unseen"), "yes");
    assert.equal(book.majority, "yes");
  });

  test("refuses to learn nothing", () => {
    assert.throws(() => new NaiveBayes([]), RangeError);
  });
});

suite("reportOnLabels()", () => {
  const row = (
    expected: number,
    before: number,
    after: number,
    wordCount: number,
  ): ClassifiedRow => ({ expected, before, after, wordCount, majority: 0 });
  const rows = [
    row(0, 0, 0, 0),
    row(0, 1, 0, 0),
    row(0, 1, 1, 0),
    row(1, 0, 1, 1),
  ];

  test("accuracy, macro F1, baselines and confusions of four rows, by hand", () => {
    const { accuracy, labels } = reportOnLabels(rows, ["a", "b"]);
    assert.equal(accuracy.before, 0.25);
    assert.equal(accuracy.after, 0.75);
    assert.deepEqual(labels.confusions, [
      [2, 1],
      [0, 1],
    ]);
    assert.equal(labels.wordCount.accuracy, 1);
    assert.ok(labels.wordCount.high <= 0);
    assert.equal(labels.majority, 0.75);
    // Before: a has F1 2/(3+2), b has 0. After: a has 4/(3+2), b has 2/(1+2).
    assertClose([labels.macroF1.before], [0.2], {
      name: "before",
      atol: 1e-12,
    });
    assertClose([labels.macroF1.after], [(0.8 + 2 / 3) / 2], {
      name: "after",
      atol: 1e-12,
    });
  });

  test("the interval of a gain in every row lies above 0, of no change it is 0", () => {
    const gain = Array.from({ length: 30 }, (_, i) =>
      row(i % 2, 1 - (i % 2), i % 2, 0),
    );
    const sure = reportOnLabels(gain, ["a", "b"]).accuracy;
    assert.deepEqual([sure.low, sure.high], [1, 1]);
    const same = gain.map((each) => ({ ...each, before: each.after }));
    const none = reportOnLabels(same, ["a", "b"]).accuracy;
    assert.deepEqual([none.low, none.high], [0, 0]);
  });

  test("confusionsOf() counts by the right label, then by the one found", () => {
    const found = [
      { expected: 0, found: 2 },
      { expected: 0, found: 2 },
      { expected: 2, found: 0 },
    ];
    assert.deepEqual(confusionsOf(found, 3), [
      [0, 0, 2],
      [0, 0, 0],
      [1, 0, 0],
    ]);
  });
});
