// A worker thread without a thread: the other end of the Rpc in this process, with a model that the test scripts.

import type { StartThread } from "../../../src/client/workerThread";
import { CancellationFlags } from "../../../src/protocol/cancellation";
import type { GenerateResult } from "../../../src/protocol/generation";
import { Rpc, type WireMessage } from "../../../src/protocol/rpc";
import type {
  GenerateCall,
  LoadedModel,
  LoadModelRequest,
  WorkerContract,
  WorkerHostContract,
} from "../../../src/protocol/worker";

/** The model that every fake thread loads unless told otherwise. */
export const model: LoadedModel = {
  name: "fake",
  architecture: "llama",
  contextLength: 512,
  vocabSize: 10,
  fillsInMiddle: false,
  adapter: undefined,
  adapterFault: undefined,
  loadMs: 1,
};

/** What the threads of one test do and what was done to them. */
export interface FakeThreads {
  startThread: StartThread;
  /** Everything that happened, in order: "start", "load MODEL", "adapter DIR", "generate PROMPT", "end". */
  events: string[];
  onLoad(request: LoadModelRequest): Promise<LoadedModel>;
  onUseAdapter(adapterFolder: string | undefined): Promise<LoadedModel>;
  onGenerate(
    call: GenerateCall,
    isCancelled: () => boolean,
  ): Promise<GenerateResult>;
  /** What the thread does before it ends. */
  onEnd(): Promise<void>;
  /** Ends the newest thread as an uncaught error in it does. */
  crash(error: Error): void;
  emitProgress(fraction: number): void;
  emitText(text: { callId: number; index: number; text: string }): void;
}

/** Threads whose messages are cloned and arrive later, as real ones do. */
export function createFakeThreads(): FakeThreads {
  const threads: FakeThreads = {
    events: [],
    onLoad: async () => model,
    onUseAdapter: async () => model,
    onGenerate: async ({ request }) => resultOf(request.prompt),
    onEnd: async () => undefined,
    crash: () => undefined,
    emitProgress: () => undefined,
    emitText: () => undefined,
    startThread: (start, listener) => {
      threads.events.push("start");
      const flags = new CancellationFlags(start.cancellation);
      let hasEnded = false;
      const end = (reason: Error) => {
        if (hasEnded) return;
        hasEnded = true;
        listener.onExit(reason);
      };
      const later = (deliver: () => void) =>
        queueMicrotask(() => hasEnded || deliver());
      const worker = new Rpc<WorkerContract, WorkerHostContract>(
        (message) => {
          const cloned = structuredClone(message);
          later(() => listener.onMessage(cloned));
        },
        {
          loadModel: (request) => {
            threads.events.push(`load ${request.modelFolder}`);
            return threads.onLoad(request);
          },
          useAdapter: ({ adapterFolder }) => {
            threads.events.push(`adapter ${adapterFolder}`);
            return threads.onUseAdapter(adapterFolder);
          },
          generate: (call) => {
            threads.events.push(`generate ${call.request.prompt}`);
            return threads.onGenerate(call, () =>
              flags.isCancelled(call.callId),
            );
          },
          measureText: ({ text }) => {
            threads.events.push(`measure ${text}`);
            return [{ text, bits: 1 }];
          },
          classify: ({ text }) => {
            threads.events.push(`classify ${text}`);
            return [{ label: "good", probability: 1 }];
          },
          readWorkspace: ({ folders }) => {
            threads.events.push(`read ${folders.length} folders`);
            return { numDocuments: 3, sizeBytes: 4, hasChanged: true };
          },
          listMemory: () => ({ read: [], leftOut: [] }),
          memory: () => ({ residentBytes: 1, kvCacheBytes: 2 }),
        },
        {
          endThread: () => {
            threads.events.push("end");
            void threads.onEnd().then(() => end(new Error("ended")));
          },
        },
      );
      threads.crash = end;
      threads.emitProgress = (fraction) =>
        worker.emit("loadProgress", { phase: "weights", fraction });
      threads.emitText = (text) => worker.emit("textGenerated", text);
      return {
        post: (message: WireMessage) => {
          const cloned = structuredClone(message);
          later(() => worker.receive(cloned));
        },
      };
    },
  };
  return threads;
}

/** A result with one generation. */
export function resultOf(text: string): GenerateResult {
  return {
    generations: [{ text, healed: "", tokens: [], stopReason: "length" }],
    promptTokens: 1,
    reusedTokens: 0,
    prefillMs: 0,
    decodeMs: 0,
  };
}
