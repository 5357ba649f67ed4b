// One worker thread from its start to its end, with the calls that run on it.
// Cancelling a call frees its asker at once; the thread sees it at its next look at the shared flags. When a session
// begins and what follows its end is decided in workerClient.ts.

import { CancellationFlags } from "../protocol/cancellation";
import {
  greedyRequest,
  type GenerateRequest,
  type GenerateResult,
  type MeasuredPiece,
  type MeasureRequest,
  type WrittenTokens,
} from "../protocol/generation";
import { Rpc } from "../protocol/rpc";
import type {
  LoadedModel,
  LoadModelRequest,
  MemoryContent,
  MemoryList,
  ReadWorkspaceRequest,
  WorkerContract,
  WorkerHostContract,
} from "../protocol/worker";
import type { LabelProbability } from "../protocol/training";
import type { StartThread, WorkerThread } from "./workerThread";

/** How long a thread that is asked to end may take; VS Code gives an extension 5 s when a window closes. */
const END_TIMEOUT_MS = 4_000;

type TextListener = (
  index: number,
  text: string,
  written?: WrittenTokens,
) => void;

/** How one call is stopped and watched. */
export interface CallOptions {
  signal: AbortSignal;
  /** Text that has just been added to continuation `index`, and the tokens that wrote it. */
  onText?: TextListener;
}

/** A listener hears how loading goes on and that the thread is gone. */
export interface SessionListener {
  onProgress(progress: WorkerContract["events"]["loadProgress"]): void;
  /** The thread is gone without having been stopped. */
  onLost(reason: Error): void;
}

/** A running thread and its calls. */
export class WorkerSession {
  private readonly flags = new CancellationFlags();
  private readonly textListeners = new Map<number, TextListener>();
  private readonly running = new Set<number>();
  private readonly exited: Promise<void>;
  private readonly thread: WorkerThread;
  private readonly rpc: Rpc<WorkerHostContract, WorkerContract>;
  private nextCallId = 1;
  private isStopping = false;

  constructor(startThread: StartThread, listener: SessionListener) {
    this.rpc = new Rpc<WorkerHostContract, WorkerContract>(
      (message) => this.thread.post(message),
      {},
      {
        loadProgress: (progress) => listener.onProgress(progress),
        textGenerated: ({ callId, index, text, written }) =>
          this.textListeners.get(callId)?.(index, text, written),
      },
    );
    let exit = () => {};
    this.exited = new Promise((resolve) => (exit = resolve));
    this.thread = startThread(
      { cancellation: this.flags.buffer },
      {
        onMessage: (message) => this.rpc.receive(message),
        onExit: (reason) => {
          exit();
          this.rpc.close(reason);
          if (!this.isStopping) listener.onLost(reason);
        },
      },
    );
  }

  /** Loads a model and lets it write one token: what crashes does so now, and the first suggestion finds it warm. */
  async load(request: LoadModelRequest): Promise<LoadedModel> {
    const model = await this.rpc.request("loadModel", request);
    await this.generate(WARM_UP, { signal: new AbortController().signal });
    return model;
  }

  /** Puts another adapter on the loaded model, or takes it off. */
  useAdapter(adapterFolder: string | undefined): Promise<LoadedModel> {
    return this.rpc.request("useAdapter", { adapterFolder });
  }

  /** Rejects with the signal's reason as soon as it is aborted. */
  generate(
    request: GenerateRequest,
    { signal, onText }: CallOptions,
  ): Promise<GenerateResult> {
    if (signal.aborted) return Promise.reject(reasonOf(signal));
    const callId = this.nextCallId++;
    this.running.add(callId);
    if (onText) this.textListeners.set(callId, onText);
    return new Promise((resolve, reject) => {
      const abort = () => {
        this.flags.cancel(callId);
        this.textListeners.delete(callId);
        reject(reasonOf(signal));
      };
      signal.addEventListener("abort", abort, { once: true });
      this.rpc
        .request("generate", { callId, request })
        .then(resolve, reject)
        .finally(() => {
          signal.removeEventListener("abort", abort);
          this.textListeners.delete(callId);
          this.running.delete(callId);
        });
    });
  }

  measureText(request: MeasureRequest): Promise<MeasuredPiece[]> {
    return this.rpc.request("measureText", request);
  }

  /** The labels of a text, the most probable one first; undefined where the adapter has learned none. */
  classify(text: string): Promise<LabelProbability[] | undefined> {
    return this.rpc.request("classify", { text });
  }

  /** Makes the memory true to the workspace. */
  readWorkspace(request: ReadWorkspaceRequest): Promise<MemoryContent> {
    return this.rpc.request("readWorkspace", request);
  }

  listMemory(): Promise<MemoryList> {
    return this.rpc.request("listMemory", null);
  }

  memory(): Promise<WorkerContract["requests"]["memory"][1]> {
    return this.rpc.request("memory", null);
  }

  /** Cancels what runs and ends the thread; done when it is gone, rejects when it does not go. */
  async stop(): Promise<void> {
    this.isStopping = true;
    for (const callId of this.running) this.flags.cancel(callId);
    this.rpc.emit("endThread", null);
    let timer: NodeJS.Timeout | undefined;
    const timeout = new Promise<never>((_, reject) => {
      timer = setTimeout(
        () =>
          reject(new Error(`The thread still runs after ${END_TIMEOUT_MS} ms`)),
        END_TIMEOUT_MS,
      );
    });
    await Promise.race([this.exited, timeout]).finally(() =>
      clearTimeout(timer),
    );
  }
}

const WARM_UP: GenerateRequest = greedyRequest({
  prompt: "The",
  contextTokens: 64,
  maxTokens: 1,
  cacheKey: "inkling:warm-up",
});

/** What a promise rejects with when `signal` is aborted. */
export function reasonOf(signal: AbortSignal): Error {
  return signal.reason instanceof Error
    ? signal.reason
    : new DOMException("The call was cancelled", "AbortError");
}
