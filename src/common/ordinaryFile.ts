// Opens and reads files that come from elsewhere: an ordinary file, of a size that is believed, and of JSON a depth that
// is. A pipe or a folder under a file's name is refused at once, where reading it would wait for ever or fail in words
// of the system. Errors name the file.

import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readSync,
  realpathSync,
} from "node:fs";

/** A JSON file that is larger is no configuration; a tokenizer of 256,000 tokens has 35 MB. */
const MAX_JSON_BYTES = 128 * 2 ** 20;
/** Configurations are nested five deep; what goes hundreds deep is made to break a reader. */
const MAX_JSON_DEPTH = 64;

/** Calls `use` with an open ordinary file and its size, and closes it. */
export function withOrdinaryFile<T>(
  file: string,
  use: (descriptor: number, sizeBytes: number) => T,
): T {
  // Without waiting: opening a pipe would wait until somebody writes into it.
  const flags = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0);
  const descriptor = openSync(file, flags);
  try {
    const status = fstatSync(descriptor);
    if (!status.isFile()) {
      const kind = status.isDirectory() ? "a folder" : "no ordinary file";
      throw new TypeError(
        `Cannot read ${file}: it is ${kind}, expected a file`,
      );
    }
    return use(descriptor, status.size);
  } finally {
    closeSync(descriptor);
  }
}

/** The first bytes of a file, fewer where it has fewer. */
export function readFileStart(file: string, maxBytes: number): Buffer {
  return withOrdinaryFile(file, (descriptor) => {
    const bytes = Buffer.alloc(maxBytes);
    return bytes.subarray(0, readSync(descriptor, bytes, 0, maxBytes, 0));
  });
}

/** Where a file lies that may be a link, as the files of Hugging Face's cache are. */
export function followLink(file: string): string {
  return lstatSync(file).isSymbolicLink() ? realpathSync(file) : file;
}

/** How git LFS begins what stands for a large file that it has not fetched: https://github.com/git-lfs/git-lfs/blob/main/docs/spec.md */
const LFS_POINTER = "version https://git-lfs";

/** Throws where a file's first bytes, eight at least, are those of a pointer of git LFS. */
export function refuseLfsPointer(file: string, start: Uint8Array): void {
  const text = Buffer.from(start).toString("latin1");
  const length = Math.min(text.length, LFS_POINTER.length);
  const isPointer = text.slice(0, length) === LFS_POINTER.slice(0, length);
  if (!isPointer || length < 8) return;
  throw new TypeError(
    `Cannot read ${file}: it is a pointer of git LFS, expected the file that it stands for; "git lfs pull" in its repository fetches it`,
  );
}

/** Throws for what is no ordinary file and for one of more than `maxBytes`, before anything of it is read. */
export function requireFileSize(file: string, maxBytes: number): void {
  withOrdinaryFile(file, (_, sizeBytes) =>
    requireAtMost(maxBytes, { file, sizeBytes }),
  );
}

function requireAtMost(
  maxBytes: number,
  { file, sizeBytes }: { file: string; sizeBytes: number },
): void {
  if (sizeBytes <= maxBytes) return;
  throw new RangeError(
    `Cannot read ${file}: it has ${megabytes(sizeBytes)} MB, expected at most ${megabytes(maxBytes)}`,
  );
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(bytes < 1e6 ? 3 : 0);
}

/** Reads a whole file of at most `maxBytes`. */
export function readOrdinaryFile(
  file: string,
  { maxBytes }: { maxBytes: number },
): Buffer {
  return withOrdinaryFile(file, (descriptor, sizeBytes) => {
    requireAtMost(maxBytes, { file, sizeBytes });
    const bytes = Buffer.alloc(sizeBytes);
    let done = 0;
    while (done < sizeBytes) {
      const count = readSync(descriptor, bytes, done, sizeBytes - done, done);
      if (count === 0) break;
      done += count;
    }
    return bytes.subarray(0, done);
  });
}

/** Parses a JSON file. */
export function readJson(
  file: string,
  { maxBytes = MAX_JSON_BYTES }: { maxBytes?: number } = {},
): unknown {
  const bytes = readOrdinaryFile(file, { maxBytes });
  refuseLfsPointer(file, bytes);
  const text = bytes.toString("utf8");
  if (isDeeperThan(text, MAX_JSON_DEPTH)) {
    throw new SyntaxError(
      `Cannot read ${file}: its values lie more than ${MAX_JSON_DEPTH} deep in each other, expected plain JSON`,
    );
  }
  try {
    return JSON.parse(text.replace(/^\uFEFF/, ""));
  } catch (error) {
    throw new SyntaxError(
      `Cannot read ${file}: ${(error as Error).message}, expected JSON`,
      { cause: error },
    );
  }
}

const QUOTE = '"'.charCodeAt(0);
const BACKSLASH = "\\".charCodeAt(0);
const OPEN = new Set(["[", "{"].map((each) => each.charCodeAt(0)));
const CLOSE = new Set(["]", "}"].map((each) => each.charCodeAt(0)));

/** Whether a text in JSON is nested deeper; what is read of it otherwise would break whoever walks through it. */
export function isDeeperThan(text: string, maxDepth: number): boolean {
  let depth = 0;
  let isInString = false;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (isInString) {
      if (code === BACKSLASH) at++;
      else if (code === QUOTE) isInString = false;
    } else if (code === QUOTE) isInString = true;
    else if (OPEN.has(code) && ++depth > maxDepth) return true;
    else if (CLOSE.has(code)) depth--;
  }
  return false;
}

/** The start of a value as JSON, for messages. */
export function shownJson(value: unknown, maxCharacters = 80): string {
  const text = JSON.stringify(value) ?? "missing";
  return text.length > maxCharacters
    ? `${text.slice(0, maxCharacters)}…`
    : text;
}
