// A table of confusions in the terminal.

import type { ClassificationReport } from "../protocol/training";

/** One line for each right label: how often each label was found for it. */
export function describeConfusions({
  names,
  confusions,
}: Pick<ClassificationReport, "names" | "confusions">): string {
  const rows = [
    ["right \\ found", ...names],
    ...names.map((name, index) => [name, ...confusions[index]!.map(String)]),
  ];
  const widths = rows[0]!.map((_, column) =>
    Math.max(...rows.map((row) => row[column]!.length)),
  );
  return rows
    .map(([name, ...cells]) =>
      [
        name!.padEnd(widths[0]!),
        ...cells.map((cell, index) => cell.padStart(widths[index + 1]!)),
      ].join("  "),
    )
    .join("\n");
}

/** A share of 1 as hundredths with one digit. */
export function percent(share: number): string {
  return `${(100 * share).toFixed(1)}%`;
}
