// The entry of the fetcher process, the only one that uses the network, and only for the one request that it is started
// for. It ends with its channel; what has come stays on the disk and is gone on with the next time.

import type { FetcherContract } from "../protocol/models";
import { Rpc, type WireMessage } from "../protocol/rpc";
import { fetchModel, planFetch, readSource } from "./fetchModel";

/** How often progress is told: a connection brings thousands of pieces a second. */
const PROGRESS_EVERY_MS = 200;

/** The host serves nothing. */
interface HostContract {
  requests: Record<never, [unknown, unknown]>;
  events: Record<never, unknown>;
}

const rpc = new Rpc<FetcherContract, HostContract>(
  (message) => {
    if (process.connected) process.send!(message, undefined, {}, () => {});
  },
  {
    readSource: ({ text, hubAddress }) => readSource(text, hubAddress),
    planFetch: ({ source, ...network }) =>
      planFetch(source, { ...network, env: process.env }),
    fetchModel: ({ source, folder, ...network }) =>
      fetchModel(
        { source, folder },
        { ...network, env: process.env, onProgress: seldom() },
      ),
  },
  {},
);

function seldom(): (
  progress: FetcherContract["events"]["fetchProgress"],
) => void {
  let toldAtMs = -Infinity;
  return (progress) => {
    const now = performance.now();
    const isDone = progress.doneBytes === progress.totalBytes;
    if (!isDone && now - toldAtMs < PROGRESS_EVERY_MS) return;
    toldAtMs = now;
    rpc.emit("fetchProgress", progress);
  };
}

process.stderr.on("error", () => {});
process.on("message", (message: WireMessage) => rpc.receive(message));
process.on("disconnect", () => process.exit(0));
