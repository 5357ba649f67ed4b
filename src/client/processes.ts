// What is asked of the system about processes; handed in by tests.

import { readFileSync } from "node:fs";
import os from "node:os";
import { isAlive } from "../common/isAlive";

/** Processes of this machine, seen from one of them. */
export interface Processes {
  hostname: string;
  processId: number;
  bootedAtMs: number;
  isAlive(processId: number): boolean;
  /** Tells apart two processes with one id; empty where the system does not say. */
  startOf(processId: number): string;
  /** Lets a process run on that was stopped by SIGSTOP. */
  wake(processId: number): void;
}

/** The processes of the machine that this runs on. */
export const processesOfThisMachine: Processes = {
  hostname: os.hostname(),
  processId: process.pid,
  bootedAtMs: Date.now() - os.uptime() * 1000,
  isAlive,
  /** Linux: clock ticks from boot to the process's start, field 22 of /proc/PID/stat (proc(5)). Elsewhere empty. */
  startOf(processId) {
    try {
      const stat = readFileSync(`/proc/${processId}/stat`, "utf8");
      // Field 2 is the program's name in parentheses and may hold spaces; field 3 follows it.
      const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
      return fields[22 - 3] ?? "";
    } catch {
      return "";
    }
  },
  wake(processId) {
    if (process.platform === "win32") return;
    try {
      process.kill(processId, "SIGCONT");
    } catch {
      // It is gone.
    }
  },
};
