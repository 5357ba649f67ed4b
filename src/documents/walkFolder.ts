// Walks a folder from the top in the order of names, by git's rules: what git ignores is named but not entered.
// No file is opened except .gitignore. Links are not followed: what they point to inside the folder is met anyway.

import { lstat, readdir } from "node:fs/promises";
import type { Dirent } from "node:fs";
import path from "node:path";
import { createYielder } from "../common/yieldToEventLoop";
import { SKIPPED_FOLDERS } from "./documentKinds";
import { gitRulesAbove, gitRulesIn, slashed } from "./gitRules";
import { isIgnoredHere, type CompiledIgnoreFile } from "./ignoreRules";

/** A file, or a folder that git ignores or that cannot be read. */
export interface WalkedEntry {
  file: string;
  /** Relative to the walked folder, with slashes; a folder's ends with one. */
  name: string;
  kind: "file" | "link" | "ignored" | "unreadable";
}

/** Gives the files below a folder; rejects when the folder itself cannot be read. */
export async function* walkFolder(
  root: string,
  { signal }: { signal?: AbortSignal | undefined } = {},
): AsyncGenerator<WalkedEntry> {
  const breathe = createYielder(signal);
  const rulesAbove = await gitRulesAbove(root);
  if (isFolderIgnored(rulesAbove, root)) {
    yield { file: root, name: "./", kind: "ignored" };
    return;
  }
  const waiting = [{ folder: root, name: "", rules: rulesAbove }];
  for (let here = waiting.pop(); here; here = waiting.pop()) {
    const entries = await listFolder(here.folder);
    if (!entries) {
      if (here.folder === root) {
        throw new Error(
          `Cannot look for documents in ${root}: it is no folder that can be read, expected one`,
        );
      }
      yield { file: here.folder, name: here.name, kind: "unreadable" };
      continue;
    }
    const rules = [...here.rules, ...(await gitRulesIn(here.folder))];
    const folders: typeof waiting = [];
    for (const entry of entries) {
      await breathe();
      const file = path.join(here.folder, entry.name);
      const name = `${here.name}${entry.name}`;
      const kind = await kindOf(entry, file);
      if (kind === "folder" && SKIPPED_FOLDERS.has(entry.name)) continue;
      const suffix = kind === "folder" ? "/" : "";
      if (kind !== "other" && isIgnoredHere(rules, slashed(file) + suffix)) {
        yield { file, name: name + suffix, kind: "ignored" };
      } else if (kind === "folder") {
        folders.push({ folder: file, name: `${name}/`, rules });
      } else if (kind !== "other") {
        yield { file, name, kind };
      }
    }
    waiting.push(...folders.reverse());
  }
}

/** Whether the walked folder lies in one that git ignores. */
function isFolderIgnored(
  rules: readonly CompiledIgnoreFile[],
  folder: string,
): boolean {
  const parts = slashed(folder).split("/");
  return parts.some((_, index) =>
    isIgnoredHere(rules, `${parts.slice(0, index + 1).join("/")}/`),
  );
}

async function listFolder(folder: string): Promise<Dirent[] | undefined> {
  try {
    const entries = await readdir(folder, { withFileTypes: true });
    return entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  } catch {
    return undefined;
  }
}

async function kindOf(
  entry: Dirent,
  file: string,
): Promise<"file" | "folder" | "link" | "other"> {
  if (entry.isFile()) return "file";
  if (entry.isDirectory()) return "folder";
  if (entry.isSymbolicLink()) return "link";
  // Some file systems do not tell while a folder is listed.
  const status = await lstat(file).catch(() => undefined);
  if (status?.isFile()) return "file";
  if (status?.isDirectory()) return "folder";
  return status?.isSymbolicLink() ? "link" : "other";
}
