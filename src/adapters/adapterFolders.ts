// The adapters of a workspace: one folder each below the workspace's storage, in the form of Python's peft with our
// manifest beside. Listing looks at names and headers only; whether the weights fit the base shows when one is used.

import { cpSync, existsSync, readdirSync, rmSync, statSync } from "node:fs";
import { copyFile } from "node:fs/promises";
import path from "node:path";
import {
  isPartialName,
  moveIntoPlace,
  withAwaitedPartialFolder,
  withPartialFolder,
} from "../common/atomicFile";
import { requireFileSize } from "../common/ordinaryFile";
import { removeSpareFolders } from "../common/spareFolder";
import { packAdapter, unpackAdapter } from "./adapterFile";
import {
  AdapterFileError,
  readAdapterFiles,
  type AdapterFault,
} from "./adapterFiles";
import {
  ADAPTER_FILES,
  CONFIG_FILE,
  MANIFEST_FILE,
  MAX_TEXT_BYTES,
  MAX_WEIGHTS_BYTES,
  WEIGHTS_FILE,
} from "./adapterNames";
import { writeManifest, type ReadManifest } from "./manifest";

export type { AdapterFault };

/** An adapter as it lies on the disk. */
export interface AdapterFolder {
  id: string;
  directory: string;
  /** Undefined for one that was made elsewhere. */
  manifest: ReadManifest | undefined;
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
      .filter(({ name }) => name !== training && !isPartialName(name))
      .map(({ name }) => inspectAdapter(this.directoryOf(name)))
      .sort((a, b) => timeOf(b).localeCompare(timeOf(a)));
  }

  /** Gives an adapter another name; one without a manifest is called by its folder. */
  rename(id: string, name: string): string {
    const { manifest, directory } = inspectAdapter(this.directoryOf(id));
    if (manifest) {
      const file = path.join(directory, MANIFEST_FILE);
      writeManifest(file, { ...manifest, name });
      return id;
    }
    const newId = this.freeId(name);
    moveIntoPlace(directory, this.directoryOf(newId));
    return newId;
  }

  /** Copies an adapter into a new folder below `target`; answers that folder. */
  export(id: string, target: string): string {
    const { manifest, directory } = inspectAdapter(this.directoryOf(id));
    const name = slugOf(manifest?.name ?? id);
    const copy = freeName(name, (each) => existsSync(path.join(target, each)));
    const place = path.join(target, copy);
    withPartialFolder(
      place,
      (folder) => {
        copyAdapter(directory, folder);
        moveIntoPlace(folder, place);
      },
      {
        action: "export an adapter to",
        neededBytes: bytesOfAdapter(directory),
      },
    );
    return place;
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

  /** Copies an adapter in, from a folder or from one file; rejects when there is none, or one that is too large. */
  async import(source: string): Promise<string> {
    const isFile = !statSync(source).isDirectory();
    requireImportable(source, isFile);
    const id = this.freeId(
      path.basename(path.resolve(source), isFile ? ".safetensors" : ""),
    );
    try {
      const target = this.directoryOf(id);
      await withAwaitedPartialFolder(
        target,
        async (folder) => {
          if (isFile) await unpackAdapter(source, folder);
          else await copyFiles(source, folder);
          requireAdapter(folder, source);
          moveIntoPlace(folder, target);
        },
        {
          action: "import an adapter to",
          neededBytes: isFile ? statSync(source).size : bytesOfAdapter(source),
        },
      );
    } finally {
      this.removeRootWhenEmpty();
    }
    return id;
  }

  /** Removes an adapter and everything in its folder; the folder of all goes with the last one. */
  remove(id: string): void {
    rmSync(this.directoryOf(id), { recursive: true, force: true });
    removeSpareFolders(this.directoryOf(id));
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
  try {
    const { config, manifest } = readAdapterFiles(directory);
    const baseName =
      manifest?.base.name ?? path.posix.basename(config.baseName ?? "");
    return { id, directory, manifest, baseName, fault: undefined };
  } catch (error) {
    if (!(error instanceof AdapterFileError)) throw error;
    const { fault } = error;
    return { id, directory, manifest: undefined, baseName: "", fault };
  }
}

/** The size of the files that are copied. */
function bytesOfAdapter(directory: string): number {
  return ADAPTER_FILES.map(
    (name) =>
      statSync(path.join(directory, name), { throwIfNoEntry: false })?.size ??
      0,
  ).reduce((sum, size) => sum + size, 0);
}

/** Looks at the sizes before anything is copied. */
function requireImportable(source: string, isFile: boolean): void {
  if (isFile) {
    requireFileSize(source, MAX_WEIGHTS_BYTES);
    return;
  }
  for (const name of ADAPTER_FILES) {
    const file = path.join(source, name);
    const isText = name !== WEIGHTS_FILE;
    const maxBytes = isText ? MAX_TEXT_BYTES : MAX_WEIGHTS_BYTES;
    if (existsSync(file)) requireFileSize(file, maxBytes);
  }
}

/** The threads of Node copy meanwhile. */
async function copyFiles(source: string, target: string): Promise<void> {
  for (const name of ADAPTER_FILES) {
    const from = path.join(source, name);
    if (existsSync(from)) await copyFile(from, path.join(target, name));
  }
}

/** Throws an error when a copy of `source` is no adapter that can be used. */
function requireAdapter(folder: string, source: string): void {
  try {
    readAdapterFiles(folder);
  } catch (error) {
    if (!(error instanceof AdapterFileError)) throw error;
    const { message, fault } = error;
    // The reader's words without the copy's place, which is gone.
    const reason = message.split(`${fault.file}: `).at(-1);
    throw new Error(
      fault.code === "missing-file"
        ? `Cannot import ${source}: ${fault.file} is missing, expected a folder with ${CONFIG_FILE} and ${WEIGHTS_FILE}, or one file that Inkling has exported`
        : `Cannot import ${source}: in ${fault.file} ${reason}`,
      { cause: error },
    );
  }
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

/** Names that Windows takes for devices, with whatever ending. */
const WINDOWS_DEVICE = /^(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(?:\.|$)/;

function slugOf(name: string): string {
  const slug = name
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}._-]+/gu, "-")
    .slice(0, 80)
    .replaceAll(/^[-.]+|[-.]+$/g, "");
  if (slug === "") return "adapter";
  return WINDOWS_DEVICE.test(slug) ? `adapter-${slug}` : slug;
}

function freeName(name: string, isTaken: (name: string) => boolean): string {
  let free = name;
  for (let number = 2; isTaken(free); number++) free = `${name}-${number}`;
  return free;
}
