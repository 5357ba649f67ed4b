// What this process holds at a moment: memory, open files, listeners and what keeps its event loop alive.

import { readdirSync } from "node:fs";

/** Figures of one moment. */
export interface ProcessFigures {
  residentMb: number;
  heapMb: number;
  externalMb: number;
  /** Undefined where the system has no /proc. */
  openFiles: number | undefined;
  /** Of `process` itself, over all events. */
  listeners: number;
  timers: number;
  otherResources: number;
}

/** Reads them now; garbage counts until it is collected. */
export function processFigures(): ProcessFigures {
  const { rss, heapUsed, external } = process.memoryUsage();
  const resources = process.getActiveResourcesInfo();
  const isTimer = (name: string) => name === "Timeout" || name === "Immediate";
  const timers = resources.filter(isTimer).length;
  return {
    residentMb: megabytes(rss),
    heapMb: megabytes(heapUsed),
    externalMb: megabytes(external),
    openFiles: countOpenFiles(),
    listeners: process
      .eventNames()
      .reduce((sum, name) => sum + process.listenerCount(name), 0),
    timers,
    otherResources: resources.length - timers,
  };
}

function countOpenFiles(): number | undefined {
  try {
    return readdirSync("/proc/self/fd").length;
  } catch {
    return undefined;
  }
}

function megabytes(bytes: number): number {
  return Math.round(bytes / 2 ** 20);
}
