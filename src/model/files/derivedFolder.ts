// Weights in a form that is derived from a model's own: made once and kept in a cache folder, under a key of everything
// that they hang on: the contents of the weights and the config, wherever these lie. Beside them stands what was written,
// by checksums, and for which model folders. Two windows may derive at once; what is not as it was written is made again.

import { createHash } from "node:crypto";
import { copyFileSync, existsSync, readdirSync, rmSync } from "node:fs";
import path from "node:path";
import {
  isPartialName,
  moveIntoPlace,
  removeLeftBehind,
  withPartialFolder,
  writeFileAtomically,
} from "../../common/atomicFile";
import { checksumOf } from "../../common/checksum";
import { readJson } from "../../common/ordinaryFile";
import {
  bytesOfBatches,
  writeSafetensorsFile,
  type TensorBatch,
} from "../../formats/safetensorsWriter";
import { hashModel, stampModel } from "./baseHash";
import { openModelFolder, type ModelFolder } from "./modelFolder";

/** A form of weights, and how it is made. */
export interface Derivation {
  /** Distinguishes the forms of one model; empty for the one for prefill. */
  suffix: string;
  /** Raised when what is derived changes, so that old files are not taken for new ones. */
  version: number;
  batches: (folder: ModelFolder) => TensorBatch[];
}

/** A form of weights and where it is kept. */
export interface DerivedPlace {
  derivation: Derivation;
  cacheFolder: string;
}

const RECORD_FILE = "derived.json";
const WRITTEN_FILES = ["config.json", "model.safetensors"];

/** What stands beside derived weights. */
interface DerivedRecord {
  key: string;
  /** Of each file. */
  checksums: Record<string, string>;
  /** Model folders that were found to have these contents, with the state of their files then. */
  sources: { directory: string; stamp: string }[];
}

/**
 * The derived folder of a model as its files are now; undefined where there is none or where that is not known without
 * reading the weights. Nothing of it is checked.
 */
export function findDerivedFolder(
  folder: ModelFolder,
  { derivation, cacheFolder }: DerivedPlace,
): string | undefined {
  const stamp = stampModel(folder);
  const source = path.resolve(folder.directory);
  return derivedFolders(cacheFolder).find((directory) => {
    const record = readRecord(directory);
    const isOfModel = record?.sources.some(
      (each) => each.directory === source && each.stamp === stamp,
    );
    return (
      isOfModel && path.basename(directory) === nameOf(record!.key, derivation)
    );
  });
}

/** Opens the derived folder of a model, making it first when it is not there or not what was written. */
export function openDerivedFolder(
  folder: ModelFolder,
  place: DerivedPlace,
): ModelFolder {
  const { derivation, cacheFolder } = place;
  const found = findDerivedFolder(folder, place);
  if (found && isAsWritten(found)) return openModelFolder(found);
  const key = keyOf(folder, derivation);
  const target = path.join(cacheFolder, nameOf(key, derivation));
  if (existsSync(target) && !isAsWritten(target)) {
    rmSync(target, { recursive: true, force: true });
  }
  if (existsSync(target)) rememberSource(target, folder);
  else {
    derive(folder, { target, key, derivation });
    removeStale(cacheFolder, folder);
  }
  return openModelFolder(target);
}

/** Whether every file of a derived folder is what was written: reads all of it. */
export function isAsWritten(directory: string): boolean {
  try {
    const checksums = readRecord(directory)?.checksums ?? {};
    return WRITTEN_FILES.every(
      (name) => checksums[name] === checksumOf(path.join(directory, name)),
    );
  } catch {
    return false; // A file that cannot be read.
  }
}

/** All derived folders in a cache folder; those of earlier versions too, which have no record. */
export function derivedFolders(cacheFolder: string): string[] {
  let names: string[];
  try {
    names = readdirSync(cacheFolder);
  } catch {
    return []; // It is made by the first derivation.
  }
  return names
    .filter((name) => /-[0-9a-f]{16}$/.test(name) && !isPartialName(name))
    .map((name) => path.join(cacheFolder, name));
}

/** Whether derived weights are kept in this form; of earlier versions too. */
export function isOfForm(directory: string, suffix: string): boolean {
  return withoutKey(directory).endsWith(suffix);
}

/** Folders of earlier versions have no record of what was written, and are not read any more. */
export function isOfThisVersion(directory: string): boolean {
  return /^weights((-int8)?-training)?$/.test(withoutKey(directory));
}

function withoutKey(directory: string): string {
  return path.basename(directory).replace(/-[0-9a-f]{16}$/, "");
}

function nameOf(key: string, { suffix }: Derivation): string {
  return `weights${suffix}-${key}`;
}

/** Everything that derived weights hang on; reads the model's weights. */
function keyOf(folder: ModelFolder, { suffix, version }: Derivation): string {
  return createHash("sha256")
    .update(`${suffix} ${version} ${hashModel(folder)}`)
    .digest("hex")
    .slice(0, 16);
}

/** Writes into a folder of its own and moves it: a second window that does the same at once loses nothing. */
function derive(
  folder: ModelFolder,
  {
    target,
    key,
    derivation,
  }: { target: string; key: string; derivation: Derivation },
): void {
  const batches = derivation.batches(folder);
  const write = (temporary: string) => {
    const [config, weights] = WRITTEN_FILES.map((name) =>
      path.join(temporary, name),
    );
    copyFileSync(path.join(folder.directory, "config.json"), config!);
    writeSafetensorsFile(weights!, batches);
    const checksums = Object.fromEntries(
      WRITTEN_FILES.map((name) => [
        name,
        checksumOf(path.join(temporary, name)),
      ]),
    );
    const sources = [sourceOf(folder)];
    writeRecord(temporary, { key, checksums, sources });
    try {
      moveIntoPlace(temporary, target);
    } catch (error) {
      if (!existsSync(target)) throw error;
    }
  };
  withPartialFolder(target, write, {
    action: "derive weights to",
    neededBytes: bytesOfBatches(batches),
  });
}

function sourceOf(folder: ModelFolder): DerivedRecord["sources"][number] {
  return {
    directory: path.resolve(folder.directory),
    stamp: stampModel(folder),
  };
}

/** The next time the weights need not be read to know that they are the same. */
function rememberSource(directory: string, folder: ModelFolder): void {
  const record = readRecord(directory);
  if (!record) return;
  const source = sourceOf(folder);
  const others = record.sources.filter(
    (each) => each.directory !== source.directory,
  );
  try {
    writeRecord(directory, { ...record, sources: [...others, source] });
  } catch {
    return; // A cache that cannot be written is still read.
  }
}

function writeRecord(directory: string, record: DerivedRecord): void {
  const text = `${JSON.stringify(record, null, 2)}\n`;
  writeFileAtomically(path.join(directory, RECORD_FILE), text);
}

/** Undefined for what an earlier version derived, and for a record that is damaged. */
function readRecord(directory: string): DerivedRecord | undefined {
  try {
    const record = readJson(
      path.join(directory, RECORD_FILE),
    ) as Partial<DerivedRecord> | null;
    const isRecord =
      typeof record?.key === "string" &&
      typeof record.checksums === "object" &&
      Array.isArray(record.sources);
    return isRecord ? (record as DerivedRecord) : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Removes what no model folder needs any more: each that it was derived for is gone or was changed. What an earlier
 * version derived from this model goes too. A file still in use on Windows stays until next time.
 */
function removeStale(cacheFolder: string, folder: ModelFolder): void {
  removeLeftBehind(cacheFolder);
  const oldName = folder.name.replaceAll(/[^\w.-]/g, "_");
  for (const directory of derivedFolders(cacheFolder)) {
    const record = readRecord(directory);
    const isStale = record
      ? !record.sources.some(isUnchanged)
      : isOfThisVersion(directory) ||
        [oldName, `${oldName}-training`].includes(withoutKey(directory));
    try {
      if (isStale) rmSync(directory, { recursive: true, force: true });
    } catch {
      continue;
    }
  }
}

function isUnchanged({
  directory,
  stamp,
}: DerivedRecord["sources"][number]): boolean {
  try {
    return stampModel(openModelFolder(directory)) === stamp;
  } catch {
    return false; // It is gone.
  }
}
