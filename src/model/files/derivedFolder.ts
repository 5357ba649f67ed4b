// Weights in a form that is derived from a model's own: made once on first load and kept in a cache folder under the
// model's name and a hash of the files they come from. Two windows may do so at once; a damaged folder is made again.

import { createHash } from "node:crypto";
import {
  copyFileSync,
  existsSync,
  readdirSync,
  rmSync,
  statSync,
} from "node:fs";
import path from "node:path";
import {
  isPartialName,
  moveIntoPlace,
  withPartialFolder,
} from "../../common/atomicFile";
import { openModelFolder, type ModelFolder } from "./modelFolder";
import {
  writeSafetensorsFile,
  type TensorBatch,
} from "../../formats/safetensorsWriter";

/** A form of weights, and how it is made. */
export interface Derivation {
  /** Distinguishes the forms of one model; empty for the one for prefill. */
  suffix: string;
  /** Raised when what is derived changes, so that old files are not taken for new ones. */
  version: number;
  batches: (folder: ModelFolder) => TensorBatch[];
}

/** Where the derived folder of a model is, whether it exists or not. */
export function derivedFolderPath(
  folder: ModelFolder,
  { derivation, cacheFolder }: { derivation: Derivation; cacheFolder: string },
): string {
  return path.join(
    cacheFolder,
    `${fileNameOf(folder, derivation)}-${fingerprint(folder, derivation)}`,
  );
}

/** The derived folder's name without the fingerprint; of a folder that is not whole too. Undefined for other names. */
export function derivedNameOf(directory: string): string | undefined {
  const [, name] =
    /^(.*)-[0-9a-f]{16}(\.partial-\w+)?$/.exec(path.basename(directory)) ?? [];
  return name;
}

/** A model's name may hold characters that a file's name may not. */
function fileNameOf(folder: ModelFolder, { suffix }: Derivation): string {
  return `${folder.name.replaceAll(/[^\w.-]/g, "_")}${suffix}`;
}

/** Opens the derived folder of a model, making it first when it is not there. */
export function openDerivedFolder(
  folder: ModelFolder,
  options: { derivation: Derivation; cacheFolder: string },
): ModelFolder {
  const target = derivedFolderPath(folder, options);
  const found = openIfWhole(target);
  if (found) return found;
  derive(folder, { target, derivation: options.derivation });
  removeOlder(folder, { target, derivation: options.derivation });
  return openModelFolder(target);
}

/** A folder that a power failure left damaged is removed, to be made again. */
function openIfWhole(target: string): ModelFolder | undefined {
  if (!existsSync(target)) return undefined;
  try {
    return openModelFolder(target);
  } catch {
    rmSync(target, { recursive: true, force: true });
    return undefined;
  }
}

/** Writes into a folder of its own and renames it: a second window that does the same at once loses nothing. */
function derive(
  folder: ModelFolder,
  { target, derivation }: { target: string; derivation: Derivation },
): void {
  withPartialFolder(target, (temporary) => {
    copyFileSync(
      path.join(folder.directory, "config.json"),
      path.join(temporary, "config.json"),
    );
    writeSafetensorsFile(
      path.join(temporary, "model.safetensors"),
      derivation.batches(folder),
    );
    try {
      moveIntoPlace(temporary, target);
    } catch (error) {
      if (!existsSync(target)) throw error;
    }
  });
}

/** Tells one state of a model's files from another without reading them whole. */
function fingerprint(folder: ModelFolder, { version }: Derivation): string {
  const hash = createHash("sha256").update(`${version}`);
  const files = new Set([...folder.tensors.values()].map(({ file }) => file));
  for (const file of [...files].sort()) {
    const { size, mtimeMs } = statSync(file);
    hash.update(`${path.basename(file)} ${size} ${mtimeMs}\n`);
  }
  return hash.digest("hex").slice(0, 16);
}

/** A folder this old that is still unfinished belongs to a process that is gone. */
const MAX_PARTIAL_AGE_MS = 60 * 60 * 1000;

/**
 * Removes what was derived from earlier states of the model, and what was left unfinished long ago; a file still in use
 * on Windows stays until next time.
 */
function removeOlder(
  folder: ModelFolder,
  { target, derivation }: { target: string; derivation: Derivation },
): void {
  const parent = path.dirname(target);
  for (const name of readdirSync(parent)) {
    const file = path.join(parent, name);
    const isOfModel = derivedNameOf(name) === fileNameOf(folder, derivation);
    if (!isOfModel || file === target) continue;
    try {
      const isYoung = Date.now() - statSync(file).mtimeMs < MAX_PARTIAL_AGE_MS;
      if (isPartialName(name) && isYoung) continue;
      rmSync(file, { recursive: true, force: true });
    } catch {
      continue;
    }
  }
}
