// What the terminal says of documents and examples that are left out or too few.

import { assertNever } from "../common/assertNever";
import type { Shortage } from "../documents/chooseDocuments";
import { COMPLETION_COLUMNS, PROMPT_COLUMNS } from "../documents/tables";
import type { LeftOutDocument } from "../documents/collectDocuments";
import type { ExampleError, Skipped } from "../protocol/training";

/** Lines of a file that are told one by one; of further ones only the number. */
const MAX_TOLD_LINES = 10;

/** What a run passes over, a line of text for each. */
export function describeSkipped(skipped: Skipped): string[] {
  const { name } = skipped;
  return reasonsOf(skipped).map((reason) => `Left out: ${name} (${reason})`);
}

function reasonsOf(skipped: Skipped): string[] {
  if ("reason" in skipped) return [skipped.reason];
  const { lines } = skipped;
  const told = lines.slice(0, MAX_TOLD_LINES).map(describeExampleError);
  const more = lines.length - told.length;
  return more > 0 ? [...told, `and ${more} more`] : told;
}

function describeExampleError({
  line,
  fault,
  firstLine,
  columns,
}: ExampleError): string {
  switch (fault) {
    case "not JSON":
    case "not an object":
    case "longer than a block":
      return `line ${line} is ${fault}`;
    case "columns":
      return `it is a table with the columns ${columns}, expected a column ${PROMPT_COLUMNS.join(", ")} and a column ${COMPLETION_COLUMNS.join(", ")}`;
    case "open quote":
      return `it is a table with a quoted column that does not end before line ${line}`;
    case "other columns":
      return `line ${line} has another number of columns than the first line; write texts with the separator in them in quotes`;
    case "preferences":
      return `line ${line} compares a "chosen" and a "rejected" answer, expected "prompt" and "completion"`;
    case "text alone":
      return `line ${line} has a "text" and no question; learn plain texts by --documents`;
    case "several turns":
      return `line ${line} is a conversation of several turns, expected one question and its answer`;
    case "no prompt":
      return `line ${line} has no text called "prompt"`;
    case "no completion":
      return `line ${line} has no text called "completion"`;
    case "empty prompt":
    case "empty completion":
      return `line ${line} has an ${fault}`;
    case "duplicate":
      return `line ${line} is the same as line ${firstLine}`;
    default:
      return assertNever(fault);
  }
}

/** A shortage as an error message, with what was left out and why. */
export function describeShortage(
  shortage: Shortage,
  { folder, leftOut }: { folder: string; leftOut: readonly LeftOutDocument[] },
): string {
  const { trainingTokens, heldOutDocuments } = shortage;
  const reasons = countReasons(leftOut);
  return (
    `Cannot train on ${folder}: there are about ${trainingTokens.toLocaleString("en")} tokens to learn from and ${heldOutDocuments} documents to hold out, ` +
    `expected at least ${shortage.neededTrainingTokens.toLocaleString("en")} tokens and at least ${shortage.neededHeldOutDocuments} document to hold out` +
    (reasons === "" ? "" : ` (left out: ${reasons})`)
  );
}

/** How many files are left out for each reason, as "3 too short, 1 secret". */
function countReasons(leftOut: readonly LeftOutDocument[]): string {
  const counts = new Map<string, number>();
  for (const { reason } of leftOut) {
    counts.set(reason, (counts.get(reason) ?? 0) + 1);
  }
  return [...counts]
    .sort(([, a], [, b]) => b - a)
    .map(([reason, count]) => `${count} ${reason}`)
    .join(", ");
}
