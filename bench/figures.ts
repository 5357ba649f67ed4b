// Small arithmetic and wording that all benchmarks share. Pure.

import { UsageError } from "../src/cli/options";

/** The middle value; of an even number of values the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  if (values.length === 0) {
    throw new RangeError(
      "Cannot take the median of no values: expected at least one",
    );
  }
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  const upper = sorted[half]!;
  return sorted.length % 2 === 1 ? upper : (sorted[half - 1]! + upper) / 2;
}

/** Rounds to a few decimals, so that JSON stays readable. */
export function rounded(value: number, decimals = 3): number {
  return Number(value.toFixed(decimals));
}

/** Measured values by name; made for rounds that visit every name in turn. */
export class Samples {
  private readonly values = new Map<string, number[]>();

  add(name: string, value: number): void {
    const values = this.values.get(name) ?? [];
    this.values.set(name, [...values, value]);
  }

  has(name: string): boolean {
    return this.values.has(name);
  }

  median(name: string): number {
    return rounded(median(this.values.get(name) ?? []));
  }
}

/** Reads a list such as "64,256,512"; throws a `UsageError` that names the option. */
export function parseTokenCounts(
  name: string,
  { text, max }: { text: string; max: number },
): number[] {
  const counts = text.split(",").map((each) => Number(each.trim() || NaN));
  const isValid = counts.every(
    (count) => Number.isInteger(count) && count >= 1 && count <= max,
  );
  if (!isValid) {
    throw new UsageError(
      `--${name} is "${text}", expected numbers of tokens from 1 to ${max} with commas between them, such as 64,512`,
    );
  }
  return [...new Set(counts)];
}

/** A table with a heading; columns are as wide as their widest cell, all but the first flush right. */
export function formatTable(
  heading: readonly string[],
  rows: readonly (readonly string[])[],
): string {
  const lines = [heading, ...rows];
  const widths = heading.map((_, column) =>
    Math.max(...lines.map((line) => (line[column] ?? "").length)),
  );
  return lines
    .map((line) =>
      widths
        .map((width, column) =>
          column === 0
            ? (line[column] ?? "").padEnd(width)
            : (line[column] ?? "").padStart(width),
        )
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}
