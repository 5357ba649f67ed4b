// Starts the thread that derives weights for prefill, or looks whether those that are there are sound.

import { Worker } from "node:worker_threads";
import type { CheckRequest, DeriveRequest } from "../protocol/worker";

/** What the thread is told, of which it does one. */
export interface DeriverStart {
  derive?: DeriveRequest;
  check?: CheckRequest;
}

/** Fulfilled when the weights are there; rejected when they cannot be written. `script` is the bundle of deriver.ts. */
export async function derivePrefill(
  { modelFolder, cacheFolder }: DeriveRequest,
  script: string,
): Promise<void> {
  await runDeriver({ derive: { modelFolder, cacheFolder } }, script);
}

/** Whether derived weights are what was written. */
export async function checkPrefill(
  check: CheckRequest,
  script: string,
): Promise<boolean> {
  return (await runDeriver({ check }, script)) === true;
}

/** What the thread answers before it ends. */
function runDeriver(
  workerData: DeriverStart,
  script: string,
): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const thread = new Worker(script, { workerData });
    let answer: unknown;
    thread.once("message", (message: unknown) => (answer = message));
    thread.once("error", reject);
    thread.once("exit", (code) =>
      code === 0
        ? resolve(answer)
        : reject(
            new Error(
              `Cannot derive weights: the thread ended with ${code}, expected 0`,
            ),
          ),
    );
  });
}
