// Lets long work give way, so that a thread that also answers people does not freeze.

import { setImmediate } from "node:timers/promises";

/** Work goes on for so long before others have their turn. */
const TURN_MS = 10;

/** A function to be awaited now and then: it gives way when its turn is over, and throws when `signal` is aborted. */
export function createYielder(
  signal: AbortSignal | undefined,
): () => Promise<void> {
  let turnBeganMs = performance.now();
  return async () => {
    signal?.throwIfAborted();
    if (performance.now() - turnBeganMs < TURN_MS) return;
    await setImmediate();
    signal?.throwIfAborted();
    turnBeganMs = performance.now();
  };
}
