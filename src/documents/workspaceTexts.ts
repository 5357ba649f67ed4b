// The texts of a workspace for its memory, and again what has changed since: the rules are those of what is learned
// from. The whole workspace is walked each time, so that a branch that is switched, a rule of git's and a file that is
// renamed need no care of their own; files that look the same by time and size are not opened again.

import { realpath, stat } from "node:fs/promises";
import path from "node:path";
import { createJudge } from "./collectDocuments";
import { Ignoring, type AskGit } from "./ignoring";
import type { LeftOutReason } from "../protocol/training";
import { DEFAULT_LIMITS, judgeText, readDocument } from "./readDocument";
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

/** What is known of a file since it was looked at. */
interface Seen {
  /** What the file looked like, or the text of an open document. */
  look: string;
  /** Why it is left out; absent where it was handed on. */
  reason?: LeftOutReason;
}

/** A short file may hold the one name that is wanted. */
const LIMITS = { ...DEFAULT_LIMITS, minCharacters: 1 };

/** Remembers what each file looked like when it was read. */
export class WorkspaceTexts {
  private seen = new Map<string, Seen>();

  /** The files and folders that the last update left out; those that are no prose are not named. */
  get leftOut(): { name: string; reason: LeftOutReason }[] {
    return [...this.seen].flatMap(([name, { reason }]) =>
      reason ? { name, reason } : [],
    );
  }

  /**
   * Hands on each text that is new or has changed, and answers the names of those that are gone. Names of files are their
   * paths below the folders as these are given. A folder that cannot be read has none.
   */
  async update(
    { folders, open, askGit }: TextSources,
    onText: (changed: ChangedText) => Promise<void>,
  ): Promise<{ gone: string[] }> {
    const before = this.seen;
    const now = new Map<string, Seen>();
    for (const { name, text } of open) {
      const reason = judgeText(text);
      now.set(name, { look: text, ...(reason && { reason }) });
      if (reason || before.get(name)?.look === text) continue;
      await onText({ name, text, modifiedMs: Date.now() });
    }
    for (const each of folders) {
      for await (const found of filesIn(each, askGit)) {
        const { name, look } = found;
        if (now.has(name)) continue;
        if ("reason" in found) {
          now.set(name, found);
          continue;
        }
        const earlier = before.get(name);
        if (earlier?.look === look) {
          now.set(name, earlier);
          continue;
        }
        const read = await readDocument(found.entry, LIMITS);
        if ("reason" in read) {
          now.set(name, { look, reason: read.reason });
          continue;
        }
        now.set(name, { look });
        await onText({ name, text: read.text, modifiedMs: found.modifiedMs });
      }
    }
    this.seen = now;
    const isRead = (seen: Seen | undefined) => seen && !seen.reason;
    return {
      gone: [...before].flatMap(([name, seen]) =>
        isRead(seen) && !isRead(now.get(name)) ? name : [],
      ),
    };
  }
}

async function* filesIn(
  { folder, exclude }: TextFolder,
  askGit: AskGit | undefined,
) {
  const judge = createJudge({ keptOut: exclude });
  const root = await realpath(folder).catch(() => undefined);
  if (root === undefined) return;
  const ignoring = new Ignoring(askGit);
  try {
    for await (const entry of walkFolder(root, { ignoring })) {
      const name = path.join(folder, entry.name);
      const reason = judge(entry);
      if (reason === "not matched") continue;
      if (reason) {
        yield { name, look: "", reason };
        continue;
      }
      const status = await stat(entry.file).catch(() => undefined);
      if (!status) continue;
      yield {
        name,
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
