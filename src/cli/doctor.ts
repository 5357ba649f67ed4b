// inkling doctor: looks at the machine, the model folder and the model itself, and says what to do where it fails.

import path from "node:path";
import { formatChecks, guarded, type Check } from "./doctor/check";
import {
  checkCacheFolder,
  checkMachine,
  checkVersions,
} from "./doctor/machine";
import { checkDerivedWeights } from "./doctor/derived";
import { checkModelFolder, missingPrefillBytes } from "./doctor/model";
import { checkEngine } from "./doctor/selfCheck";
import { parseOptions, writingThreads } from "./options";
import {
  defaultCacheFolder,
  defaultModelFolder,
  editorCacheFolders,
} from "./places";

const USAGE = `inkling doctor [options]
Looks at the machine and the model and writes a few words with it. Exit code 1 when something failed.

  --model DIR   model folder (default: the embedded model)
  --threads N   threads of the model (half of the processor's, at most 4)
  --json        one JSON object instead of text`;

/** Runs the command. */
export async function runDoctor(args: string[]): Promise<void> {
  const { strings, numbers, flags } = parseOptions(args, {
    usage: USAGE,
    strings: { model: defaultModelFolder() },
    numbers: {
      threads: writingThreads,
    },
    flags: ["json"],
  });
  const cacheFolder = defaultCacheFolder();
  const modelFolder = path.resolve(strings.model);
  const { files, folder, checks } = await checkModelFolder(modelFolder);
  const found: Check[] = [
    ...checkVersions(path.resolve(__dirname, "..", "package.json")),
    ...checkMachine(numbers.threads),
    ...checks,
  ];
  if (folder) {
    const { threads } = numbers;
    found.push(
      await guarded("Derived weights", {
        advice: "make the folder readable and writable",
        run: () => checkDerivedWeights([cacheFolder, ...editorCacheFolders()]),
      }),
    );
    const neededBytes = missingPrefillBytes(folder, cacheFolder);
    found.push(
      await guarded("Cache folder", {
        advice: "make the folder writable; until then long prompts are slower",
        run: () => checkCacheFolder(cacheFolder, neededBytes),
      }),
    );
    found.push(...(await checkEngine({ modelFolder, cacheFolder, threads })));
  }
  const isOk = found.every((check) => check.isOk);
  process.stdout.write(
    flags.json
      ? `${JSON.stringify({ isOk, checks: found, modelFiles: files })}\n`
      : `${formatChecks(found)}\n`,
  );
  if (!isOk) process.exitCode = 1;
}
