// Whether derived weights are still what was written. They are large, read by every long prompt, and nobody sees by
// looking at a text that a power failure has left zeros in them.

import { rmSync } from "node:fs";
import path from "node:path";
import {
  derivedFolders,
  isAsWritten,
  isOfThisVersion,
} from "../../model/files/derivedFolder";
import { failed, passed, type Check } from "./check";

const NAME = "Derived weights";

/** Reads all derived weights of the command line and of editors; removes what is damaged, to be made anew. */
export function checkDerivedWeights(cacheFolders: readonly string[]): Check {
  const folders = cacheFolders.flatMap(derivedFolders).filter(isOfThisVersion);
  const damaged = folders.filter((folder) => !isAsWritten(folder));
  if (damaged.length === 0) {
    return passed(
      NAME,
      folders.length === 0
        ? "none yet"
        : `as they were written, in ${folders.map((folder) => path.basename(folder)).join(", ")}`,
    );
  }
  for (const folder of damaged)
    rmSync(folder, { recursive: true, force: true });
  return failed(NAME, {
    found: `not what was written: ${damaged.join(", ")}`,
    advice:
      "nothing for now: they are removed, and made anew by the next load; where it comes again, check the disk",
  });
}
