// The texts of a workspace for its memory, and again what has changed since: the rules are those of what is learned
// from. The whole workspace is walked each time, so that a branch that is switched, a rule of git's and a file that is
// renamed need no care of their own; files that look the same by time and size are not opened again.

import { realpath, stat } from "node:fs/promises";
import path from "node:path";
import { createJudge } from "./collectDocuments";
import { DEFAULT_EXCLUDE } from "./documentKinds";
import { isGeneratedText } from "./generatedFiles";
import { Ignoring, type AskGit } from "./ignoring";
import { DEFAULT_LIMITS, readDocument } from "./readDocument";
import { holdsSecret } from "./secretText";
import { walkFolder } from "./walkFolder";

/** A folder with the patterns, as in .gitignore, of what the user keeps out. */
export interface TextFolder {
  folder: string;
  exclude: readonly string[];
}

/** A document that is open in the editor. */
export interface OpenText {
  name: string;
  text: string;
}

/** What there is to read. */
export interface TextSources {
  folders: readonly TextFolder[];
  /** Read whether a folder holds them or not; who hands them in has looked at their names. */
  open: readonly OpenText[];
  /** How git is asked what it ignores; without it git's rules are read, as far as that goes. */
  askGit?: AskGit | undefined;
}

/** One text that is new or has changed. */
export interface ChangedText {
  name: string;
  text: string;
  modifiedMs: number;
}

/** A short file may hold the one name that is wanted. */
const LIMITS = { ...DEFAULT_LIMITS, minCharacters: 1 };

/** Remembers what each file looked like when it was read. */
export class WorkspaceTexts {
  private seen = new Map<string, string>();

  /**
   * Hands on each text that is new or has changed, and answers the names of those that are gone. Names of files are their
   * paths below the folders as these are given. A folder that cannot be read has none.
   */
  async update(
    { folders, open, askGit }: TextSources,
    onText: (changed: ChangedText) => Promise<void>,
  ): Promise<{ gone: string[] }> {
    const before = this.seen;
    const now = new Map<string, string>();
    for (const { name, text } of open) {
      if (holdsSecret(text) || isGeneratedText(text)) continue;
      now.set(name, text);
      if (before.get(name) === text) continue;
      await onText({ name, text, modifiedMs: Date.now() });
    }
    for (const each of folders) {
      for await (const { name, entry, look, modifiedMs } of filesIn(
        each,
        askGit,
      )) {
        if (now.has(name)) continue;
        if (before.get(name) === look) {
          now.set(name, look);
          continue;
        }
        const read = await readDocument(entry, LIMITS);
        if ("reason" in read) continue;
        now.set(name, look);
        await onText({ name, text: read.text, modifiedMs });
      }
    }
    this.seen = now;
    return { gone: [...before.keys()].filter((name) => !now.has(name)) };
  }
}

async function* filesIn(
  { folder, exclude }: TextFolder,
  askGit: AskGit | undefined,
) {
  const judge = createJudge({ exclude: [...DEFAULT_EXCLUDE, ...exclude] });
  const root = await realpath(folder).catch(() => undefined);
  if (root === undefined) return;
  const ignoring = new Ignoring(askGit);
  try {
    for await (const entry of walkFolder(root, { ignoring })) {
      if (judge(entry) !== undefined) continue;
      const status = await stat(entry.file).catch(() => undefined);
      if (!status) continue;
      yield {
        name: path.join(folder, entry.name),
        entry,
        look: `${status.mtimeMs} ${status.size} ${status.ino}`,
        modifiedMs: status.mtimeMs,
      };
    }
  } catch (error) {
    process.emitWarning(
      `${(error as Error).message}; nothing of it is remembered`,
    );
  }
}
