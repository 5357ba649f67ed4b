// Reads one document as a model sees it, or says why it may not be learned from. Whoever wants the text of a document
// for training or for a preview reads it here, so that a file that has changed since it was chosen is looked at again.

import { createHash } from "node:crypto";
import { open } from "node:fs/promises";
import type { DocumentReference, LeftOutReason } from "../protocol/training";
import { extractComments } from "./extractComments";
import { isSourceCode } from "./documentKinds";
import {
  isGeneratedName,
  isGeneratedText,
  withoutData,
} from "./generatedFiles";
import { isSecretFile } from "./secretFiles";
import { findSecret, holdsSecret, type FoundSecret } from "./secretText";

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

/** What looks like a secret, for a person to judge: its kind and line, or the file's name. Never the secret itself. */
export type SecretSign =
  { kind: "name" } | { kind: FoundSecret["kind"]; line: number };

/** The sign of a secret in a document that is left out for nothing else, and the SHA-256 of its content. */
export type DocumentSecret = SecretSign & { sha256: string };

/** A text, or why there is none. */
export type ReadResult =
  | {
      text: string;
      sizeBytes: number;
      /** What looks like a secret was allowed for this content; absent where nothing does. */
      allowedSecret?: string;
    }
  | {
      reason: LeftOutReason;
      sizeBytes: number | undefined;
      secret?: DocumentSecret;
    };

/**
 * Reads a file; of source code the comments alone. `name` is relative to the workspace, with slashes.
 * Never rejects: a file that has vanished or may not be opened is "not readable".
 */
export async function readDocument(
  document: DocumentReference,
  limits: DocumentLimits = DEFAULT_LIMITS,
): Promise<ReadResult> {
  const { content, ...read } = await readText(document, limits);
  const sign = signOfSecret(document.name, content ?? "");
  if (!sign) return read;
  const { sizeBytes } = read;
  if ("reason" in read || content === undefined) {
    return { reason: "secret", sizeBytes };
  }
  const sha256 = createHash("sha256").update(content).digest("hex");
  return document.allowedSecret === sha256
    ? { ...read, allowedSecret: sha256 }
    : { reason: "secret", sizeBytes, secret: { ...sign, sha256 } };
}

function signOfSecret(name: string, content: string): SecretSign | undefined {
  const found = findSecret(content);
  if (!found) return isSecretFile(name) ? { kind: "name" } : undefined;
  const line = content.slice(0, found.index).split("\n").length;
  return { kind: found.kind, line };
}

/** Reads without a look for secrets; `content` is the whole text of the file. */
async function readText(
  { file, name }: DocumentReference,
  limits: DocumentLimits,
): Promise<ReadResult & { content?: string }> {
  if (isGeneratedName(name)) {
    return { reason: "generated", sizeBytes: undefined };
  }
  const read = await readBytes(file, limits.maxBytes);
  if ("reason" in read) return read;
  const sizeBytes = read.bytes.length;
  const content = decodeText(read.bytes);
  if (content === undefined) return { reason: "binary", sizeBytes };
  if (isGeneratedText(content)) {
    return { reason: "generated", sizeBytes, content };
  }
  const text = isSourceCode(name)
    ? extractComments(name, content)
    : withoutData(content);
  return text.trim().length < limits.minCharacters
    ? { reason: "too short", sizeBytes, content }
    : { text, sizeBytes, content };
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
