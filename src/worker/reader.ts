// The entry of the thread that reads a workspace for its memory. It answers one message at a time, in their order.

import { setPriority } from "node:os";
import { parentPort, workerData } from "node:worker_threads";
import { Rpc, type WireMessage } from "../protocol/rpc";
import { loadTokenizer } from "../tokenizer/tokenizer";
import { MemoryReading } from "./memoryReading";
import type { ReaderContract } from "./memoryReader";

/** Suggestions go before. On Linux, and there alone, 0 is the thread that asks and not the whole process. */
const hasPriority = process.platform === "linux";
if (hasPriority) setPriority(0, 10);

const port = parentPort;
if (!port) {
  throw new Error(
    "Cannot start the reader: there is no parent port, expected to run as a worker thread",
  );
}
const { modelFolder } = workerData as { modelFolder: string };
const reading = loadTokenizer(modelFolder).then(
  (tokenizer) =>
    new MemoryReading((text) => tokenizer.encode(text), !hasPriority),
);
let last: Promise<unknown> = reading;
/** One thing after the other, whatever became of the one before. */
function inTurn<T>(
  ask: (reading: MemoryReading) => T | Promise<T>,
): Promise<T> {
  const answer = last
    .catch(() => undefined)
    .then(async () => ask(await reading));
  last = answer;
  return answer;
}
const rpc = new Rpc<
  ReaderContract,
  {
    requests: Record<never, [unknown, unknown]>;
    events: Record<never, unknown>;
  }
>(
  (message) => port.postMessage(message),
  {
    read: (request) => inTurn((each) => each.read(request)),
    list: () => inTurn((each) => each.list()),
  },
  {},
);
port.on("message", (message: WireMessage) => rpc.receive(message));
