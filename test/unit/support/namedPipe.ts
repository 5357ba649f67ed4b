// A named pipe in the place of a file, where the system has a program that makes one.

import { spawnSync } from "node:child_process";

/** Makes a named pipe; false where nothing here can, and the test has nothing to look at. */
export function makeNamedPipe(file: string): boolean {
  return (
    process.platform !== "win32" && spawnSync("mkfifo", [file]).status === 0
  );
}
