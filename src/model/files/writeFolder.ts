// Writes a model folder whole or not at all: into a temporary folder beside it, renamed when everything is there.

import {
  copyFileSync,
  existsSync,
  readdirSync,
  statSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";
import {
  moveIntoPlace,
  replaceFolder,
  withAwaitedPartialFolder,
  withPartialFolder,
  type WriteOptions,
} from "../../common/atomicFile";

/** Files that belong to a model's weights; other files of a folder (licence, README) outlive a replacement. */
const MODEL_FILES =
  /^(model.*\.safetensors(\.index\.json)?|config\.json|vocab\.json|merges\.txt|added_tokens\.json|tokenizer\.json|tokenizer_config\.json|special_tokens_map\.json|generation_config\.json|chat_template\.jinja|calibration\.json)$/;

/** Throws when a folder is there that may not be replaced. */
export function checkTarget(
  directory: string,
  { mayReplace }: { mayReplace: boolean },
): void {
  if (!existsSync(directory)) return;
  if (!statSync(directory).isDirectory()) {
    throw new Error(
      `Cannot write ${directory}: it is a file, expected an empty or new folder`,
    );
  }
  if (!mayReplace && readdirSync(directory).length > 0) {
    throw new Error(
      `Cannot write ${directory}: it holds files already, expected an empty or new folder; --force replaces its model`,
    );
  }
}

interface FolderToWrite<Written> extends WriteOptions {
  mayReplace: boolean;
  write: (temporary: string) => Written;
}

/** Lets `write` fill a new folder and puts it at `directory`; when `write` throws, nothing is left behind. */
export function writeFolder(
  directory: string,
  { mayReplace, write, ...options }: FolderToWrite<void>,
): void {
  checkTarget(directory, { mayReplace });
  withPartialFolder(
    directory,
    (temporary) => {
      write(temporary);
      putInPlace(temporary, path.resolve(directory));
    },
    options,
  );
}

/** The same for a folder whose writing is awaited. */
export async function writeAwaitedFolder(
  directory: string,
  { mayReplace, write, ...options }: FolderToWrite<Promise<void>>,
): Promise<void> {
  checkTarget(directory, { mayReplace });
  await withAwaitedPartialFolder(
    directory,
    async (temporary) => {
      await write(temporary);
      putInPlace(temporary, path.resolve(directory));
    },
    options,
  );
}

function putInPlace(temporary: string, target: string): void {
  if (!existsSync(target)) {
    moveIntoPlace(temporary, target);
    return;
  }
  copyOtherFiles(target, temporary);
  replaceFolder(temporary, target);
}

function copyOtherFiles(from: string, to: string): void {
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    if (!entry.isFile() || MODEL_FILES.test(entry.name)) continue;
    copyFileSync(path.join(from, entry.name), path.join(to, entry.name));
  }
}

/** Writes a JSON value, or bytes as they are. */
export function writeContent(file: string, content: unknown): void {
  writeFileSync(
    file,
    content instanceof Uint8Array
      ? content
      : `${JSON.stringify(content, null, 2)}\n`,
  );
}
