// What the commands that train share: which documents, and a run in this process with its lock, progress and Ctrl+C.

import { existsSync, rmdirSync } from "node:fs";
import path from "node:path";
import { faultOf } from "../common/fault";
import { isWriteFault } from "../common/writeFault";
import { GitIgnore } from "../documents/gitIgnore";
import { TrainingLock } from "../client/trainingLock";
import { chooseDocuments, findShortage } from "../documents/chooseDocuments";
import type {
  TrainingOutcome,
  TrainingRequest,
  TrainingSource,
} from "../protocol/training";
import { RunControl, RunLeftError } from "../trainer/runControl";
import { runTraining } from "../trainer/runTraining";
import { UsageError } from "./options";
import { showTraining } from "./showTraining";
import { describeShortage, describeSkipped } from "./trainingWords";

/** Trains in this process: the lock is taken, progress goes to stderr, and Ctrl+C leaves a checkpoint. */
export async function trainHere(
  request: TrainingRequest,
  { resumeHint }: { resumeHint: string },
): Promise<TrainingOutcome> {
  const control = new RunControl();
  const lock = new TrainingLock(path.join(request.outFolder, "training.lock"), {
    title: "inkling train",
    onLost: () => control.end("leave"),
  });
  const interrupt = () => {
    process.stderr.write(
      "\nStopping at a checkpoint (again to stop at once)\n",
    );
    control.end("leave");
    process.once("SIGINT", () => process.exit(130));
  };
  const isNew = !existsSync(request.outFolder);
  await lock.acquire();
  process.once("SIGINT", interrupt);
  process.once("SIGTERM", interrupt);
  const listener = showTraining();
  try {
    return await runTraining(request, { control, listener });
  } catch (error) {
    const isLeft =
      error instanceof RunLeftError || isWriteFault(faultOf(error));
    if (!isLeft) throw error;
    throw new Error(`${(error as Error).message}\nTo go on: ${resumeHint}`, {
      cause: error,
    });
  } finally {
    process.off("SIGINT", interrupt);
    process.off("SIGTERM", interrupt);
    lock.release();
    if (isNew) removeWhenEmpty(request.outFolder);
  }
}

/** A run that was refused leaves no folder. */
function removeWhenEmpty(folder: string): void {
  try {
    rmdirSync(folder);
  } catch {
    return; // It holds what was learned, or was removed.
  }
}

/** The arguments of the same run, to be pasted into a shell. */
export function resumeArguments(args: readonly string[]): string {
  const all = args.includes("--resume") ? args : [...args, "--resume"];
  return all
    .map((each) =>
      /^[\w./:,=@+-]+$/.test(each)
        ? each
        : `'${each.replaceAll("'", "'\\''")}'`,
    )
    .join(" ");
}

/** The documents of a folder, split into those that are learned from and those that are measured on. */
export async function findDocuments({
  documents,
  heldout,
}: {
  documents: string;
  heldout: string;
}): Promise<Extract<TrainingSource, { kind: "documents" }>> {
  requireExisting("--documents", documents);
  if (heldout !== "") requireExisting("--heldout", heldout);
  const git = new GitIgnore();
  const chosen = await chooseDocuments({
    folder: documents,
    ...(heldout !== "" && { heldOutFolder: heldout }),
    askGit: git.ask,
  }).finally(() => git.dispose());
  const shortage = findShortage(chosen);
  if (shortage) {
    throw new RangeError(
      describeShortage(shortage, {
        folder: documents,
        leftOut: chosen.leftOut,
      }),
    );
  }
  for (const text of chosen.leftOut.flatMap(describeSkipped)) {
    process.stderr.write(`${text}\n`);
  }
  for (const top of chosen.unaskedRepositories) {
    process.stderr.write(
      `Git could not be asked what it ignores in ${top}, so its .gitignore files were read: what only its configuration names may be among the documents\n`,
    );
  }
  const { training, heldOut } = chosen;
  process.stderr.write(
    `${training.length} documents to learn from, ${heldOut.length} held out\n`,
  );
  return { kind: "documents", training, heldOut };
}

/** Throws when what an option names is not there. */
export function requireExisting(option: string, file: string): void {
  if (existsSync(file)) return;
  throw new UsageError(
    `${option} is ${file}, which does not exist, expected a file or folder to read`,
  );
}
