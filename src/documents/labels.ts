// Rows whose completions are few distinct ones: classification. Which labels there are, and what stands around the text
// in every prompt.

import type { LabelledRows } from "../protocol/training";

/** What labels are found in. */
interface Row {
  prompt: string;
  completion: string;
}

/** More are no longer a table that a person reads. */
const MAX_LABELS = 20;
/** Rows for each label on average: fewer are answers that happen to recur. */
const MIN_ROWS_PER_LABEL = 10;
/** A label that was written once is perhaps a slip. */
const MIN_ROWS_OF_LABEL = 2;

/** A completion without the white space at both ends. */
export function labelOf({ completion }: Pick<Row, "completion">): string {
  return completion.trim();
}

/**
 * The labels of rows, the most frequent first; undefined where the completions are no labels: at least 2 and at most 20
 * distinct ones, each in at least two rows, and ten times as many rows as labels.
 */
export function findLabels(rows: readonly Row[]): LabelledRows | undefined {
  const counts = new Map<string, { completion: string; rows: number }>();
  for (const row of rows) {
    const label = labelOf(row);
    const known = counts.get(label);
    if (known) known.rows++;
    else counts.set(label, { completion: row.completion, rows: 1 });
    if (counts.size > MAX_LABELS) return undefined;
  }
  const found = [...counts.values()].sort((a, b) => b.rows - a.rows);
  const areLabels =
    found.length >= 2 &&
    found.length * MIN_ROWS_PER_LABEL <= rows.length &&
    found.every((each) => each.rows >= MIN_ROWS_OF_LABEL);
  if (!areLabels) return undefined;
  return {
    completions: found.map(({ completion }) => completion),
    ...findFrame(rows.map(({ prompt }) => prompt)),
  };
}

/** The text within a prompt. */
export function unframed(
  prompt: string,
  { before, after }: Pick<LabelledRows, "before" | "after">,
): string {
  return prompt.slice(before.length, prompt.length - after.length);
}

/**
 * What all prompts begin and end with. It ends and begins with white space, so that a letter or a full stop that they
 * happen to share is none of it.
 */
function findFrame(prompts: readonly string[]): {
  before: string;
  after: string;
} {
  const shortest = Math.min(...prompts.map((prompt) => prompt.length));
  const [first = ""] = prompts;
  const isShared = (take: (prompt: string) => string) =>
    prompts.every((prompt) => take(prompt) === take(first));
  let start = 0;
  while (start < shortest && isShared((prompt) => prompt[start]!)) start++;
  const before = /^[^]*\s|/.exec(first.slice(0, start))![0];
  let end = 0;
  const most = shortest - before.length;
  while (end < most && isShared((prompt) => prompt.at(-1 - end)!)) end++;
  const after = /\s[^]*$|$/.exec(first.slice(first.length - end))![0];
  return { before, after };
}
