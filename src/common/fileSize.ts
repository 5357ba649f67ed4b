// Refuses by its size a file that is about to be read whole: a person may pick any file, and a folder may hold any.

import { statSync } from "node:fs";

/** Throws a RangeError for what is no ordinary file, such as a pipe that would never end, and for one that is too large. */
export function requireFileSize(file: string, maxBytes: number): void {
  const status = statSync(file);
  if (!status.isFile()) {
    throw new RangeError(
      `Cannot read ${file}: it is no ordinary file, expected one of at most ${megabytes(maxBytes)} MB`,
    );
  }
  if (status.size > maxBytes) {
    throw new RangeError(
      `Cannot read ${file}: it has ${megabytes(status.size)} MB, expected at most ${megabytes(maxBytes)}`,
    );
  }
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(bytes < 1e6 ? 3 : 0);
}
