// The folder of imported models: what is in it, how large it is, where a model goes and how it goes away again.
// Several windows and terminals share it. A model appears whole or not at all (`common/atomicFile.ts`), so whatever is
// there under its own name can be loaded; what killed processes left half written is removed.

import { createHash } from "node:crypto";
import { lstatSync, readdirSync, realpathSync, rmSync, statSync } from "node:fs";
import path from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import {
  isBeingWritten,
  isPartialName,
  moveAside,
  removeLeftBehind,
} from "../common/atomicFile";
import { readJson } from "../common/ordinaryFile";

/** A folder with more entries than this was not made by Inkling. */
const MAX_LISTED = 500;
const MAX_CONFIG_BYTES = 1_000_000;
/** A fetch that was broken off and nobody has gone on with for so long is given up. */
const MAX_FETCHED_AGE_MS = 30 * 24 * 60 * 60 * 1000;
const POLL_MS = 300;
/** What is being fetched lies in here until it is whole; a name that no model has. */
const FETCHED_FOLDER = ".fetched";

/** A model in the cache. */
export interface CachedModel {
  /** What a person calls it. */
  name: string;
  directory: string;
  sizeBytes: number;
}

/** Imported models in one folder. */
export class ModelCache {
  constructor(readonly folder: string) {}

  /** The models that are there, by name; an empty list where there is no folder yet. */
  list(): CachedModel[] {
    let names: string[];
    try {
      names = readdirSync(this.folder).slice(0, MAX_LISTED);
    } catch {
      return [];
    }
    return names
      .filter((name) => !name.startsWith(".") && !isLeftOver(name))
      .map((name) => path.join(this.folder, name))
      .flatMap((directory) => describe(directory) ?? [])
      .sort((a, b) => a.name.localeCompare(b.name));
  }

  /** A model by its name or its folder's; undefined where there is none, or several of that name. */
  find(name: string): CachedModel | undefined {
    const models = this.list();
    const byFolder = models.find(
      ({ directory }) => path.basename(directory) === name,
    );
    if (byFolder) return byFolder;
    const byName = models.filter((model) => model.name === name);
    return byName.length === 1 ? byName[0] : undefined;
  }

  /**
   * Where the import of a source goes: the same for the same file, another one for a file that was changed. What was
   * fetched has an identity by which it is known before it is on the disk.
   */
  directoryFor(
    source: string,
    { name, identity }: { name: string; identity?: string | undefined },
  ): string {
    const hash = createHash("sha256")
      .update(identity ?? stateOf(source))
      .digest("hex");
    const readable = name.replace(/[^\w.-]+/g, "-").replace(/^[.-]+/, "");
    const folder = `${readable.slice(0, 80) || "model"}-${hash.slice(0, 6)}`;
    return path.join(this.folder, folder);
  }

  /** Waits while a process of this machine writes a model; whether it is there then. */
  async waitFor(
    directory: string,
    { pollMs = POLL_MS }: { pollMs?: number } = {},
  ): Promise<boolean> {
    for (;;) {
      if (describe(directory)) return true;
      if (!isBeingWritten(directory)) return false;
      await wait(pollMs);
    }
  }

  /**
   * Deletes a model of this cache; throws for any other folder. It is moved aside first, so that it is gone at once and
   * never half there.
   */
  remove(directory: string): void {
    const isOwn = this.list().some((model) => model.directory === directory);
    if (!isOwn) {
      throw new Error(
        `Cannot delete ${directory}: it is no model in ${this.folder}, expected one of those that are listed`,
      );
    }
    rmSync(moveAside(directory), { recursive: true, force: true });
  }

  /** Where models lie while they are fetched, each in a folder of its own. */
  get fetchedFolder(): string {
    return path.join(this.folder, FETCHED_FOLDER);
  }

  /** Deletes what was fetched, once it is imported; throws for any other folder. */
  removeFetched(folder: string): void {
    if (path.dirname(path.resolve(folder)) !== path.resolve(this.fetchedFolder)) {
      throw new Error(
        `Cannot delete ${folder}: it does not lie in ${this.fetchedFolder}, expected what was fetched there`,
      );
    }
    rmSync(folder, { recursive: true, force: true });
  }

  /** Removes what killed processes left here, and what was half fetched long ago and not gone on with. */
  cleanUp(): void {
    removeLeftBehind(this.folder);
    let names: string[];
    try {
      names = readdirSync(this.fetchedFolder);
    } catch {
      return; // Nothing was ever fetched.
    }
    for (const name of names) {
      const folder = path.join(this.fetchedFolder, name);
      if (Date.now() - lastChange(folder) > MAX_FETCHED_AGE_MS) {
        this.removeFetched(folder);
      }
    }
  }
}

/** When anything in a folder was written last. */
function lastChange(folder: string): number {
  try {
    const files = readdirSync(folder).map((name) => path.join(folder, name));
    return Math.max(
      ...[folder, ...files].map((file) => statSync(file).mtimeMs),
    );
  } catch {
    return Date.now(); // It is being changed right now, or is no folder.
  }
}

function stateOf(source: string): string {
  const { size, mtimeMs } = statSync(source);
  return `${realpathSync(source)}\n${size}\n${mtimeMs}`;
}

function isLeftOver(name: string): boolean {
  return isPartialName(name) || /\.old-\w+$/.test(name);
}

/** Whether there is a model, and what; a link to elsewhere is none, since it would be deleted there. */
function describe(directory: string): CachedModel | undefined {
  try {
    if (!lstatSync(directory).isDirectory()) return undefined;
    const config = readJson(path.join(directory, "config.json"), {
      maxBytes: MAX_CONFIG_BYTES,
    }) as { inklingQuantization?: { name?: unknown } } | null;
    const own = config?.inklingQuantization?.name;
    return {
      name: typeof own === "string" ? own : path.basename(directory),
      directory,
      sizeBytes: sizeOf(directory),
    };
  } catch {
    return undefined;
  }
}

/** Bytes of the files of a folder; model folders have none within. */
export function sizeOf(directory: string): number {
  return readdirSync(directory)
    .slice(0, MAX_LISTED)
    .map((name) =>
      statSync(path.join(directory, name), { throwIfNoEntry: false }),
    )
    .reduce((sum, status) => sum + (status?.isFile() ? status.size : 0), 0);
}
