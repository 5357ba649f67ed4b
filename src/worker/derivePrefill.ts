// Starts the thread that derives weights for prefill.

import { Worker } from "node:worker_threads";
import type { DeriveRequest } from "../protocol/worker";

/** Fulfilled when the weights are there; rejected when they cannot be written. `script` is the bundle of deriver.ts. */
export function derivePrefill(
  { modelFolder, cacheFolder }: DeriveRequest,
  script: string,
): Promise<void> {
  const workerData: DeriveRequest = { modelFolder, cacheFolder };
  return new Promise((resolve, reject) => {
    const thread = new Worker(script, { workerData });
    thread.once("error", reject);
    thread.once("exit", (code) =>
      code === 0
        ? resolve()
        : reject(
            new Error(
              `Cannot derive weights: the thread ended with ${code}, expected 0`,
            ),
          ),
    );
  });
}
