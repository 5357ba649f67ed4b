// Walks a folder from the top in the order of names: what git ignores is named but not entered. No file is opened
// except where git's rules have to be read. Links are not followed: what they point to inside the folder is met anyway.

import { lstat, readdir } from "node:fs/promises";
import type { Dirent } from "node:fs";
import path from "node:path";
import { createYielder } from "../common/yieldToEventLoop";
import { SKIPPED_FOLDERS } from "./documentKinds";
import type { Ignoring, IgnoreScope, NamedEntry } from "./ignoring";

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
  {
    ignoring,
    signal,
  }: { ignoring: Ignoring; signal?: AbortSignal | undefined },
): AsyncGenerator<WalkedEntry> {
  const breathe = createYielder(signal);
  const top = await ignoring.scopeOf(root);
  if (await ignoring.isIgnored(top)) {
    yield { file: root, name: "./", kind: "ignored" };
    return;
  }
  const waiting = [{ name: "", scope: top }];
  for (let here = waiting.pop(); here; here = waiting.pop()) {
    const { folder } = here.scope;
    const entries = await listFolder(folder);
    if (!entries) {
      if (folder === root) {
        throw new Error(
          `Cannot look for documents in ${root}: it is no folder that can be read, expected one`,
        );
      }
      yield { file: folder, name: here.name, kind: "unreadable" };
      continue;
    }
    const isRepository = entries.some(({ name }) => name === ".git");
    const scope: IgnoreScope = isRepository
      ? { folder, top: folder, rulesAbove: undefined }
      : here.scope;
    const kinds = await kindsOf(entries, { folder, breathe });
    const { ignored, below } = await ignoring.look(scope, kinds);
    const folders: typeof waiting = [];
    for (const { name, kind, isFolder } of kinds) {
      await breathe();
      const file = path.join(folder, name);
      const whole = `${here.name}${name}${isFolder ? "/" : ""}`;
      if (ignored.has(name)) yield { file, name: whole, kind: "ignored" };
      else if (kind !== "folder") yield { file, name: whole, kind };
      else folders.push({ name: whole, scope: { folder: file, ...below } });
    }
    waiting.push(...folders.reverse());
  }
}

/** What the entries of a folder are, without those that are never looked at. */
async function kindsOf(
  entries: readonly Dirent[],
  { folder, breathe }: { folder: string; breathe: () => Promise<void> },
) {
  const kinds: (NamedEntry & { kind: "file" | "folder" | "link" })[] = [];
  for (const entry of entries) {
    await breathe();
    const { name } = entry;
    const kind = await kindOf(entry, path.join(folder, name));
    const isFolder = kind === "folder";
    if (kind === "other" || (isFolder && SKIPPED_FOLDERS.has(name))) continue;
    kinds.push({ name, kind, isFolder });
  }
  return kinds;
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
