// Labelled examples of a task: a file of {"prompt", "completion"}, one a line or in a JSON array, or in one of the two
// forms that chat models are tuned with. All faults are collected by line, so that a user can mend a file in one go;
// where all rows have the same one, the file is of another kind and it is told once.
// Prompt and completion are used as they stand: a space or a line end between them belongs into the file.

import { readOrdinaryFile } from "../common/ordinaryFile";
import { hashText } from "../common/random";
import { decodeText } from "./readDocument";
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
const MAX_EXAMPLE_BYTES = 20_000_000;
/** More lines are refused before any is read: a line that is no JSON takes ten times as long as one that is. */
const MAX_EXAMPLE_LINES = 100_000;

/** The text of a file of examples; throws where it is no file of that kind and size. */
export function readExamples(file: string): string {
  const text = decodeText(
    readOrdinaryFile(file, { maxBytes: MAX_EXAMPLE_BYTES }),
  );
  if (text !== undefined) return text;
  throw new TypeError(
    `Cannot read ${file}: it is no text, expected JSON, one object a line`,
  );
}

/** Reads the text of a file; empty lines are passed over, and a row that stands twice is used once. */
export function parseExamples(text: string): ParsedExamples {
  const parser = new ExampleParser();
  for (const row of writtenRows(text, parser)) parser.add(row);
  return parser.end();
}

/** The same for a thread that also answers people: `breathe` is awaited between any two rows. */
export async function parseExamplesInTurns(
  text: string,
  breathe: () => Promise<void>,
): Promise<ParsedExamples> {
  const parser = new ExampleParser();
  for (const row of writtenRows(text, parser)) {
    parser.add(row);
    await breathe();
  }
  return parser.end();
}

/** The rows of a file, none where it is a table. */
function writtenRows(text: string, parser: ExampleParser): WrittenRow[] {
  const content = text.replace(/^\uFEFF/, "");
  const numLines = content.split("\n", MAX_EXAMPLE_LINES + 1).length;
  if (numLines > MAX_EXAMPLE_LINES) {
    throw new RangeError(
      `Cannot read the examples: they have more than ${MAX_EXAMPLE_LINES} lines, expected at most as many`,
    );
  }
  if (!isTable(content)) return rowsIn(content);
  parser.refuse({ line: 1, fault: "table" });
  return [];
}

/** Takes row after row. */
class ExampleParser {
  private readonly parsed: ParsedExamples = { examples: [], errors: [] };
  private readonly lineOfRow = new Map<string, number>();

  add({ content, line }: WrittenRow): void {
    const row = parseRow(content);
    if (typeof row === "string") {
      this.refuse({ line, fault: row });
      return;
    }
    const key = JSON.stringify([row.prompt, row.completion]);
    const firstLine = this.lineOfRow.get(key);
    if (firstLine !== undefined) {
      this.refuse({ line, fault: "duplicate", firstLine });
      return;
    }
    this.lineOfRow.set(key, line);
    this.parsed.examples.push({ ...row, line });
  }

  refuse(error: ExampleError): void {
    this.parsed.errors.push(error);
  }

  /** What was read; a file of which every row has the same fault is of another kind, and said to be once. */
  end(): ParsedExamples {
    const { examples, errors } = this.parsed;
    const isOfAnotherKind =
      examples.length === 0 &&
      new Set(errors.map(({ fault }) => fault)).size === 1;
    if (isOfAnotherKind) errors.splice(1);
    return this.parsed;
  }
}

/** A row as it is written, with its first line. */
interface WrittenRow {
  content: string;
  line: number;
}

function rowsIn(text: string): WrittenRow[] {
  if (/^\s*\[\s*(?:[{\]]|$)/.test(text.slice(0, 1000))) return elementsOf(text);
  return text
    .split("\n")
    .map((content, index) => ({ content, line: index + 1 }))
    .filter(({ content }) => content.trim() !== "");
}

/** The elements of a JSON array as they are written; each is read by itself, so that one that is broken has its line. */
function elementsOf(text: string): WrittenRow[] {
  const rows: WrittenRow[] = [];
  let depth = 0;
  let line = 1;
  let isInString = false;
  let start: { at: number; line: number } | undefined;
  for (let at = 0; at < text.length; at++) {
    const character = text[at]!;
    if (character === "\n") line++;
    if (isInString) {
      if (character === "\\") at++;
      else if (character === '"') isInString = false;
      continue;
    }
    const isClose = character === "]" || character === "}";
    if (start && depth === 1 && (character === "," || isClose)) {
      const content = text.slice(start.at, at);
      if (content.trim() !== "") rows.push({ content, line: start.line });
      start = undefined;
    }
    if (character === '"') isInString = true;
    if (isClose) depth--;
    if (depth === 1 && !start && !/[\s,\]}]/.test(character)) {
      start = { at, line };
    }
    if (character === "[" || character === "{") depth++;
  }
  // The file ends within a row.
  if (start) rows.push({ content: text.slice(start.at), line: start.line });
  return rows;
}

/** The names of columns that a table of examples has, and not a JSON file. */
const TABLE_HEAD =
  /^\s*"?(?:id|prompt|completion|instruction|input|output|question|answer|text|label|response|context)"?\s*(?:[,;\t|]\s*"?[\w ]{1,40}"?\s*){1,40}$/i;

function isTable(text: string): boolean {
  return TABLE_HEAD.test(text.slice(0, 2000).split("\n", 1)[0]!);
}

type Row = { prompt: string; completion: string };

function parseRow(content: string): Row | ExampleFault {
  let json: unknown;
  try {
    json = JSON.parse(content);
  } catch {
    return "not JSON";
  }
  if (typeof json !== "object" || json === null || Array.isArray(json)) {
    return "not an object";
  }
  const row = readForm(json as Record<string, unknown>);
  if (typeof row === "string") return row;
  const { prompt, completion } = row;
  if (typeof prompt !== "string") return "no prompt";
  if (typeof completion !== "string") return "no completion";
  if (prompt === "") return "empty prompt";
  if (completion.trim() === "") return "empty completion";
  return { prompt, completion };
}

/** What stands between question and answer where a form has no place for it. */
const BETWEEN = "\n\n";

/** Prompt and completion of a row, whatever it calls them. */
function readForm(
  row: Record<string, unknown>,
): { prompt: unknown; completion: unknown } | ExampleFault {
  if ("chosen" in row && "rejected" in row) return "preferences";
  if ("prompt" in row || "completion" in row) {
    return { prompt: row["prompt"], completion: row["completion"] };
  }
  if ("instruction" in row) {
    // Alpaca's form: the input is a text that the instruction is about.
    const { instruction, input, output } = row;
    const parts = [instruction, input].filter((part) => part && part !== "");
    return parts.every((part) => typeof part === "string")
      ? { prompt: ended(parts), completion: output }
      : "no prompt";
  }
  const turns = row["messages"] ?? row["conversations"];
  if (Array.isArray(turns)) return readTurns(turns);
  if (typeof row["text"] === "string") return "text alone";
  return { prompt: undefined, completion: undefined };
}

/** One question and its answer, with what the system says before them. */
function readTurns(
  turns: readonly unknown[],
): { prompt: unknown; completion: unknown } | ExampleFault {
  const said = turns.map((turn) => {
    const { role, from, content, value } = (turn ?? {}) as Record<
      string,
      unknown
    >;
    return { who: role ?? from, text: content ?? value };
  });
  const texts = said.map(({ text }) => text);
  if (!texts.every((text) => typeof text === "string")) return "no prompt";
  const whose = said.map(({ who }) => SPEAKERS.get(who as string) ?? "other");
  const order = whose.join(" ");
  if (order !== "user assistant" && order !== "system user assistant") {
    return "several turns";
  }
  return { prompt: ended(texts.slice(0, -1)), completion: texts.at(-1) };
}

/** The names that the forms have for those who speak. */
const SPEAKERS = new Map([
  ["system", "system"],
  ["user", "user"],
  ["human", "user"],
  ["assistant", "assistant"],
  ["gpt", "assistant"],
]);

function ended(parts: readonly unknown[]): string {
  return parts.length === 0 ? "" : parts.join(BETWEEN) + BETWEEN;
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
