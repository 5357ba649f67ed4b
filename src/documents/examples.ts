// Labelled examples of a task: a file of {"prompt", "completion"}, one a line or in a JSON array, in one of the two forms
// that chat models are tuned with, or with two columns of other names, as JSON or as a table. All faults are collected by line, so that a user can mend a file in one go;
// where all rows have the same one, the file is of another kind and it is told once.
// Prompt and completion are used as they stand: a space or a line end between them belongs into the file.

import { readOrdinaryFile } from "../common/ordinaryFile";
import { hashText } from "../common/random";
import { findLabels, labelOf } from "./labels";
import { findColumns, parseTable, type TableRow } from "./tables";
import { decodeText } from "./readDocument";
import type {
  ExampleError,
  ExampleFault,
  LabelledRows,
} from "../protocol/training";

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

/** The rows of a file, none where it is a table without the columns of question and answer. */
function writtenRows(text: string, parser: ExampleParser): WrittenRow[] {
  const content = contentOf(text);
  const table = parseTable(content);
  if (!table) return rowsIn(content);
  const { columns, rows, openQuote } = table;
  if (openQuote !== undefined) {
    parser.refuse({ line: openQuote, fault: "open quote" });
    return [];
  }
  const found = findColumns(columns.map((name) => name.toLowerCase()));
  if (found.prompt !== undefined && found.completion !== undefined) return rows;
  parser.refuse({ line: 1, fault: "columns", columns: columns.join(", ") });
  return [];
}

/** The text without a mark of its encoding; throws where it has too many lines. */
function contentOf(text: string): string {
  const content = text.replace(/^\uFEFF/, "");
  const numLines = content.split("\n", MAX_EXAMPLE_LINES + 1).length;
  if (numLines > MAX_EXAMPLE_LINES) {
    throw new RangeError(
      `Cannot read the examples: they have more than ${MAX_EXAMPLE_LINES} lines, expected at most as many`,
    );
  }
  return content;
}

/** A text to be told the label of. */
export interface UnlabelledText {
  prompt: string;
  /** Undefined where the file does not say. */
  completion: string | undefined;
}

/**
 * The texts of a file, for a model to find their labels: rows in any of the forms above, with an answer or without, or
 * lines of plain text. Every row is kept, also one that stands twice. Throws at the first one that cannot be read.
 */
export function parseTexts(text: string): UnlabelledText[] {
  const content = contentOf(text);
  const table = parseTable(content);
  const hasTexts =
    table &&
    findColumns(table.columns.map((name) => name.toLowerCase())).prompt !==
      undefined;
  if (!hasTexts && !/^\s*[[{]/.test(content)) {
    return content
      .split(/\r?\n/)
      .filter((line) => line.trim() !== "")
      .map((prompt) => ({ prompt, completion: undefined }));
  }
  const rows = hasTexts ? table.rows : rowsIn(content);
  return rows.map((written) => {
    const row = parseRow(written);
    if (typeof row !== "string") return row;
    const prompt = LACKS_COMPLETION.has(row) ? promptOf(written) : undefined;
    if (typeof prompt !== "string") {
      throw new TypeError(
        `Cannot read line ${written.line}: ${row}, expected a text`,
      );
    }
    return { prompt, completion: undefined };
  });
}

/** Takes row after row. */
class ExampleParser {
  private readonly parsed: ParsedExamples = { examples: [], errors: [] };
  private readonly lineOfRow = new Map<string, number>();

  add(written: WrittenRow): void {
    const { line } = written;
    const row = parseRow(written);
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

/** A row of JSON as it is written, with its first line. */
interface JsonRow {
  content: string;
  line: number;
}

type WrittenRow = JsonRow | TableRow;

function rowsIn(text: string): JsonRow[] {
  if (/^\s*\[\s*(?:[{\]]|$)/.test(text.slice(0, 1000))) return elementsOf(text);
  return text
    .split("\n")
    .map((content, index) => ({ content, line: index + 1 }))
    .filter(({ content }) => content.trim() !== "");
}

/** The elements of a JSON array as they are written; each is read by itself, so that one that is broken has its line. */
function elementsOf(text: string): JsonRow[] {
  const rows: JsonRow[] = [];
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

type Row = { prompt: string; completion: string };

function parseRow(written: WrittenRow): Row | ExampleFault {
  const fields = fieldsOf(written);
  if (typeof fields === "string") return fields;
  const row = readForm(fields);
  if (typeof row === "string") return row;
  const { prompt, completion } = row;
  if (typeof prompt !== "string") return "no prompt";
  if (typeof completion !== "string") {
    return "text" in fields ? "text alone" : "no completion";
  }
  if (prompt.trim() === "") return "empty prompt";
  if (completion.trim() === "") return "empty completion";
  return { prompt, completion };
}

const LACKS_COMPLETION: ReadonlySet<ExampleFault> = new Set([
  "no completion",
  "empty completion",
  "text alone",
]);

/** The prompt alone, of a row that has no completion. */
function promptOf(written: WrittenRow): unknown {
  const fields = fieldsOf(written);
  const row = typeof fields === "string" ? fields : readForm(fields);
  return typeof row === "string" ? undefined : row.prompt;
}

/** What a row has under which names. */
function fieldsOf(written: WrittenRow): Record<string, unknown> | ExampleFault {
  if ("fields" in written) return written.fields ?? "other columns";
  let json: unknown;
  try {
    json = JSON.parse(written.content);
  } catch {
    return "not JSON";
  }
  return typeof json !== "object" || json === null || Array.isArray(json)
    ? "not an object"
    : (json as Record<string, unknown>);
}

/** What stands between question and answer where a form has no place for it. */
const BETWEEN = "\n\n";

/** Prompt and completion of a row, whatever it calls them. */
function readForm(
  row: Record<string, unknown>,
): { prompt: unknown; completion: unknown } | ExampleFault {
  if ("chosen" in row && "rejected" in row) return "preferences";
  if ("prompt" in row && "completion" in row) {
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
  return readColumns(row);
}

/** By the names of columns; a prompt that is called so is used as it stands. */
function readColumns(row: Record<string, unknown>): {
  prompt: unknown;
  completion: unknown;
} {
  const { prompt, completion } = findColumns(Object.keys(row));
  const asked = prompt === undefined ? undefined : row[prompt];
  const answer = completion === undefined ? undefined : row[completion];
  return {
    prompt:
      typeof asked === "string" && asked !== "" && prompt !== "prompt"
        ? ended([asked])
        : asked,
    // Labels are often numbers.
    completion: typeof answer === "number" ? String(answer) : answer,
  };
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
  /** Undefined where the completions are no labels. */
  labels: LabelledRows | undefined;
}

/**
 * Splits rows by a hash of their prompt: rows with the same prompt are on one side, and a row stays there whatever is
 * added to the file. Where a file is so small that chance leaves too few, the next ones in the hash's order follow.
 * Rows with labels are split label by label, so that both sides have each label in the same share.
 */
export function splitExamples(
  examples: readonly LabelledExample[],
  { seed = 0 }: { seed?: number } = {},
): SplitRows {
  const labels = findLabels(examples);
  const places = [...new Set(examples.map(({ prompt }) => simplify(prompt)))]
    .map((prompt) => ({ prompt, place: hashText(prompt, seed) / 2 ** 32 }))
    .sort((a, b) => a.place - b.place);
  const inOrder = places.map(({ prompt }) => prompt);
  const chosen = labels
    ? drawByLabel(inOrder, examples)
    : inOrder.slice(0, countHeldOut(places));
  const heldOutPrompts = new Set(chosen);
  const isHeldOut = ({ prompt }: LabelledExample) =>
    heldOutPrompts.has(simplify(prompt));
  return {
    training: examples.filter((example) => !isHeldOut(example)),
    heldOut: examples.filter(isHeldOut),
    labels,
  };
}

/** Of prompts in the hash's order, so many from the front. */
function countHeldOut(places: readonly { place: number }[]): number {
  const wanted = places.filter(({ place }) => place < HELD_OUT_SHARE).length;
  const most = Math.floor(places.length * MAX_HELD_OUT_SHARE);
  return Math.min(Math.max(wanted, MIN_HELD_OUT_EXAMPLES), most);
}

/** The first prompts of each label, in the share that all together should have; a prompt with two labels counts once. */
function drawByLabel(
  inOrder: readonly string[],
  examples: readonly LabelledExample[],
): string[] {
  const labelOfPrompt = new Map(
    examples.map((row) => [simplify(row.prompt), labelOf(row)]),
  );
  const byLabel = new Map<string, string[]>();
  for (const prompt of inOrder) {
    const label = labelOfPrompt.get(prompt)!;
    byLabel.set(label, [...(byLabel.get(label) ?? []), prompt]);
  }
  const share = Math.max(
    HELD_OUT_SHARE,
    MIN_HELD_OUT_EXAMPLES / inOrder.length,
  );
  // Whole rows of the sum so far: what rounding takes from one label the next one gets.
  let numSeen = 0;
  let numDrawn = 0;
  return [...byLabel.values()].flatMap((prompts) => {
    numSeen += prompts.length;
    const fair = Math.round(numSeen * share) - numDrawn;
    const count = Math.min(Math.max(1, fair), prompts.length - 1);
    numDrawn += count;
    return prompts.slice(0, count);
  });
}

/** White space and case do not make a prompt another one. */
function simplify(prompt: string): string {
  return prompt.trim().toLowerCase().replace(/\s+/g, " ");
}

/** How many rows there are and how many are needed; undefined when a file can be trained on. */
export function findExamplesShortage({
  training,
  heldOut,
}: Pick<SplitRows, "training" | "heldOut">):
  { rows: number; needed: number } | undefined {
  return training.length < MIN_TRAINING_EXAMPLES ||
    heldOut.length < MIN_HELD_OUT_EXAMPLES
    ? {
        rows: training.length + heldOut.length,
        needed: MIN_TRAINING_EXAMPLES + MIN_HELD_OUT_EXAMPLES,
      }
    : undefined;
}
