// Reads one document as a model sees it, or says why it may not be learned from. Whoever wants the text of a document
// for training or for a preview reads it here, so that a file that has changed since it was chosen is looked at again.

import { open } from "node:fs/promises";
import type { LeftOutReason } from "../protocol/training";
import { extractComments } from "./extractComments";
import { isSourceCode } from "./documentKinds";
import {
  isGeneratedName,
  isGeneratedText,
  withoutData,
} from "./generatedFiles";
import { isSecretFile } from "./secretFiles";
import { holdsSecret } from "./secretText";

/** What a file must be to be learned from. */
export interface DocumentLimits {
  /** Of the file. */
  maxBytes: number;
  /** Of the text, white space at its ends not counted. */
  minCharacters: number;
}

/** A longer text is a log or a dump; 150 characters are two sentences. */
export const DEFAULT_LIMITS: DocumentLimits = {
  maxBytes: 1_000_000,
  minCharacters: 150,
};

/** A text, or why there is none. */
export type ReadResult =
  | { text: string; sizeBytes: number }
  | { reason: LeftOutReason; sizeBytes: number | undefined };

/**
 * Reads a file; of source code the comments alone. `name` is relative to the workspace, with slashes.
 * Never rejects: a file that has vanished or may not be opened is "not readable".
 */
export async function readDocument(
  { file, name }: { file: string; name: string },
  limits: DocumentLimits = DEFAULT_LIMITS,
): Promise<ReadResult> {
  if (isSecretFile(name)) return { reason: "secret", sizeBytes: undefined };
  if (isGeneratedName(name)) {
    return { reason: "generated", sizeBytes: undefined };
  }
  const content = await readBytes(file, limits.maxBytes);
  if ("reason" in content) return content;
  const sizeBytes = content.bytes.length;
  const text = decodeText(content.bytes);
  if (text === undefined) return { reason: "binary", sizeBytes };
  const reason = judgeText(text);
  if (reason) return { reason, sizeBytes };
  const learned = isSourceCode(name)
    ? extractComments(name, text)
    : withoutData(text);
  return learned.trim().length < limits.minCharacters
    ? { reason: "too short", sizeBytes }
    : { text: learned, sizeBytes };
}

type BytesResult =
  | { bytes: Buffer }
  | { reason: "too large" | "not readable"; sizeBytes: number | undefined };

async function readBytes(file: string, maxBytes: number): Promise<BytesResult> {
  try {
    const handle = await open(file, "r");
    try {
      const status = await handle.stat();
      const sizeBytes = status.size;
      if (!status.isFile()) return { reason: "not readable", sizeBytes };
      if (sizeBytes > maxBytes) return { reason: "too large", sizeBytes };
      const bytes = await handle.readFile();
      // It may have grown since.
      return bytes.length > maxBytes
        ? { reason: "too large", sizeBytes: bytes.length }
        : { bytes };
    } finally {
      await handle.close();
    }
  } catch {
    return { reason: "not readable", sizeBytes: undefined };
  }
}

/** What in a text keeps it from being learned from. */
export function judgeText(text: string): LeftOutReason | undefined {
  if (holdsSecret(text)) return "secret";
  return isGeneratedText(text) ? "generated" : undefined;
}

/** Git looks for a zero in so many bytes. */
const PROBED_BYTES = 8000;

/** The text with line feeds alone and without a mark in front; undefined for bytes that are no text. */
export function decodeText(bytes: Buffer): string | undefined {
  const text = decodeBytes(bytes);
  return text?.replace(/^\uFEFF/, "").replace(/\r\n?/g, "\n");
}

function decodeBytes(bytes: Buffer): string | undefined {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return bytes.toString("utf16le");
  if (bytes[0] === 0xfe && bytes[1] === 0xff) {
    const even = bytes.subarray(0, bytes.length - (bytes.length % 2));
    return Buffer.from(even).swap16().toString("utf16le");
  }
  if (bytes.subarray(0, PROBED_BYTES).includes(0)) return undefined;
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    // Western text of old, which has no control characters but tabs and line ends.
    const text = new TextDecoder("windows-1252").decode(bytes);
    return /[^\P{Cc}\t\n\f\r]/u.test(text) ? undefined : text;
  }
}
