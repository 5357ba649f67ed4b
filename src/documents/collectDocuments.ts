// The documents of a folder that may be learned from, and for all others the reason why not.
// What git ignores is never in, and what looks like a secret only where a person has allowed it for that very content.
// Nothing here knows a tokenizer, a model or VS Code.

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
  type DocumentSecret,
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
  /** As in `ReadResult`. */
  allowedSecret?: string;
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
  /** What looks like a secret, where a person may overrule it: nothing else is against the document. */
  secret?: DocumentSecret;
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
  /** The SHA-256 of the content for which a person has allowed what looks like a secret in a document of this name. */
  allowedSecret?: (name: string) => string | undefined;
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
  const rule = createRule(options);
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
    const reason = rule(entry);
    const verdict = bySecretName(entry, reason);
    if (verdict === "not matched") collection.numNotMatched++;
    // What has the name of a secret and nothing else against it is judged where it is read.
    else if (!reason) await take(entry);
    else leaveOut(entry, verdict ?? reason, { sizeBytes: undefined });
  }
  report();
  collection.unaskedRepositories.push(...ignoring.unaskedRepositories);
  return collection;

  async function take(entry: WalkedEntry): Promise<void> {
    await breathe();
    const { file, name } = entry;
    const allowed = { allowedSecret: options.allowedSecret?.(name) };
    const read = await readDocument({ file, name, ...allowed }, limits);
    if ("reason" in read) {
      const { reason, ...more } = read;
      leaveOut(entry, reason, more);
      return;
    }
    const { text, sizeBytes, allowedSecret } = read;
    const sha256 = createHash("sha256").update(text).digest("hex");
    const sameAs = nameOfContent.get(sha256);
    if (sameAs !== undefined) {
      leaveOut(entry, "duplicate", { sizeBytes, duplicateOf: sameAs });
      return;
    }
    nameOfContent.set(sha256, name);
    collection.documents.push({
      file,
      name,
      sizeBytes,
      characters: text.length,
      sha256,
      sketch: sketchText(text),
      ...(allowedSecret === undefined ? {} : { allowedSecret }),
      ...(options.withText ? { text } : {}),
    });
  }

  function leaveOut(
    { file, name }: WalkedEntry,
    reason: LeftOutReason,
    more: Omit<LeftOutDocument, "file" | "name" | "reason">,
  ): void {
    collection.leftOut.push({ file, name, reason, ...more });
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

type Judge = (entry: WalkedEntry) => LeftOutReason | undefined;

/** Gives the reason against an entry that shows without opening it. */
export function createJudge(options: CollectOptions): Judge {
  const rule = createRule(options);
  return (entry) => bySecretName(entry, rule(entry));
}

/** The name of a secret goes before any reason but that there is nothing to open. */
function bySecretName(
  { kind, name }: WalkedEntry,
  reason: LeftOutReason | undefined,
): LeftOutReason | undefined {
  const isClosed =
    kind === "unreadable" || (kind === "ignored" && name.endsWith("/"));
  return !isClosed && isSecretFile(name) ? "secret" : reason;
}

/** Every reason but the name of a secret. */
function createRule({
  include = DEFAULT_INCLUDE,
  exclude = DEFAULT_EXCLUDE,
  keptOut = [],
  comments = false,
}: CollectOptions): Judge {
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
    if (!isIncluded(name)) return "not matched";
    if (isExcluded(name) || isKeptOut(name)) return "excluded";
    if (kind === "ignored") return "ignored by git";
    return kind === "link" ? "link" : undefined;
  };
}
