// The documents of a folder that may be learned from, and for all others the reason why not.
// What git ignores and what looks like a secret is never in. Nothing here knows a tokenizer, a model or VS Code.

import { createHash } from "node:crypto";
import { realpath } from "node:fs/promises";
import { createYielder } from "../common/yieldToEventLoop";
import { SOURCE_INCLUDE } from "./commentSyntax";
import { DEFAULT_EXCLUDE, DEFAULT_INCLUDE } from "./documentKinds";
import { compilePatterns } from "./ignoreRules";
import { Ignoring, type AskGit } from "./ignoring";
import { sketchText, type Sketch } from "./nearDuplicates";
import {
  DEFAULT_LIMITS,
  readDocument,
  type DocumentLimits,
} from "./readDocument";
import type { LeftOutReason } from "../protocol/training";
import { isSecretFile } from "./secretFiles";
import { walkFolder, type WalkedEntry } from "./walkFolder";

/** A document that may be learned from. */
export interface CollectedDocument {
  file: string;
  /** Relative to the folder, with slashes. */
  name: string;
  /** Of the file. */
  sizeBytes: number;
  /** Of what is learned: of source code the comments alone. */
  characters: number;
  /** Of what is learned, SHA-256 in hexadecimal. */
  sha256: string;
  sketch: Sketch;
  text?: string;
}

/** A file or a folder (its name ends with a slash) that is not learned from. */
export interface LeftOutDocument {
  file: string;
  name: string;
  reason: LeftOutReason;
  sizeBytes: number | undefined;
  /** Which document says the same. */
  duplicateOf?: string;
}

/** What was found in a folder. */
export interface Collection {
  documents: CollectedDocument[];
  leftOut: LeftOutDocument[];
  /** Files that no pattern asked for; they are only counted. */
  numNotMatched: number;
  /** Repositories that git was not asked about: what git alone knows to be ignored may be among the documents. */
  unaskedRepositories: string[];
}

/** What is looked for, and who is told of it. */
export interface CollectOptions {
  /** Patterns as lines of a .gitignore, `{a,b}` allowed. */
  include?: readonly string[];
  exclude?: readonly string[];
  /** More of them, of the person's own; a list by itself, so that neither takes of the other's limits. */
  keptOut?: readonly string[];
  /** Also learn from the comments of source code. */
  comments?: boolean;
  limits?: Partial<DocumentLimits>;
  /** Keep the texts; they take memory. */
  withText?: boolean;
  /** How git is asked what it ignores; without it git's rules are read, as far as that goes. */
  askGit?: AskGit | undefined;
  signal?: AbortSignal | undefined;
  onProgress?: (progress: { numFiles: number; numDocuments: number }) => void;
}

/** Looks through a folder; rejects when it cannot be read, and with the signal's reason. */
export async function collectDocuments(
  folder: string,
  options: CollectOptions = {},
): Promise<Collection> {
  const { signal, onProgress } = options;
  const judge = createJudge(options);
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  const collection: Collection = {
    documents: [],
    leftOut: [],
    numNotMatched: 0,
    unaskedRepositories: [],
  };
  const ignoring = new Ignoring(options.askGit);
  const nameOfContent = new Map<string, string>();
  const breathe = createYielder(signal);
  let numFiles = 0;
  for await (const entry of walkFolder(await resolveFolder(folder), {
    ignoring,
    signal,
  })) {
    numFiles++;
    if (numFiles % FILES_PER_REPORT === 0) report();
    const verdict = judge(entry);
    if (verdict === "not matched") collection.numNotMatched++;
    else if (verdict) leaveOut(entry, verdict, undefined);
    else await take(entry);
  }
  report();
  collection.unaskedRepositories.push(...ignoring.unaskedRepositories);
  return collection;

  async function take(entry: WalkedEntry): Promise<void> {
    await breathe();
    const read = await readDocument(entry, limits);
    if ("reason" in read) {
      leaveOut(entry, read.reason, read.sizeBytes);
      return;
    }
    const { text, sizeBytes } = read;
    const sha256 = createHash("sha256").update(text).digest("hex");
    const sameAs = nameOfContent.get(sha256);
    if (sameAs !== undefined) {
      leaveOut(entry, "duplicate", sizeBytes, sameAs);
      return;
    }
    nameOfContent.set(sha256, entry.name);
    collection.documents.push({
      file: entry.file,
      name: entry.name,
      sizeBytes,
      characters: text.length,
      sha256,
      sketch: sketchText(text),
      ...(options.withText ? { text } : {}),
    });
  }

  function leaveOut(
    { file, name }: WalkedEntry,
    reason: LeftOutReason,
    sizeBytes: number | undefined,
    duplicateOf?: string,
  ): void {
    collection.leftOut.push({
      file,
      name,
      reason,
      sizeBytes,
      ...(duplicateOf === undefined ? {} : { duplicateOf }),
    });
  }

  function report(): void {
    onProgress?.({ numFiles, numDocuments: collection.documents.length });
  }
}

const FILES_PER_REPORT = 100;

/** Links in the way to the folder are followed, those below it are not. */
async function resolveFolder(folder: string): Promise<string> {
  try {
    return await realpath(folder);
  } catch (error) {
    throw new Error(
      `Cannot look for documents in ${folder}: ${(error as Error).message}, expected a folder`,
      { cause: error },
    );
  }
}

/** Gives the reason against an entry that shows without opening it. */
export function createJudge({
  include = DEFAULT_INCLUDE,
  exclude = DEFAULT_EXCLUDE,
  keptOut = [],
  comments = false,
}: CollectOptions): (entry: WalkedEntry) => LeftOutReason | undefined {
  const isIncluded = compilePatterns([
    ...include,
    ...(comments ? SOURCE_INCLUDE : []),
  ]);
  const isExcluded = compilePatterns(exclude);
  const isKeptOut = compilePatterns(keptOut);
  return ({ kind, name }) => {
    const isFolder = name.endsWith("/");
    if (kind === "ignored" && isFolder) return "ignored by git";
    if (kind === "unreadable") return "not readable";
    if (isSecretFile(name)) return "secret";
    if (!isIncluded(name)) return "not matched";
    if (isExcluded(name) || isKeptOut(name)) return "excluded";
    if (kind === "ignored") return "ignored by git";
    return kind === "link" ? "link" : undefined;
  };
}
