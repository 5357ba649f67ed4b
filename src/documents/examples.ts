// Labelled examples of a task: a JSONL file of {"prompt", "completion"}, one a line. All faults are collected by line,
// so that a user can mend a file in one go. Prompt and completion are used as they stand: a space or a line end
// between them belongs into the file.

import { hashText } from "../common/random";
import type { ExampleError, ExampleFault } from "../protocol/training";

/** One row. */
export interface LabelledExample {
  prompt: string;
  completion: string;
  /** In the file, from 1. */
  line: number;
}

/** What a file holds. */
export interface ParsedExamples {
  examples: LabelledExample[];
  errors: ExampleError[];
}

/** A longer file is no list of examples that a person has written or looked through. */
export const MAX_EXAMPLE_BYTES = 20_000_000;
/** More lines are refused before any is read: a line that is no JSON takes ten times as long as one that is. */
const MAX_EXAMPLE_LINES = 100_000;

/** Reads the text of a JSONL file; empty lines are passed over, and a row that stands twice is used once. */
export function parseExamples(text: string): ParsedExamples {
  const parser = new ExampleParser();
  for (const line of exampleLines(text)) parser.add(line);
  return parser.parsed;
}

/** The same for a thread that also answers people: `breathe` is awaited between any two lines. */
export async function parseExamplesInTurns(
  text: string,
  breathe: () => Promise<void>,
): Promise<ParsedExamples> {
  const parser = new ExampleParser();
  for (const line of exampleLines(text)) {
    parser.add(line);
    await breathe();
  }
  return parser.parsed;
}

function exampleLines(text: string): string[] {
  const lines = text.replace(/^\uFEFF/, "").split("\n", MAX_EXAMPLE_LINES + 1);
  if (lines.length <= MAX_EXAMPLE_LINES) return lines;
  throw new RangeError(
    `Cannot read the examples: they have more than ${MAX_EXAMPLE_LINES} lines, expected at most as many`,
  );
}

/** Takes line after line. */
class ExampleParser {
  readonly parsed: ParsedExamples = { examples: [], errors: [] };
  private readonly lineOfRow = new Map<string, number>();
  private line = 0;

  add(content: string): void {
    const line = ++this.line;
    if (content.trim() === "") return;
    const row = parseRow(content);
    if (typeof row === "string") {
      this.parsed.errors.push({ line, fault: row });
      return;
    }
    const key = JSON.stringify([row.prompt, row.completion]);
    const firstLine = this.lineOfRow.get(key);
    if (firstLine !== undefined) {
      this.parsed.errors.push({ line, fault: "duplicate", firstLine });
      return;
    }
    this.lineOfRow.set(key, line);
    this.parsed.examples.push({ ...row, line });
  }
}

function parseRow(
  content: string,
): { prompt: string; completion: string } | ExampleFault {
  let json: unknown;
  try {
    json = JSON.parse(content);
  } catch {
    return "not JSON";
  }
  if (typeof json !== "object" || json === null || Array.isArray(json)) {
    return "not an object";
  }
  const { prompt, completion } = json as Record<string, unknown>;
  if (typeof prompt !== "string") return "no prompt";
  if (typeof completion !== "string") return "no completion";
  if (prompt === "") return "empty prompt";
  if (completion.trim() === "") return "empty completion";
  return { prompt, completion };
}

/** Fewer rows teach no task. */
export const MIN_TRAINING_EXAMPLES = 20;

/** With fewer, accuracy says nothing. */
export const MIN_HELD_OUT_EXAMPLES = 5;

const HELD_OUT_SHARE = 0.15;
const MAX_HELD_OUT_SHARE = 0.4;

/** Both sides of a file. */
export interface SplitRows {
  training: LabelledExample[];
  heldOut: LabelledExample[];
}

/**
 * Splits rows by a hash of their prompt: rows with the same prompt are on one side, and a row stays there whatever is
 * added to the file. Where a file is so small that chance leaves too few, the next ones in the hash's order follow.
 */
export function splitExamples(
  examples: readonly LabelledExample[],
  { seed = 0 }: { seed?: number } = {},
): SplitRows {
  const prompts = new Set(examples.map(({ prompt }) => simplify(prompt)));
  const inOrder = [...prompts]
    .map((prompt) => ({ prompt, place: hashText(prompt, seed) / 2 ** 32 }))
    .sort((a, b) => a.place - b.place);
  const wanted = inOrder.filter(({ place }) => place < HELD_OUT_SHARE).length;
  const most = Math.floor(inOrder.length * MAX_HELD_OUT_SHARE);
  const count = Math.min(Math.max(wanted, MIN_HELD_OUT_EXAMPLES), most);
  const heldOutPrompts = new Set(
    inOrder.slice(0, count).map(({ prompt }) => prompt),
  );
  const isHeldOut = ({ prompt }: LabelledExample) =>
    heldOutPrompts.has(simplify(prompt));
  return {
    training: examples.filter((example) => !isHeldOut(example)),
    heldOut: examples.filter(isHeldOut),
  };
}

/** White space and case do not make a prompt another one. */
function simplify(prompt: string): string {
  return prompt.trim().toLowerCase().replace(/\s+/g, " ");
}

/** How many rows there are and how many are needed; undefined when a file can be trained on. */
export function findExamplesShortage({
  training,
  heldOut,
}: SplitRows): { rows: number; needed: number } | undefined {
  return training.length < MIN_TRAINING_EXAMPLES ||
    heldOut.length < MIN_HELD_OUT_EXAMPLES
    ? {
        rows: training.length + heldOut.length,
        needed: MIN_TRAINING_EXAMPLES + MIN_HELD_OUT_EXAMPLES,
      }
    : undefined;
}
