// Remembers, across a crash of the whole process, that a model was being loaded.
// Each process writes a file of its own before it loads a model and removes it after the first token. A file that is
// found later is evidence only when the process that wrote it is gone: another window may be loading right now. Where
// process ids repeat (containers), the process's start tells two of them apart.
// One process that went while it loaded proves nothing: a window was closed by force, memory ran out, the power failed.
// Two in a row on the same model do, the second begun with the first one known: windows that go down together are one.

import { readFileSync, readdirSync, rmSync } from "node:fs";
import path from "node:path";
import { writeFileAtomically } from "../common/atomicFile";
import { processesOfThisMachine, type Processes } from "./processes";

/** So many loads in a row that ended with their process are taken for a fault of the model's. */
const CRASHES_TO_BLOCK = 2;
/** A marker this old is no evidence any more, and nobody's of this machine: it is removed. */
const MAX_AGE_MS = 30 * 24 * 60 * 60 * 1000;

/** What a marker says about the process that wrote it. */
export interface LoadMarker {
  hostname: string;
  processId: number;
  /** Tells apart two processes with one id; empty where the system does not say. */
  processStart: string;
  modelFolder: string;
  /** Loads of the same model in a row that were known to have ended with their process when this one began. */
  crashesBefore: number;
  writtenAtMs: number;
}

interface FoundMarker {
  file: string;
  marker: LoadMarker;
}

/** The markers in one folder, seen from one process. */
export class LoadMarkers {
  private readonly file: string;

  constructor(
    private readonly folder: string,
    private readonly processes: Omit<
      Processes,
      "wake"
    > = processesOfThisMachine,
  ) {
    // The next process may get the same id, and must not write over what this one leaves behind.
    const started = Date.now().toString(36);
    const name = `loading-${processes.processId}-${started}.json`;
    this.file = path.join(folder, name);
  }

  /** To be called before a model is loaded. The file is there in full or not at all. */
  write(modelFolder: string): void {
    const { hostname, processId } = this.processes;
    this.removeOld();
    const marker: LoadMarker = {
      hostname,
      processId,
      processStart: this.processes.startOf(processId),
      modelFolder,
      crashesBefore: crashesInARow(
        this.leftBehind(modelFolder).map((found) => found.marker),
      ),
      writtenAtMs: Date.now(),
    };
    writeFileAtomically(this.file, JSON.stringify(marker));
  }

  /** To be called after the model's first token, and when a load ended in any way that this process survived. */
  clear(): void {
    rmSync(this.file, { force: true });
  }

  /** The latest load of a model that ended with its process, once there are enough to keep from trying again. */
  findCrash(modelFolder: string): LoadMarker | undefined {
    const crashes = this.leftBehind(modelFolder).map(({ marker }) => marker);
    if (crashesInARow(crashes) < CRASHES_TO_BLOCK) return undefined;
    return crashes.sort((a, b) => b.writtenAtMs - a.writtenAtMs)[0];
  }

  /** Removes the evidence against a model: a load went well, or the user wants it tried again. */
  forgetCrashes(modelFolder: string): void {
    for (const { file } of this.leftBehind(modelFolder)) {
      rmSync(file, { force: true });
    }
  }

  private leftBehind(modelFolder: string): FoundMarker[] {
    return this.list().filter(
      ({ marker }) =>
        marker.modelFolder === modelFolder && this.isLeftBehind(marker),
    );
  }

  private removeOld(): void {
    const oldest = Date.now() - MAX_AGE_MS;
    for (const { file, marker } of this.list()) {
      if (marker.writtenAtMs < oldest) rmSync(file, { force: true });
    }
  }

  private list(): FoundMarker[] {
    let names: string[];
    try {
      names = readdirSync(this.folder);
    } catch {
      return []; // The folder is made by the first load.
    }
    return names
      .filter((name) => /^loading-[\w-]+\.json$/.test(name))
      .map((name) => path.join(this.folder, name))
      .flatMap((file) => {
        const marker = readMarker(file);
        return marker ? [{ file, marker }] : [];
      });
  }

  private isLeftBehind(marker: LoadMarker): boolean {
    const { hostname, bootedAtMs } = this.processes;
    // A home folder that several machines share: their processes cannot be looked at.
    if (marker.hostname !== hostname) return false;
    if (marker.writtenAtMs < bootedAtMs) return true;
    if (!this.processes.isAlive(marker.processId)) return true;
    return this.processes.startOf(marker.processId) !== marker.processStart;
  }
}

/** How many of these followed each other. */
function crashesInARow(crashes: readonly LoadMarker[]): number {
  return Math.max(0, ...crashes.map((each) => each.crashesBefore + 1));
}

function readMarker(file: string): LoadMarker | undefined {
  try {
    const value = JSON.parse(readFileSync(file, "utf8")) as Partial<LoadMarker>;
    const isMarker =
      typeof value.hostname === "string" &&
      typeof value.processId === "number" &&
      typeof value.processStart === "string" &&
      typeof value.modelFolder === "string" &&
      ["number", "undefined"].includes(typeof value.crashesBefore) &&
      typeof value.writtenAtMs === "number";
    // Markers of earlier versions do not count what was before them.
    return isMarker
      ? ({ crashesBefore: 0, ...value } as LoadMarker)
      : undefined;
  } catch {
    return undefined; // Another window has just removed it.
  }
}
