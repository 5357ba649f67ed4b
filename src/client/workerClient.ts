// The host's handle to the model: starts the worker thread on first need, loads the model in the background, brings it
// back after a fault with growing pauses, and lets it go when nobody has asked for a while.
// Completion sees it as its Generator. Knows nothing of vscode: how a thread is started and what is loaded are handed in.

import type {
  GenerateRequest,
  GenerateResult,
  MeasuredPiece,
  MeasureRequest,
} from "../protocol/generation";
import type { LabelProbability } from "../protocol/training";
import type {
  LoadedModel,
  LoadModelRequest,
  LoadPhase,
  MemoryContent,
  MemoryList,
  ReadWorkspaceRequest,
} from "../protocol/worker";
import { BackOff } from "./backOff";
import type { LoadMarker, LoadMarkers } from "./loadMarkers";
import { reasonOf, WorkerSession, type CallOptions } from "./workerSession";
import type { StartThread } from "./workerThread";

/** What the client is doing. */
export type WorkerState =
  | { kind: "stopped"; reason: "not-needed" | "idle" | "disposed" }
  | { kind: "loading"; phase: LoadPhase | "starting"; fraction: number }
  | { kind: "ready"; model: LoadedModel }
  | { kind: "failed"; error: Error; nextTryMs: number; failures: number }
  /** Two processes in a row ended while they loaded this model, some time before this start. */
  | { kind: "blocked"; crash: LoadMarker };

/** What a client is given. */
export interface WorkerClientOptions {
  startThread: StartThread;
  markers: LoadMarkers;
  /** What to load; asked before each load. */
  loadRequest(): LoadModelRequest;
  /** Time without a call after which the model is let go; 0 keeps it. */
  idleMs(): number;
  log(message: string): void;
}

/** Loads, asks, restarts and ends the model worker of this process. */
export class WorkerClient {
  private readonly listeners = new Set<(state: WorkerState) => void>();
  private readonly backOff = new BackOff();
  private current: WorkerState = { kind: "stopped", reason: "not-needed" };
  private session: WorkerSession | undefined;
  /** The load that is running or done; replaced by each new attempt, so that late ends of older ones are told apart. */
  private opening: Promise<WorkerSession> | undefined;
  private closing: Promise<void> = Promise.resolve();
  private retryTimer: NodeJS.Timeout | undefined;
  private idleTimer: NodeJS.Timeout | undefined;
  private numRunning = 0;
  /** Of the model that was loaded last: one that was let go comes back. */
  private lastFillsInMiddle = false;
  /** What the process held before the first model: other extensions, and VS Code itself. */
  private readonly bytesBefore = process.memoryUsage.rss();

  constructor(private readonly options: WorkerClientOptions) {}

  get state(): WorkerState {
    return this.current;
  }

  get fillsInMiddle(): boolean {
    return this.lastFillsInMiddle;
  }

  /** Calls `listener` with each new state until it is disposed. */
  onDidChangeState(listener: (state: WorkerState) => void): {
    dispose(): void;
  } {
    this.listeners.add(listener);
    return { dispose: () => this.listeners.delete(listener) };
  }

  /** Begins to load the model unless that has been done, has failed or has been given up. */
  start(): void {
    const { kind } = this.current;
    if (kind === "stopped" && !this.isDisposed()) this.open();
  }

  /** Rejects at once when aborted, when the model cannot be had, and when the thread is lost. Waits while it loads. */
  async generate(
    request: GenerateRequest,
    options: CallOptions,
  ): Promise<GenerateResult> {
    return this.call(options.signal, (session) =>
      session.generate(request, options),
    );
  }

  /** Rejects as `generate` does. */
  async measureText(
    request: MeasureRequest,
    signal: AbortSignal,
  ): Promise<MeasuredPiece[]> {
    return this.call(signal, (session) => session.measureText(request));
  }

  /**
   * The labels of a text by what the active adapter has learned, the most probable one first; undefined where it has
   * learned none or there is none. Rejects as `generate` does.
   */
  classify(text: string): Promise<LabelProbability[] | undefined> {
    return this.call(new AbortController().signal, (session) =>
      session.classify(text),
    );
  }

  /** Loads the model if need be, and does not let it go while the call runs. */
  private async call<T>(
    signal: AbortSignal,
    ask: (session: WorkerSession) => Promise<T>,
  ): Promise<T> {
    if (signal.aborted) throw reasonOf(signal);
    this.start();
    this.numRunning++;
    clearTimeout(this.idleTimer);
    try {
      const session = await untilAborted(this.whenOpen(), signal);
      const result = await ask(session);
      this.backOff.succeeded();
      return result;
    } finally {
      this.numRunning--;
      this.waitForIdle();
    }
  }

  /** By how many bytes the process has grown since Inkling started; undefined while no model is loaded. */
  async ownBytes(): Promise<number | undefined> {
    if (this.current.kind !== "ready") return undefined;
    const memory = await this.session?.memory();
    return memory && Math.max(0, memory.residentBytes - this.bytesBefore);
  }

  /** Makes the model's memory true to the workspace; undefined while no model is loaded. */
  async readWorkspace(
    request: ReadWorkspaceRequest,
  ): Promise<MemoryContent | undefined> {
    return this.current.kind === "ready"
      ? this.session?.readWorkspace(request)
      : undefined;
  }

  /** What was read of the workspace last; undefined while no model is loaded. */
  async listMemory(): Promise<MemoryList | undefined> {
    return this.current.kind === "ready"
      ? this.session?.listMemory()
      : undefined;
  }

  /** Tries afresh on the user's word: forgets failures and crashes. */
  restart(): void {
    if (this.isDisposed()) return;
    this.backOff.succeeded();
    this.options.markers.forgetCrashes(this.options.loadRequest().modelFolder);
    this.close();
    this.open();
  }

  /** Loads again with what `loadRequest` says now, if a model is loaded, loading or could not be; maybe another one. */
  reload(): void {
    if (this.current.kind === "stopped") return;
    this.backOff.succeeded();
    this.close();
    this.open();
  }

  /**
   * Puts on the adapter that `loadRequest` names now; the model stays loaded and calls that wait are not lost. A load
   * that is under way is waited for. Without a loaded model there is nothing to do: the next load takes it.
   */
  async adapterChanged(): Promise<void> {
    const { opening } = this;
    const session = await opening?.catch(() => undefined);
    const isCurrent = () =>
      session !== undefined &&
      this.session === session &&
      this.current.kind === "ready";
    if (!session || !isCurrent()) return;
    try {
      const { adapterFolder } = this.options.loadRequest();
      const model = await session.useAdapter(adapterFolder);
      if (isCurrent()) this.changeState({ kind: "ready", model });
    } catch (error) {
      if (isCurrent()) this.failed(error);
    }
  }

  /** Takes up a changed `idleMs`. */
  idleTimeChanged(): void {
    this.waitForIdle();
  }

  /** Ends the worker and waits until it is gone. */
  async dispose(): Promise<void> {
    // A window that is closed while it loads ends its process before the thread can: that is no crash.
    this.options.markers.clear();
    this.close();
    this.changeState({ kind: "stopped", reason: "disposed" });
    this.listeners.clear();
    await this.closing;
  }

  private isDisposed(): boolean {
    return (
      this.current.kind === "stopped" && this.current.reason === "disposed"
    );
  }

  /** Waits for the model; where another load took the place of this one, for that. */
  private async whenOpen(): Promise<WorkerSession> {
    for (;;) {
      const { opening, current } = this;
      if (!opening) {
        const why =
          current.kind === "failed" ? current.error.message : "it is off";
        throw new Error(
          `Cannot generate: the model worker is ${current.kind} (${why})`,
        );
      }
      try {
        return await opening;
      } catch (error) {
        if (!this.opening || this.opening === opening) throw error;
      }
    }
  }

  private open(): void {
    clearTimeout(this.retryTimer);
    const { modelFolder } = this.options.loadRequest();
    const crash = this.options.markers.findCrash(modelFolder);
    if (crash) {
      this.changeState({ kind: "blocked", crash });
      return;
    }
    const opening: Promise<WorkerSession> = this.closing.then(() =>
      this.openSession(() => this.opening === opening),
    );
    this.opening = opening;
    opening.catch((error: unknown) => {
      if (this.opening === opening) this.failed(error);
    });
    this.changeState({ kind: "loading", phase: "starting", fraction: 0 });
  }

  private async openSession(isWanted: () => boolean): Promise<WorkerSession> {
    if (!isWanted())
      throw new Error("Cannot load the model: a newer load began");
    const request = this.options.loadRequest();
    this.writeMarker(request.modelFolder);
    const session = new WorkerSession(this.options.startThread, {
      onProgress: ({ phase, fraction }) => {
        if (this.session === session && this.current.kind === "loading") {
          this.changeState({ kind: "loading", phase, fraction });
        }
      },
      onLost: (reason) => {
        if (this.session === session && this.current.kind === "ready") {
          this.failed(reason);
        }
      },
    });
    this.session = session;
    const model = await session.load(request);
    if (!isWanted())
      throw new Error("Cannot load the model: a newer load began");
    this.options.markers.clear();
    this.options.markers.forgetCrashes(request.modelFolder);
    this.changeState({ kind: "ready", model });
    this.waitForIdle();
    return session;
  }

  private failed(reason: unknown): void {
    const error = reason instanceof Error ? reason : new Error(String(reason));
    this.close();
    const nextTryMs = this.backOff.failed();
    const { failures } = this.backOff;
    this.options.log(
      `The model worker failed (${failures} in a row), next try in ${nextTryMs / 1000} s: ${error.stack ?? error.message}`,
    );
    this.retryTimer = setTimeout(() => this.open(), nextTryMs);
    this.changeState({ kind: "failed", error, nextTryMs, failures });
  }

  /** Lets the session go; `closing` is done when its thread is gone. */
  private close(): void {
    clearTimeout(this.retryTimer);
    clearTimeout(this.idleTimer);
    const { session } = this;
    this.session = undefined;
    this.opening = undefined;
    this.closing = this.closing
      .then(() => session?.stop())
      .catch((error: unknown) =>
        this.options.log(`Cannot end the model worker: ${String(error)}`),
      )
      .then(() => this.options.markers.clear());
  }

  private waitForIdle(): void {
    clearTimeout(this.idleTimer);
    const idleMs = this.options.idleMs();
    if (idleMs === 0 || this.numRunning > 0) return;
    if (this.current.kind !== "ready") return;
    this.idleTimer = setTimeout(() => {
      this.options.log(`No call for ${idleMs / 60_000} minutes: model let go`);
      this.close();
      this.changeState({ kind: "stopped", reason: "idle" });
    }, idleMs);
  }

  private writeMarker(modelFolder: string): void {
    try {
      this.options.markers.write(modelFolder);
    } catch (error) {
      this.options.log(
        `Cannot write the load marker, so a crash would not be noticed: ${String(error)}`,
      );
    }
  }

  private changeState(state: WorkerState): void {
    this.current = state;
    if (state.kind === "ready") {
      this.lastFillsInMiddle = state.model.fillsInMiddle;
    }
    for (const listener of [...this.listeners]) listener(state);
  }
}

/** `promise`, or the signal's reason if that comes first. */
function untilAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(reasonOf(signal));
    signal.addEventListener("abort", abort, { once: true });
    promise
      .then(resolve, reject)
      .finally(() => signal.removeEventListener("abort", abort));
  });
}
