// Files and folders that are there whole or not at all, whatever happens while they are written: they are filled under
// another name beside their place, flushed to the disk and renamed.

import { randomBytes } from "node:crypto";
import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";
import { faultOf } from "./fault";

/** A name beside `target` for what is not whole yet, another one each time. */
function partialName(target: string): string {
  return `${target}.partial-${randomBytes(4).toString("hex")}`;
}

/** Whether a name is that of something that is being written, or was when its process died. */
export function isPartialName(name: string): boolean {
  return /\.partial-\w+$/.test(name);
}

/** Writes a file, or lets `content` write one of the name that it is given; a failure leaves the old file as it was. */
export function writeFileAtomically(
  file: string,
  content: string | Uint8Array | ((partial: string) => void),
): void {
  const partial = partialName(file);
  try {
    if (typeof content === "function") content(partial);
    else writeFileSync(partial, content);
    flush(partial);
    renameSync(partial, file);
  } catch (error) {
    rmSync(partial, { force: true });
    throw error;
  }
}

/** Lets `fill` fill a new folder beside `target` and put it in place; what it leaves there is removed. */
export function withPartialFolder(
  target: string,
  fill: (partial: string) => void,
): void {
  const partial = partialName(path.resolve(target));
  mkdirSync(partial, { recursive: true });
  try {
    fill(partial);
  } finally {
    rmSync(partial, { recursive: true, force: true });
  }
}

/** The same for a folder whose filling is awaited. */
export async function withAwaitedPartialFolder(
  target: string,
  fill: (partial: string) => Promise<void>,
): Promise<void> {
  const partial = partialName(path.resolve(target));
  mkdirSync(partial, { recursive: true });
  try {
    await fill(partial);
  } finally {
    rmSync(partial, { recursive: true, force: true });
  }
}

/** Waits until a file or a folder's entries are on the disk; Windows has no such thing for folders. */
export function flush(file: string): void {
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
    if (faultOf(error).code === "disk-full") throw error;
  } finally {
    closeSync(descriptor);
  }
}
