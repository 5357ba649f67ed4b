// Keeps a recorded pass in a file of JSON lines, so that a long pass can be taken up where it was broken off.
// The first line says what was recorded; a file of another pass is refused.

import { createHash } from "node:crypto";
import {
  appendFileSync,
  existsSync,
  readFileSync,
  writeFileSync,
} from "node:fs";
import type { PositionRecord, RecordedPass } from "./record";

/** 2: tokens are whole, and what healing took back stands beside them. */
const VERSION = 2;

/** What makes two passes the same: documents, plan, settings and model, as anything that JSON can hold. */
export function passKey(parts: unknown): string {
  return createHash("sha256").update(JSON.stringify(parts)).digest("hex");
}

/** Reads what a file holds into `pass`; returns what appends to it. */
export function openRecordFile(
  file: string,
  { key, pass }: { key: string; pass: RecordedPass },
): (record: PositionRecord) => void {
  if (existsSync(file)) readRecords(file, { key, pass });
  else writeFileSync(file, `${JSON.stringify({ version: VERSION, key })}\n`);
  return (record) => appendFileSync(file, `${JSON.stringify(record)}\n`);
}

function readRecords(
  file: string,
  { key, pass }: { key: string; pass: RecordedPass },
): void {
  const content = readFileSync(file, "utf8");
  const [head, ...lines] = content.split("\n");
  const header = parseLine(head ?? "") as
    { version?: number; key?: string } | undefined;
  if (header?.version !== VERSION || header.key !== key) {
    throw new Error(
      `Cannot go on with ${file}: it records another pass, expected the same documents, sample, seed, settings and model`,
    );
  }
  for (const line of lines) {
    // The last line may have been broken off in the middle.
    const record = parseLine(line) as PositionRecord | undefined;
    if (record) pass.add(record);
  }
  if (!content.endsWith("\n")) {
    appendFileSync(file, "\n");
  }
}

function parseLine(line: string): unknown {
  try {
    return line === "" ? undefined : JSON.parse(line);
  } catch {
    return undefined;
  }
}
