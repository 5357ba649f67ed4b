// The entry of a process that is killed in the middle of writing: it says "half" and waits.
// Arguments: what it does, the target.

import fs from "node:fs";
import path from "node:path";
import {
  replaceFolder,
  withPartialFolder,
  writeFileAtomically,
} from "../../../src/common/atomicFile";

const [what, target] = process.argv.slice(2) as [string, string];

function waitToBeKilled(): never {
  fs.writeSync(1, "half\n");
  for (;;) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
}

const WRITERS: Record<string, () => void> = {
  file: () =>
    writeFileAtomically(target, (partial) => {
      fs.writeFileSync(partial, "ha");
      waitToBeKilled();
    }),
  folder: () =>
    withPartialFolder(target, (partial) => {
      fs.writeFileSync(path.join(partial, "text"), "ha");
      waitToBeKilled();
    }),
  // The old folder has gone from its place, the new one has not come there yet.
  replacement: () =>
    withPartialFolder(target, (partial) => {
      fs.writeFileSync(path.join(partial, "text"), "new");
      const rename = fs.renameSync;
      fs.renameSync = (from, to) => {
        rename(from, to);
        waitToBeKilled();
      };
      replaceFolder(partial, target);
    }),
};
WRITERS[what]!();
