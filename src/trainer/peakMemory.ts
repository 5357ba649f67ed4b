// The most memory that this process has held so far.

import { readFileSync } from "node:fs";

/** In units of 1024 * 1024 bytes, as bench/peers counts: Linux's high-water mark, elsewhere what Node reports. */
export function peakMemoryMb(): number {
  if (process.platform === "linux") {
    const kib = parseHighWaterMark(readFileSync("/proc/self/status", "utf8"));
    if (kib !== undefined) return kib / 1024;
  }
  return process.resourceUsage().maxRSS / 1024;
}

/** The line `VmHWM:` of /proc/PID/status, in KiB. */
export function parseHighWaterMark(status: string): number | undefined {
  const match = /^VmHWM:\s+(\d+) kB$/m.exec(status);
  return match ? Number(match[1]) : undefined;
}
