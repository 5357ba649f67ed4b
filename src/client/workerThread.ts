// A worker thread as the client sees it, so that tests can hand in another one.

import { Worker } from "node:worker_threads";
import type { WireMessage } from "../protocol/rpc";
import type { EndThread, WorkerStart } from "../protocol/worker";

/** How long a thread may go on with what it is in; one that never ends is left behind. */
const END_PATIENCE_MS = 10_000;

/** What happens on a thread. */
export interface ThreadListener {
  onMessage(message: WireMessage): void;
  /** The thread is gone, whatever the reason; called once. */
  onExit(reason: Error): void;
}

/** A running thread. */
export interface WorkerThread {
  post(message: WireMessage): void;
  /** Makes the thread end itself and waits until it is gone, or for ten seconds. */
  terminate(): Promise<void>;
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
    return {
      post: (message) => worker.postMessage(message),
      terminate: () => endBetweenRuns(worker),
    };
  };
}

/**
 * `Worker.terminate()` within a run of ONNX Runtime aborts the whole process, the extension host too, since the run's
 * end finds no JavaScript to return to ("terminate called after throwing an instance of 'Napi::Error'"). The thread
 * reads messages between runs only, so that one that is asked to end does so there.
 */
async function endBetweenRuns(worker: Worker): Promise<void> {
  const end: EndThread = { kind: "end-thread" };
  const exited = new Promise((resolve) => worker.once("exit", resolve));
  // A thread that is gone already has no id any more and says nothing again.
  if (worker.threadId === -1) return;
  worker.postMessage(end);
  let timer: NodeJS.Timeout | undefined;
  const patience = new Promise((resolve) => {
    timer = setTimeout(resolve, END_PATIENCE_MS);
  });
  await Promise.race([exited, patience]);
  clearTimeout(timer);
  worker.unref();
}
