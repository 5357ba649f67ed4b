// Files and folders that are there whole or not at all, whatever happens while they are written: they are filled under
// another name beside their place, flushed to the disk and renamed. What a process leaves under such a name when it is
// killed goes at the next write to that place, or when the folder is cleaned. What the system has against a write is
// said in a sentence, and a folder whose size is known is begun only where there is room for it.

import { createHash, randomBytes } from "node:crypto";
import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmdirSync,
  rmSync,
  statSync,
  writeFileSync,
  type Dirent,
} from "node:fs";
import os from "node:os";
import path from "node:path";
import { isAlive } from "./isAlive";
import { explainWriteFault, requireRoom, type Write } from "./writeFault";

/** Tells this machine's processes from those of another one that writes into the same folder. */
const MACHINE = createHash("sha256")
  .update(os.hostname())
  .digest("hex")
  .slice(0, 6);
/** What another machine writes is left alone for so long. */
const MAX_FOREIGN_AGE_MS = 24 * 60 * 60 * 1000;
/** `partial` is not whole yet, `old` has just been replaced; behind it machine, process and a name of its own. */
const UNFINISHED = /^(.*)\.(partial|old)-(?:([0-9a-f]{6})_(\d+)_)?\w+$/;

/** A name beside `target` for what is not whole yet, or for what was there before; another one each time. */
function nameBeside(target: string, kind: "partial" | "old"): string {
  const own = randomBytes(4).toString("hex");
  return `${target}.${kind}-${MACHINE}_${process.pid}_${own}`;
}

/** Whether a name is that of something that is being written, or was when its process died. */
export function isPartialName(name: string): boolean {
  return UNFINISHED.exec(name)?.[2] === "partial";
}

/** Whether a process of this machine is writing a file or a folder of this name. */
export function isBeingWritten(target: string): boolean {
  const place = path.resolve(target);
  let names: string[];
  try {
    names = readdirSync(path.dirname(place));
  } catch {
    return false;
  }
  return names.some((name) => {
    const [, of, kind, machine, processId] = UNFINISHED.exec(name) ?? [];
    const isOfTarget = of === path.basename(place) && kind === "partial";
    return isOfTarget && machine === MACHINE && isAlive(Number(processId));
  });
}

/** Gives a file or a folder that is to be deleted a name of what is gone already; answers it. */
export function moveAside(target: string): string {
  const gone = nameBeside(path.resolve(target), "partial");
  renameSync(target, gone);
  return gone;
}

/** What a write is called and how large it becomes. */
export type WriteOptions = Partial<Pick<Write, "action" | "neededBytes">>;

/**
 * Writes a file, or lets `content` write one of the name that it is given; a failure leaves the old file as it was.
 * Folders on the way are made.
 */
export function writeFileAtomically(
  file: string,
  content: string | Uint8Array | ((partial: string) => void),
  { action = "write", neededBytes }: WriteOptions = {},
): void {
  const write = { action, neededBytes, place: file };
  if (neededBytes !== undefined) requireRoom(write);
  removeLeftBehind(path.dirname(file), path.basename(file));
  const partial = nameBeside(file, "partial");
  try {
    inMadeFolder(path.dirname(file), () => {
      try {
        if (typeof content === "function") content(partial);
        else writeFileSync(partial, content);
        moveIntoPlace(partial, file);
      } finally {
        removeQuietly(partial);
      }
    });
  } catch (error) {
    throw explainWriteFault(error, write);
  }
}

/** Makes a folder and those above it; when `use` then fails, those that were made and are empty go again. */
export function inMadeFolder<T>(folder: string, use: () => T): T {
  const firstMade = mkdirSync(folder, { recursive: true });
  try {
    return use();
  } catch (error) {
    if (firstMade) removeEmpty(path.resolve(folder), firstMade);
    throw error;
  }
}

/** Lets `fill` fill a new folder beside `target` and put it in place; what it leaves there is removed. */
export function withPartialFolder(
  target: string,
  fill: (partial: string) => void,
  options: WriteOptions = {},
): void {
  const { partial, cleanUp, explain } = makePartialFolder(target, options);
  try {
    fill(partial);
  } catch (error) {
    cleanUp();
    throw explain(error);
  }
  cleanUp();
}

/** The same for a folder whose filling is awaited. */
export async function withAwaitedPartialFolder(
  target: string,
  fill: (partial: string) => Promise<void>,
  options: WriteOptions = {},
): Promise<void> {
  const { partial, cleanUp, explain } = makePartialFolder(target, options);
  try {
    await fill(partial);
  } catch (error) {
    cleanUp();
    throw explain(error);
  }
  cleanUp();
}

/** Folders that had to be made on the way go again when nothing was put into them. */
function makePartialFolder(
  target: string,
  { action = "write", neededBytes }: WriteOptions,
): {
  partial: string;
  cleanUp: () => void;
  explain: (error: unknown) => Error;
} {
  const write = { action, neededBytes, place: target };
  if (neededBytes !== undefined) requireRoom(write);
  const place = path.resolve(target);
  const parent = path.dirname(place);
  const explain = (error: unknown) => explainWriteFault(error, write);
  removeLeftBehind(parent, path.basename(place));
  const partial = nameBeside(place, "partial");
  let firstMade: string | undefined;
  const cleanUp = () => {
    removeQuietly(partial);
    if (firstMade) removeEmpty(parent, firstMade);
  };
  try {
    firstMade = mkdirSync(parent, { recursive: true });
    mkdirSync(partial);
  } catch (error) {
    cleanUp();
    throw explain(error);
  }
  return { partial, cleanUp, explain };
}

/** What cannot be removed must not hide why something could not be written. */
export function removeQuietly(partial: string): void {
  try {
    rmSync(partial, { recursive: true, force: true });
  } catch {
    return; // The next write there or the next start tries again.
  }
}

/** Removes a folder and those above it up to `top`, as far as they are empty. */
function removeEmpty(folder: string, top: string): void {
  try {
    for (let each = folder; ; each = path.dirname(each)) {
      rmdirSync(each);
      if (each === path.resolve(top)) return;
    }
  } catch {
    // It holds something.
  }
}

/** Moves a file or a folder that is whole to its place: all of it is on the disk before, and the move itself after. */
export function moveIntoPlace(from: string, to: string): void {
  flushAll(from);
  renameSync(from, to);
  flush(path.dirname(path.resolve(to)));
}

/** Puts a folder in the place of another, which is there again when that fails. */
export function replaceFolder(from: string, target: string): void {
  const old = nameBeside(path.resolve(target), "old");
  renameSync(target, old);
  try {
    moveIntoPlace(from, target);
  } catch (error) {
    renameSync(old, target);
    throw error;
  }
  rmSync(old, { recursive: true, force: true });
}

/**
 * Removes from a folder what processes left there that are gone, of `target` alone if that is given. What was just
 * being replaced is put back where nothing had taken its place.
 */
export function removeLeftBehind(folder: string, target?: string): void {
  let names: string[];
  try {
    names = readdirSync(folder);
  } catch {
    return; // It is made by whoever writes there first.
  }
  for (const name of names) {
    const [, of, kind, machine, processId] = UNFINISHED.exec(name) ?? [];
    if (of === undefined || (target !== undefined && of !== target)) continue;
    const file = path.join(folder, name);
    const isGone =
      machine === MACHINE ? !isAlive(Number(processId)) : isOld(file);
    if (!isGone) continue;
    try {
      const place = path.join(folder, of);
      if (kind === "old" && !existsSync(place)) renameSync(file, place);
      else rmSync(file, { recursive: true, force: true });
    } catch {
      continue; // In use on Windows: until next time.
    }
  }
}

/** The same for a folder and those in it, so deep. */
export function removeLeftBehindBelow(folder: string, maxDepth = 3): void {
  removeLeftBehind(folder);
  if (maxDepth === 0) return;
  let entries: Dirent[];
  try {
    entries = readdirSync(folder, { withFileTypes: true });
  } catch {
    return;
  }
  for (const entry of entries.filter((each) => each.isDirectory())) {
    removeLeftBehindBelow(path.join(folder, entry.name), maxDepth - 1);
  }
}

function isOld(file: string): boolean {
  const status = statSync(file, { throwIfNoEntry: false });
  return status ? Date.now() - status.mtimeMs > MAX_FOREIGN_AGE_MS : false;
}

function flushAll(file: string): void {
  if (statSync(file).isDirectory()) {
    for (const name of readdirSync(file)) flushAll(path.join(file, name));
  }
  flush(file);
}

/** What fsync answers of folders and file systems that know no such thing; anything else is a write that was lost. */
const CANNOT_FLUSH = new Set([
  "EACCES",
  "EBADF",
  "EINVAL",
  "EISDIR",
  "ENOSYS",
  "ENOTSUP",
  "EPERM",
]);

/** Waits until a file or a folder's entries are on the disk; Windows has no such thing for folders. */
function flush(file: string): void {
  let descriptor: number;
  try {
    descriptor = openSync(file, "r+");
  } catch {
    try {
      descriptor = openSync(file, "r");
    } catch {
      return;
    }
  }
  try {
    fsyncSync(descriptor);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (!CANNOT_FLUSH.has(code ?? "")) throw error;
  } finally {
    closeSync(descriptor);
  }
}
