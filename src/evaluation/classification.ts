// What there is to tell of labels that were found for rows whose right labels are known. Pure.

import type { BeforeAfter, ClassificationReport } from "../protocol/training";
import { bootstrapInterval } from "./bootstrap";

/** The right label of a row and what each side found; all are places in the list of labels. */
export interface ClassifiedRow {
  expected: number;
  before: number;
  after: number;
  wordCount: number;
  majority: number;
}

type Side = "before" | "after" | "wordCount" | "majority";

/** Both reports of rows (at least one), with 95% intervals over rows that are drawn again and again. */
export function reportOnLabels(
  rows: readonly ClassifiedRow[],
  names: readonly string[],
): { accuracy: BeforeAfter; labels: ClassificationReport } {
  const share = (side: Side) => accuracyOf(rows, side);
  const interval = (
    of: (drawn: readonly ClassifiedRow[], side: Side) => number,
    than: Side,
  ) =>
    bootstrapInterval(rows, {
      statistic: (drawn) => of(drawn, "after") - of(drawn, than),
      seed: 1,
    });
  const f1 = (drawn: readonly ClassifiedRow[], side: Side) =>
    macroF1(drawn, side, names.length);
  return {
    accuracy: {
      before: share("before"),
      after: share("after"),
      ...interval(accuracyOf, "before"),
    },
    labels: {
      names: [...names],
      confusions: confusionsOf(
        rows.map(({ expected, after }) => ({ expected, found: after })),
        names.length,
      ),
      macroF1: {
        before: f1(rows, "before"),
        after: f1(rows, "after"),
        ...interval(f1, "before"),
      },
      wordCount: {
        accuracy: share("wordCount"),
        ...interval(accuracyOf, "wordCount"),
      },
      majority: share("majority"),
    },
  };
}

/** Numbers of rows by the right label, then by the one that was found: [labels][labels]. */
export function confusionsOf(
  rows: readonly { expected: number; found: number }[],
  numLabels: number,
): number[][] {
  const table = Array.from({ length: numLabels }, () =>
    new Array<number>(numLabels).fill(0),
  );
  for (const { expected, found } of rows) table[expected]![found]!++;
  return table;
}

function accuracyOf(rows: readonly ClassifiedRow[], side: Side): number {
  return rows.filter((row) => row[side] === row.expected).length / rows.length;
}

/**
 * The mean of F1 = 2 right / (rows of the label + rows it was found for) over the labels that rows have; one that rows
 * do not have, as can be when they are drawn, is left out.
 */
function macroF1(
  rows: readonly ClassifiedRow[],
  side: Side,
  numLabels: number,
): number {
  const right = new Array<number>(numLabels).fill(0);
  const expected = new Array<number>(numLabels).fill(0);
  const found = new Array<number>(numLabels).fill(0);
  for (const row of rows) {
    expected[row.expected]!++;
    found[row[side]]!++;
    if (row[side] === row.expected) right[row.expected]!++;
  }
  const scores = right.flatMap((count, label) =>
    expected[label] === 0
      ? []
      : [(2 * count) / (expected[label]! + found[label]!)],
  );
  return scores.reduce((sum, score) => sum + score, 0) / scores.length;
}
