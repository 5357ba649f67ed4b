// The adapters of a workspace: one folder each below the workspace's storage, in the form of Python's peft with our
// manifest beside. Listing looks at names and headers only; whether the weights fit the base shows when one is used.

import {
  closeSync,
  cpSync,
  existsSync,
  fstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";
import type { AdapterManifest } from "../protocol/training";
import { packAdapter, unpackAdapter } from "./adapterFile";
import { CONFIG_FILE, MANIFEST_FILE, WEIGHTS_FILE } from "./adapterNames";

/** What belongs to an adapter and is copied with it. */
const ADAPTER_FILES = [CONFIG_FILE, WEIGHTS_FILE, MANIFEST_FILE];

/** Why an adapter in the list cannot be used. */
export type AdapterFault =
  | { code: "missing-file"; file: string }
  | { code: "damaged-file"; file: string };

/** An adapter as it lies on the disk. */
export interface AdapterFolder {
  id: string;
  directory: string;
  /** Undefined for one that was made elsewhere. */
  manifest: AdapterManifest | undefined;
  /** The base as peft's configuration names it; empty where it does not. */
  baseName: string;
  fault: AdapterFault | undefined;
}

/** Lists and changes the folders below one folder. */
export class AdapterFolders {
  constructor(readonly root: string) {}

  /** Where the adapter of this id lies, or will lie. */
  directoryOf(id: string): string {
    return path.join(this.root, id);
  }

  /** The newest first; `training` is the one that is being made and is none yet. */
  list(training: string | undefined): AdapterFolder[] {
    if (!existsSync(this.root)) return [];
    return readdirSync(this.root, { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && !entry.name.startsWith("."))
      .filter(({ name }) => name !== training)
      .map(({ name }) => inspectAdapter(this.directoryOf(name)))
      .sort((a, b) => timeOf(b).localeCompare(timeOf(a)));
  }

  /** Gives an adapter another name; one without a manifest is called by its folder. */
  rename(id: string, name: string): string {
    const { manifest, directory } = inspectAdapter(this.directoryOf(id));
    if (manifest) {
      const text = `${JSON.stringify({ ...manifest, name }, null, 2)}\n`;
      const file = path.join(directory, MANIFEST_FILE);
      writeFileSync(`${file}.tmp`, text);
      renameSync(`${file}.tmp`, file);
      return id;
    }
    const newId = this.freeId(name);
    renameSync(directory, this.directoryOf(newId));
    return newId;
  }

  /** Copies an adapter into a new folder below `target`; answers that folder. */
  export(id: string, target: string): string {
    const { manifest, directory } = inspectAdapter(this.directoryOf(id));
    const name = slugOf(manifest?.name ?? id);
    const copy = freeName(name, (each) => existsSync(path.join(target, each)));
    putInPlace(path.join(target, copy), (folder) =>
      copyAdapter(directory, folder),
    );
    return path.join(target, copy);
  }

  /** What an adapter is called when it is exported as one file. */
  fileNameOf(id: string): string {
    const { manifest } = inspectAdapter(this.directoryOf(id));
    return `${slugOf(manifest?.name ?? id)}.safetensors`;
  }

  /** Writes an adapter as one file. */
  exportFile(id: string, file: string): void {
    packAdapter(this.directoryOf(id), file);
  }

  /** Copies an adapter in, from a folder or from one file; throws an error when there is none. */
  import(source: string): string {
    const isFile = statSync(source).isFile();
    const id = this.freeId(
      path.basename(path.resolve(source), isFile ? ".safetensors" : ""),
    );
    try {
      putInPlace(this.directoryOf(id), (folder) => {
        if (isFile) unpackAdapter(source, folder);
        else copyAdapter(source, folder);
        requireAdapter(folder, source);
      });
    } finally {
      this.removeRootWhenEmpty();
    }
    return id;
  }

  /** Removes an adapter and everything in its folder; the folder of all goes with the last one. */
  remove(id: string): void {
    rmSync(this.directoryOf(id), { recursive: true, force: true });
    this.removeRootWhenEmpty();
  }

  /** An id that is not taken, made of a name. */
  freeId(name: string): string {
    return freeName(slugOf(name), (id) => existsSync(this.directoryOf(id)));
  }

  private removeRootWhenEmpty(): void {
    if (existsSync(this.root) && readdirSync(this.root).length === 0) {
      rmSync(this.root, { recursive: true, force: true });
    }
  }
}

/** Looks at a folder as an adapter. */
export function inspectAdapter(directory: string): AdapterFolder {
  const id = path.basename(path.resolve(directory));
  const adapter = { id, directory, manifest: undefined, baseName: "" };
  for (const file of [CONFIG_FILE, WEIGHTS_FILE]) {
    if (!existsSync(path.join(directory, file))) {
      return { ...adapter, fault: { code: "missing-file", file } };
    }
  }
  const damaged = (file: string): AdapterFolder => ({
    ...adapter,
    fault: { code: "damaged-file", file },
  });
  const config = readObject(path.join(directory, CONFIG_FILE));
  if (!config) return damaged(CONFIG_FILE);
  if (!isWholeSafetensors(path.join(directory, WEIGHTS_FILE))) {
    return damaged(WEIGHTS_FILE);
  }
  const named = config["base_model_name_or_path"];
  const baseName = typeof named === "string" ? path.posix.basename(named) : "";
  if (!existsSync(path.join(directory, MANIFEST_FILE))) {
    return { ...adapter, baseName, fault: undefined };
  }
  const manifest = readManifest(path.join(directory, MANIFEST_FILE));
  if (!manifest) return damaged(MANIFEST_FILE);
  return {
    id,
    directory,
    manifest,
    baseName: manifest.base.name,
    fault: undefined,
  };
}

function readManifest(file: string): AdapterManifest | undefined {
  const manifest = readObject(file) as Partial<AdapterManifest> | undefined;
  const isWhole =
    manifest?.version === 1 &&
    typeof manifest.name === "string" &&
    typeof manifest.createdAt === "string" &&
    typeof manifest.base?.name === "string" &&
    Array.isArray(manifest.documents) &&
    typeof manifest.outcome?.verdict === "string";
  return isWhole ? (manifest as AdapterManifest) : undefined;
}

function readObject(file: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(readFileSync(file, "utf8"));
    const isObject = typeof value === "object" && value !== null;
    return isObject && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}

/** Whether the header is JSON and the file is as long as the header says: a copy that broke off is not. */
function isWholeSafetensors(file: string): boolean {
  const descriptor = openSync(file, "r");
  try {
    const { size } = fstatSync(descriptor);
    const length = Buffer.alloc(8);
    if (readSync(descriptor, length, 0, 8, 0) < 8) return false;
    const headerBytes = Number(length.readBigUInt64LE());
    if (headerBytes > size - 8) return false;
    const header = Buffer.alloc(headerBytes);
    readSync(descriptor, header, 0, headerBytes, 8);
    const tensors = JSON.parse(header.toString()) as Record<
      string,
      { data_offsets?: [number, number] }
    >;
    const ends = Object.values(tensors).map(
      ({ data_offsets: offsets }) => offsets?.[1] ?? 0,
    );
    return size === 8 + headerBytes + Math.max(0, ...ends);
  } catch {
    return false;
  } finally {
    closeSync(descriptor);
  }
}

/** Into a folder of another name first, so that a full disk leaves nothing that looks like an adapter. */
function putInPlace(target: string, fill: (folder: string) => void): void {
  const beside = path.join(
    path.dirname(target),
    `.${path.basename(target)}.partial`,
  );
  mkdirSync(beside, { recursive: true });
  try {
    fill(beside);
    renameSync(beside, target);
  } finally {
    rmSync(beside, { recursive: true, force: true });
  }
}

/** Throws an error when a copy of `source` is no adapter that can be used. */
function requireAdapter(folder: string, source: string): void {
  const { fault } = inspectAdapter(folder);
  if (!fault) return;
  throw new Error(
    `Cannot import ${source}: ${fault.file} is ${fault.code === "missing-file" ? "missing" : "damaged"}, expected a folder with ${CONFIG_FILE} and ${WEIGHTS_FILE}, or one file that Inkling has exported`,
  );
}

function copyAdapter(source: string, target: string): void {
  for (const file of ADAPTER_FILES) {
    const from = path.join(source, file);
    if (existsSync(from)) cpSync(from, path.join(target, file));
  }
}

function timeOf({ manifest, id }: AdapterFolder): string {
  return manifest?.createdAt ?? id;
}

function slugOf(name: string): string {
  const slug = name
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}._-]+/gu, "-")
    .replaceAll(/^[-.]+|[-.]+$/g, "")
    .slice(0, 80);
  return slug === "" ? "adapter" : slug;
}

function freeName(name: string, isTaken: (name: string) => boolean): string {
  let free = name;
  for (let number = 2; isTaken(free); number++) free = `${name}-${number}`;
  return free;
}
