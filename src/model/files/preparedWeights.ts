// The weights that training prepares: float32, derived from the model once and kept for the next run. They are the
// largest thing that fine-tuning leaves on the disk, all workspaces share them, and a person may want the space back.

import { readdirSync, rmSync, statSync } from "node:fs";
import path from "node:path";
import { derivedFolders, isOfForm } from "./derivedFolder";

/** Distinguishes their folders from other derived ones. */
export const TRAINING_SUFFIX = "-training";

/** How much they take; 0 when there are none. */
export function preparedBytes(cacheFolder: string): number {
  return foldersIn(cacheFolder)
    .flatMap((folder) => filesIn(folder))
    .reduce((sum, file) => sum + sizeOf(file), 0);
}

/** Removes them; the next run prepares them again. Throws an error when one is in use, on Windows. */
export function removePrepared(cacheFolder: string): void {
  for (const folder of foldersIn(cacheFolder)) {
    rmSync(folder, { recursive: true, force: true });
  }
}

function foldersIn(cacheFolder: string): string[] {
  return derivedFolders(cacheFolder).filter((folder) =>
    isOfForm(folder, TRAINING_SUFFIX),
  );
}

function filesIn(folder: string): string[] {
  try {
    return readdirSync(folder).map((name) => path.join(folder, name));
  } catch {
    return [];
  }
}

/** Another window may have removed it meanwhile. */
function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}
