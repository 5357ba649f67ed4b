// Starts the thread that reads a workspace and asks it.

import { Worker } from "node:worker_threads";
import { Rpc, type WireMessage } from "../protocol/rpc";
import type { MemoryList, ReadWorkspaceRequest } from "../protocol/worker";
import type { MemoryChange } from "./memoryReading";

/** What the thread is asked. */
export interface ReaderContract {
  requests: {
    read: [ReadWorkspaceRequest, MemoryChange];
    list: [null, MemoryList];
  };
  events: Record<never, unknown>;
}

/** A running reader. */
export interface MemoryReader {
  /** What a memory has to do to be true to the workspace as it is now. */
  read(request: ReadWorkspaceRequest): Promise<MemoryChange>;
  /** What was read last. */
  list(): Promise<MemoryList>;
  stop(): void;
}

/** `script` is the bundle of reader.ts. */
export function startMemoryReader(
  modelFolder: string,
  script: string,
): MemoryReader {
  const thread = new Worker(script, { workerData: { modelFolder } });
  const rpc = new Rpc<
    {
      requests: Record<never, [unknown, unknown]>;
      events: Record<never, unknown>;
    },
    ReaderContract
  >((message) => thread.postMessage(message), {}, {});
  thread.on("message", (message: WireMessage) => rpc.receive(message));
  thread.on("error", (error: Error) => rpc.close(error));
  thread.on("exit", () =>
    rpc.close(new Error("The memory's reader has ended")),
  );
  return {
    read: (request) => rpc.request("read", request),
    list: () => rpc.request("list", null),
    // It holds no native session, so that nothing is lost with it.
    stop: () => void thread.terminate(),
  };
}
