// A temporary folder for a suite's files, removed after its last test.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

/** Registers set-up and removal with the running suite; returns a function that gives paths inside the folder. */
export function useTemporaryFolder(): (...names: string[]) => string {
  let directory = "";
  suiteSetup(() => {
    directory = mkdtempSync(path.join(tmpdir(), "inkling-test-"));
  });
  suiteTeardown(() => rmSync(directory, { recursive: true, force: true }));
  return (...names) => path.join(directory, ...names);
}
