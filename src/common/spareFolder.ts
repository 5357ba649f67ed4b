// Where something is kept whose own place cannot be written: in a folder of this user among the system's temporary
// ones, under a name that follows from the place, so that whoever goes on with the work finds it there.

import { createHash } from "node:crypto";
import { existsSync, lstatSync, mkdirSync, rmdirSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";

/** Folders for what belongs to `place`, the one to be tried first before the others; none of them is made by this. */
export function spareFolders(place: string): string[] {
  const target = path.resolve(place);
  const hash = createHash("sha256").update(target).digest("hex").slice(0, 12);
  return sharedFolders().map((shared) =>
    path.join(shared, `${path.basename(target)}-${hash}`),
  );
}

/** Lets `write` fill the first spare folder of a place that takes it, and answers that folder; undefined when none does. */
export function keepInSpareFolder(
  place: string,
  write: (folder: string) => void,
): string | undefined {
  for (const folder of spareFolders(place)) {
    try {
      mkdirSync(path.dirname(folder), { recursive: true, mode: 0o700 });
      if (!isOwn(path.dirname(folder))) continue;
      mkdirSync(folder, { recursive: true });
      write(folder);
      return folder;
    } catch {
      removeWhenEmpty(folder);
    }
  }
  return undefined;
}

/** The spare folders of a place that are there and are this user's. */
export function findSpareFolders(place: string): string[] {
  return spareFolders(place).filter(
    (folder) => existsSync(folder) && isOwn(path.dirname(folder)),
  );
}

/** Removes what is kept for a place, which has it now or does not want it any more. */
export function removeSpareFolders(place: string): void {
  for (const folder of findSpareFolders(place)) {
    rmSync(folder, { recursive: true, force: true });
    removeWhenEmpty(folder);
  }
}

function removeWhenEmpty(folder: string): void {
  try {
    if (existsSync(folder)) rmdirSync(folder);
    rmdirSync(path.dirname(folder));
  } catch {
    return; // It holds what is kept, for this place or for others.
  }
}

/** The system's memory disk is tried too: the temporary folder often lies on the disk that is full. */
function sharedFolders(): string[] {
  const user = process.getuid?.() ?? "user";
  const memoryDisk = process.platform === "linux" ? ["/dev/shm"] : [];
  return [os.tmpdir(), ...memoryDisk]
    .filter((folder) => existsSync(folder))
    .map((folder) => path.join(folder, `inkling-kept-${user}`));
}

/** A folder that another user has put there is not trusted, nor is one that another user may write. */
function isOwn(folder: string): boolean {
  const status = lstatSync(folder, { throwIfNoEntry: false });
  if (!status?.isDirectory()) return false;
  const user = process.getuid?.();
  // Windows gives each user a temporary folder of their own.
  return (
    user === undefined || (status.uid === user && (status.mode & 0o022) === 0)
  );
}
