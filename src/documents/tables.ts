// Tables of labelled examples: CSV with a header (RFC 4180), with commas, semicolons, tabs or bars between the columns.
// The columns of the question and of the answer are found by their names.

import { CsvError, parse } from "csv-parse/sync";

/** Names of the column that is asked; of several in a table the first one here counts. */
export const PROMPT_COLUMNS = [
  "prompt",
  "text",
  "input",
  "question",
  "sentence",
  "instruction",
];

/** Names of the column that is the answer. */
export const COMPLETION_COLUMNS = [
  "completion",
  "label",
  "class",
  "category",
  "output",
  "answer",
];

/** A row of a table by the names of its columns in lower case. */
export interface TableRow {
  /** In the file, from 1, of its end: a quoted column may have several lines. */
  line: number;
  /** Undefined where it has another number of columns than the head. */
  fields: Record<string, string> | undefined;
}

/** A table as it was read. */
export interface Table {
  /** As they are written in the head. */
  columns: string[];
  rows: TableRow[];
  /** The last line where a quoted column never ends: nothing is read then. */
  openQuote: number | undefined;
}

/** Which of some names, in lower case, are those of question and answer; undefined where none is. */
export function findColumns(names: readonly string[]): {
  prompt: string | undefined;
  completion: string | undefined;
} {
  const isThere = (name: string) => names.includes(name);
  return {
    prompt: PROMPT_COLUMNS.find(isThere),
    completion: COMPLETION_COLUMNS.find(isThere),
  };
}

/** Reads a table; undefined where the first line is no head of one. */
export function parseTable(text: string): Table | undefined {
  const delimiter = findDelimiter(text);
  if (delimiter === undefined) return undefined;
  try {
    const records = parse(text.replaceAll("\r\n", "\n"), {
      delimiter,
      info: true,
      relax_column_count: true,
      relax_quotes: true,
      skip_empty_lines: true,
    }) as unknown as CsvRecord[];
    const [head, ...rest] = records;
    const columns = head!.record.map((name) => name.trim());
    const names = columns.map((name) => name.toLowerCase());
    const rows = rest.map(({ record, info }) => ({
      line: info.lines,
      fields:
        record.length === names.length
          ? Object.fromEntries(names.map((name, i) => [name, record[i]!]))
          : undefined,
    }));
    return { columns, rows, openQuote: undefined };
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    const lines = (error as CsvError & { lines?: number }).lines ?? 1;
    return { columns: [], rows: [], openQuote: lines };
  }
}

/** What csv-parse gives of a row when it is asked for `info`. */
interface CsvRecord {
  record: string[];
  info: { lines: number };
}

const DELIMITERS = [",", ";", "\t", "|"];

/** What stands between names in the first line: words, and no sentence. */
function findDelimiter(text: string): string | undefined {
  const head = text
    .trimStart()
    .slice(0, 2000)
    .split(/\r?\n|\r/, 1)[0]!;
  const isName = (name: string) =>
    /^"?[\p{L}\p{N}_#-]+(?: [\p{L}\p{N}_#-]+){0,2}"?$/u.test(name.trim());
  return DELIMITERS.find((delimiter) => {
    const names = head.split(delimiter);
    return names.length > 1 && names.every(isName);
  });
}
