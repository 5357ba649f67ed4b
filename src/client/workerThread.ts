// A worker thread as the client sees it, so that tests can hand in another one.

import { Worker } from "node:worker_threads";
import type { WireMessage } from "../protocol/rpc";
import type { WorkerStart } from "../protocol/worker";

/** What happens on a thread. */
export interface ThreadListener {
  onMessage(message: WireMessage): void;
  /** The thread is gone, whatever the reason; called once. */
  onExit(reason: Error): void;
}

/** A running thread. It is never terminated, only asked to end: `endThread` in the contract says why. */
export interface WorkerThread {
  post(message: WireMessage): void;
}

/** Starts a thread and tells `listener` what happens on it. */
export type StartThread = (
  start: WorkerStart,
  listener: ThreadListener,
) => WorkerThread;

/** Starts threads from the bundle at `file`. */
export function threadStarter(file: string): StartThread {
  return (start, listener) => {
    // The flags of the extension host's own process are not for a thread of ours.
    const worker = new Worker(file, { workerData: start, execArgv: [] });
    let thrown: Error | undefined;
    worker.on("message", (message: WireMessage) => listener.onMessage(message));
    worker.on("error", (error: Error) => (thrown = error));
    worker.on("exit", (code) =>
      listener.onExit(
        thrown ?? new Error(`The model worker ended with code ${code}`),
      ),
    );
    return { post: (message) => worker.postMessage(message) };
  };
}
