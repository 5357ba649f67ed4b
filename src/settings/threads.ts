// How many threads work takes where nobody has said: the editor, the panel, the command line and the benchmarks ask here.

import { availableParallelism } from "node:os";

/**
 * Writing takes half of what the machine offers, since two threads of one core share its arithmetic, and at most 4,
 * since one row of 4-bit weights gains nothing from more and the editor needs the rest. Training takes what the machine
 * has, at most 8, and runs at low priority, but leaves a core to the editor where there are many.
 */
export function threadsFor(
  work: "writing" | "training",
  available = availableParallelism(),
): number {
  return work === "writing"
    ? Math.min(4, Math.max(Math.min(2, available), available >> 1))
    : Math.max(1, Math.min(8, available > 2 ? available - 1 : available));
}
