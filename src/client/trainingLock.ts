// Keeps two processes from training into one place: a file that says who trains, with a heartbeat.
// A lock is left behind when its process is gone or its heart has stopped; whoever comes then takes it over. The heart
// is the host's, not the trainer's: a trainer that is paused by the system does not run at all.

import {
  existsSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { createHash } from "node:crypto";
import path from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { inMadeFolder, writeFileAtomically } from "../common/atomicFile";
import { explainWriteFault } from "../common/writeFault";
import { processesOfThisMachine, type Processes } from "./processes";

/** How often the holder touches the file. */
const HEARTBEAT_MS = 5_000;

/** A heart that has not beaten for so long has stopped, whatever its process does. */
const MAX_SILENCE_MS = 90_000;

/** How long an orphaned trainer may take to save its checkpoint and end. */
const ORPHAN_MS = 8_000;
const ORPHAN_POLL_MS = 100;

/** Who trains. */
export interface LockHolder {
  hostname: string;
  processId: number;
  /** Tells apart two processes with one id; empty where the system does not say. */
  processStart: string;
  /** The trainer's own process, where it has one. */
  trainerProcessId: number | undefined;
  /** What a person calls the holder, such as a window's workspace. */
  title: string;
  startedAtMs: number;
}

/** Somebody else trains. */
export class TrainingLockedError extends Error {
  constructor(readonly holder: LockHolder) {
    super(
      `Cannot train: process ${holder.processId} on ${holder.hostname} (${holder.title}) has been training here since ${new Date(holder.startedAtMs).toISOString()}, expected nobody; wait for it or stop it there`,
    );
  }
}

/** The lock in one file, held by one process at a time. */
export class TrainingLock {
  private held: LockHolder | undefined;
  private heartbeat: NodeJS.Timeout | undefined;

  constructor(
    private readonly file: string,
    private readonly options: {
      title: string;
      /** Called when another process has taken the lock over. */
      onLost?: () => void;
      processes?: Processes;
    },
  ) {}

  private get processes(): Processes {
    return this.options.processes ?? processesOfThisMachine;
  }

  /** Takes the lock or throws a `TrainingLockedError`; an orphaned trainer is woken and waited for. */
  async acquire(): Promise<void> {
    try {
      await this.take();
    } catch (error) {
      const folder = path.dirname(this.file);
      throw explainWriteFault(error, { action: "train in", place: folder });
    }
  }

  private async take(): Promise<void> {
    const { hostname, processId } = this.processes;
    const holder: LockHolder = {
      hostname,
      processId,
      processStart: this.processes.startOf(processId),
      trainerProcessId: undefined,
      title: this.options.title,
      startedAtMs: Date.now(),
    };
    while (!this.create(holder)) await this.removeLeftBehind();
    this.held = holder;
    this.heartbeat = setInterval(() => this.beat(), HEARTBEAT_MS);
    this.heartbeat.unref();
  }

  /** Notes the trainer's process, so that it is not left alone when this one is gone. */
  noteTrainer(trainerProcessId: number): void {
    if (!this.held || !this.isMine()) return;
    this.held = { ...this.held, trainerProcessId };
    this.replace(this.held);
  }

  /** Gives the lock back; one that another process has taken over stays. */
  release(): void {
    clearInterval(this.heartbeat);
    if (this.held && this.isMine()) rmSync(this.file, { force: true });
    this.held = undefined;
  }

  /** Who holds the lock and is alive; undefined when it is free. */
  findHolder(): LockHolder | undefined {
    const holder = readHolder(this.file);
    return holder && !this.isLeftBehind(holder) ? holder : undefined;
  }

  private create(holder: LockHolder): boolean {
    const write = () => {
      try {
        writeFileSync(this.file, JSON.stringify(holder), { flag: "wx" });
        return true;
      } catch (error) {
        const { code, syscall } = error as NodeJS.ErrnoException;
        if (code === "EEXIST") return false;
        // It is there and has nothing in it.
        if (syscall === "write") rmSync(this.file, { force: true });
        throw error;
      }
    };
    return inMadeFolder(path.dirname(this.file), write);
  }

  private replace(holder: LockHolder): void {
    writeFileAtomically(this.file, JSON.stringify(holder));
  }

  private async removeLeftBehind(): Promise<void> {
    const holder = readHolder(this.file);
    if (holder && !this.isLeftBehind(holder)) {
      throw new TrainingLockedError(holder);
    }
    // A file that is being written at this moment is not whole yet.
    if (!holder && ageMs(this.file) < HEARTBEAT_MS) {
      await wait(ORPHAN_POLL_MS);
      return;
    }
    if (holder) await this.awaitOrphan(holder);
    // Renamed first: of two processes that come at once only one can, and the other looks again.
    const taken = `${this.file}.stale-${this.processes.processId}`;
    try {
      renameSync(this.file, taken);
      rmSync(taken, { force: true });
    } catch {
      return;
    }
  }

  /** A trainer whose host is gone ends by itself, unless it was paused by the system: then it must be woken first. */
  private async awaitOrphan({
    hostname,
    trainerProcessId,
  }: LockHolder): Promise<void> {
    const { processes } = this;
    if (trainerProcessId === undefined || hostname !== processes.hostname) {
      return;
    }
    processes.wake(trainerProcessId);
    for (let waitedMs = 0; waitedMs < ORPHAN_MS; waitedMs += ORPHAN_POLL_MS) {
      if (!processes.isAlive(trainerProcessId)) return;
      await wait(ORPHAN_POLL_MS);
    }
  }

  private beat(): void {
    try {
      if (this.isMine()) {
        const now = new Date();
        utimesSync(this.file, now, now);
        return;
      }
    } catch {
      // Unreadable for a moment; the next beat looks again.
      if (existsSync(this.file)) return;
    }
    clearInterval(this.heartbeat);
    this.held = undefined;
    this.options.onLost?.();
  }

  private isMine(): boolean {
    const holder = readHolder(this.file);
    return (
      holder?.hostname === this.held?.hostname &&
      holder?.processId === this.held?.processId &&
      holder?.startedAtMs === this.held?.startedAtMs
    );
  }

  private isLeftBehind(holder: LockHolder): boolean {
    const { processes } = this;
    if (ageMs(this.file) > MAX_SILENCE_MS) return true;
    // A home folder that several machines share: their processes cannot be looked at.
    if (holder.hostname !== processes.hostname) return false;
    return (
      !processes.isAlive(holder.processId) ||
      processes.startOf(holder.processId) !== holder.processStart
    );
  }
}

function readHolder(file: string): LockHolder | undefined {
  try {
    const value = JSON.parse(readFileSync(file, "utf8")) as Partial<LockHolder>;
    const isHolder =
      typeof value.hostname === "string" &&
      typeof value.processId === "number" &&
      typeof value.processStart === "string" &&
      typeof value.startedAtMs === "number";
    return isHolder ? (value as LockHolder) : undefined;
  } catch {
    return undefined;
  }
}

function ageMs(file: string): number {
  try {
    return Date.now() - statSync(file).mtimeMs;
  } catch {
    return Infinity;
  }
}

/**
 * Where the lock of a workspace lies: named by its folders, in a folder that all windows share, since VS Code gives a
 * second window on the same folder a workspace storage of its own.
 */
export function trainingLockFile(
  sharedFolder: string,
  workspaceFolders: string[],
): string {
  const names = [...workspaceFolders].sort().join("\n");
  const hash = createHash("sha256").update(names).digest("hex");
  return path.join(sharedFolder, `${hash.slice(0, 16)}.lock.json`);
}
