// The entry of the worker thread: messages of the worker contract in, answers and events out.
// Everything that it does is in modelHost.ts and engine.ts.

import path from "node:path";
import { parentPort, workerData } from "node:worker_threads";
import { CancellationFlags } from "../protocol/cancellation";
import { Rpc, type WireMessage } from "../protocol/rpc";
import type {
  WorkerContract,
  WorkerHostContract,
  WorkerStart,
} from "../protocol/worker";
import { checkPrefill, derivePrefill } from "./derivePrefill";
import { loadEngine } from "../engine/engine";
import { startMemoryReader } from "./memoryReader";
import { ModelHost } from "./modelHost";

const port = parentPort;
if (!port) {
  throw new Error(
    "Cannot start the model worker: there is no parent port, expected to run as a worker thread",
  );
}

const flags = new CancellationFlags((workerData as WorkerStart).cancellation);
const host = new ModelHost({
  loadEngine: (request, onProgress) =>
    loadEngine(request, onProgress, { mayLackPrefill: true }),
  derivePrefill: (request) =>
    derivePrefill(request, path.join(__dirname, "deriver.js")),
  startReader: (modelFolder) =>
    startMemoryReader(modelFolder, path.join(__dirname, "reader.js")),
  checkPrefill: (request) =>
    checkPrefill(request, path.join(__dirname, "deriver.js")),
  isCancelled: (callId) => flags.isCancelled(callId),
  onProgress: (phase, fraction) =>
    rpc.emit("loadProgress", { phase, fraction }),
  onText: (text) => rpc.emit("textGenerated", text),
});
const rpc = new Rpc<WorkerContract, WorkerHostContract>(
  (message) => port.postMessage(message),
  {
    loadModel: (request) => host.load(request),
    useAdapter: ({ adapterFolder }) => host.useAdapter(adapterFolder),
    generate: (call) => host.generate(call),
    measureText: (request) => host.measureText(request),
    classify: ({ text }) => host.classify(text),
    readWorkspace: (request) => host.readWorkspace(request),
    listMemory: () => host.listMemory(),
    memory: () => host.memory(),
  },
  {
    endThread: () => process.exit(0),
  },
);
port.on("message", (message: WireMessage) => rpc.receive(message));
