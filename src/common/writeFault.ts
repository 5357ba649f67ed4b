// Why something cannot be written, in one sentence for whatever writes: what was done, where, the state that was found
// and what was expected, with the megabytes that are needed and free where they are known. The system's own errors say
// "ENOSPC: no space left on device, write", and of a folder on a read-only disk that it is missing.

import { accessSync, constants, existsSync, statfsSync } from "node:fs";
import path from "node:path";
import { assertNever } from "./assertNever";
import {
  FaultError,
  faultOf,
  isWriteFaultCode,
  type Fault,
  type WriteFault,
  type WriteFaultCode,
} from "./fault";

/** Something that is written. */
export interface Write {
  /** What is done, to stand between "Cannot" and the place: "export a model to". */
  action: string;
  /** The file or folder. */
  place: string;
  /** How large it becomes, where that is known. */
  neededBytes?: number | undefined;
}

/** Throws unless a place can be written and has room; to be called before long work. */
export function requireRoom(
  write: Write,
  {
    freeBytes = freeBytesOf(write.place),
  }: { freeBytes?: number | undefined } = {},
): void {
  const { place, neededBytes } = write;
  try {
    requireWritable(place);
  } catch (error) {
    throw explainWriteFault(error, write);
  }
  if (neededBytes === undefined || freeBytes === undefined) return;
  if (freeBytes < neededBytes) {
    throw faultError("disk-full", write, { freeBytes });
  }
}

/** An error of the system that met a write, in a sentence; one that is about something else is returned as it is. */
export function explainWriteFault(error: unknown, write: Write): Error {
  const system = systemErrorOf(error);
  if (!system || !isAbout(system, write.place)) return error as Error;
  const code = codeOf(system, write.place);
  return code === undefined
    ? (error as Error)
    : faultError(code, write, { cause: error });
}

/** An error that says further that what could not be written is elsewhere. */
export function withKeptIn(error: Error, keptIn: string): Error {
  const fault: Fault = { ...faultOf(error), keptIn };
  const message = `${error.message}; what was made is kept in ${keptIn}`;
  return new FaultError(message, fault, { cause: error });
}

/** Whether a fault is that something could not be written. */
export function isWriteFault(fault: Fault | WriteFault): fault is WriteFault {
  return fault.action !== undefined;
}

/** What can be written to at a place; undefined where the system does not say. */
export function freeBytesOf(place: string): number | undefined {
  try {
    const { bavail, bsize, blocks } = statfsSync(nearestExisting(place));
    // Disks that are not there, and some on a network, have no size.
    return blocks === 0 ? undefined : bavail * bsize;
  } catch {
    return undefined;
  }
}

function faultError(
  code: WriteFaultCode,
  { action, place, neededBytes }: Write,
  {
    freeBytes = freeBytesOf(place),
    ...options
  }: ErrorOptions & { freeBytes?: number | undefined } = {},
): FaultError {
  const fault: WriteFault = {
    code,
    path: place,
    action,
    ...(neededBytes === undefined ? {} : { neededBytes }),
    ...(freeBytes === undefined ? {} : { freeBytes }),
  };
  const message = `Cannot ${action} ${place}: ${stateOf(fault)}`;
  return new FaultError(message, fault, options);
}

// One sentence for each code, whatever the number of them.
function stateOf({ code, neededBytes, freeBytes }: WriteFault): string {
  const room =
    neededBytes === undefined
      ? "room for it"
      : `at least ${Math.ceil(neededBytes / 1e6)} MB`;
  switch (code) {
    case "disk-full":
      return freeBytes === undefined
        ? `the disk is full, expected ${room}`
        : `the disk is full, with ${Math.floor(freeBytes / 1e6)} MB free, expected ${room}`;
    case "no-more-files":
      return "the disk has room for no further file, expected some; remove files";
    case "quota":
      return `your quota of the disk is used up, expected ${room}`;
    case "file-too-large":
      return `there is a limit on the size of a file (of the disk, or of ulimit -f), expected ${room}`;
    case "read-only":
      return "the disk is read-only, expected one that can be written";
    case "no-access":
      return "you may not write there, expected a place of your own";
    case "not-a-folder":
      return "a file and a folder of one name are in each other's way, expected a free name";
    case "name-too-long":
      return "the name is too long, expected a shorter one";
    case "link-circle":
      return "the links on the way lead in a circle, expected a folder";
    case "too-many-open":
      return "too many files are open, expected fewer; close other programs";
    case "in-use":
      return "another program has it open, expected it to be free";
    case "broken-disk":
      return "the disk does not answer as it should, expected one that works";
    default:
      return assertNever(code);
  }
}

/** Calls of the system that read, and say nothing of what is written. */
const READING = new Set(["lstat", "read", "scandir", "stat"]);
/** Causes are looked at so deep. */
const MAX_CAUSES = 8;

/** The system's own error behind another. */
function systemErrorOf(error: unknown): NodeJS.ErrnoException | undefined {
  let each: unknown = error;
  for (let depth = 0; depth < MAX_CAUSES && each instanceof Error; depth++) {
    const { code, syscall } = each as NodeJS.ErrnoException;
    if (typeof code === "string" && typeof syscall === "string") return each;
    each = each.cause;
  }
  return undefined;
}

/** Whether an error is about what is written, and not about a file that is read meanwhile. */
function isAbout(
  {
    path: file,
    syscall,
    dest,
    code,
  }: NodeJS.ErrnoException & { dest?: string },
  place: string,
): boolean {
  if (READING.has(syscall!)) return false;
  // Calls that write name no file, and a copy names the one that it reads.
  if (file === undefined || code === "ENOSPC") return true;
  return dest === undefined
    ? isOnTheWay(file, place)
    : isOnTheWay(dest, place) && isReadable(file);
}

/** Whether a file is the place, lies in it or in what is filled beside it, or is a folder that leads to it. */
function isOnTheWay(file: string, place: string): boolean {
  const [each, target] = [path.resolve(file), path.resolve(place)];
  return (
    each === target ||
    each.startsWith(`${target}${path.sep}`) ||
    each.startsWith(`${target}.`) ||
    target.startsWith(`${each}${path.sep}`)
  );
}

function codeOf(
  error: NodeJS.ErrnoException,
  place: string,
): WriteFaultCode | undefined {
  const { code } = faultOf(error);
  if (code === "disk-full")
    return hasNoMoreFiles(place) ? "no-more-files" : code;
  if (isWriteFaultCode(code)) return code;
  // Making folders on the way, Node says of each fault that it does not know that the folder is missing.
  try {
    requireWritable(place);
    return undefined;
  } catch (actual) {
    const { code } = faultOf(actual);
    return isWriteFaultCode(code) ? code : undefined;
  }
}

/** Throws what the system says of writing there: over what is there, or in the folder that leads to it. */
function requireWritable(place: string): void {
  const existing = nearestExisting(place);
  const isThere = existing === path.resolve(place);
  accessSync(isThere ? existing : `${existing}${path.sep}`, constants.W_OK);
}

function isReadable(file: string): boolean {
  try {
    accessSync(file, constants.R_OK);
    return true;
  } catch {
    return false;
  }
}

function hasNoMoreFiles(place: string): boolean {
  try {
    const { files, ffree } = statfsSync(nearestExisting(place));
    return files > 0 && ffree === 0;
  } catch {
    return false;
  }
}

/** The place itself, or the nearest folder on the way to it. */
function nearestExisting(place: string): string {
  let each = path.resolve(place);
  while (!existsSync(each) && each !== path.dirname(each)) {
    each = path.dirname(each);
  }
  return each;
}
