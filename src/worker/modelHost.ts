// Owns the loaded engine of a worker thread and lets one call at a time use it.
// Of the calls that wait, the newest goes first: it is the one whose text is still on the screen. Calls that were
// cancelled while waiting are answered without touching the engine. Knows nothing of threads or messages.

import type { GenerateResult } from "../protocol/generation";
import type {
  GenerateCall,
  LoadedModel,
  LoadModelRequest,
  LoadPhase,
} from "../protocol/worker";
import type { Engine } from "./engine";

/** What is asked of an engine. */
export type HostedEngine = Pick<
  Engine,
  "description" | "generate" | "memory" | "dispose"
>;

/** What the host is given: how to load, how to see that a call was cancelled, and whom to tell. */
export interface ModelHostOptions {
  loadEngine(
    request: LoadModelRequest,
    onProgress: (phase: LoadPhase, fraction: number) => void,
  ): Promise<HostedEngine>;
  isCancelled(callId: number): boolean;
  onProgress: (phase: LoadPhase, fraction: number) => void;
  onText(text: { callId: number; index: number; text: string }): void;
}

interface WaitingCall {
  call: GenerateCall;
  resolve: (result: GenerateResult) => void;
  reject: (error: unknown) => void;
}

/** Serves the requests of the worker contract, one after the other. */
export class ModelHost {
  private engine: HostedEngine | undefined;
  private readonly waiting: WaitingCall[] = [];
  private lastTask: Promise<unknown> = Promise.resolve();

  constructor(private readonly options: ModelHostOptions) {}

  /** Loads a model in place of the present one. */
  load(request: LoadModelRequest): Promise<LoadedModel> {
    return this.exclusively(async () => {
      await this.disposeEngine();
      this.engine = await this.options.loadEngine(
        request,
        this.options.onProgress,
      );
      return this.engine.description;
    });
  }

  /** Continues a text when its turn comes. */
  generate(call: GenerateCall): Promise<GenerateResult> {
    this.answerCancelled();
    return new Promise((resolve, reject) => {
      this.waiting.push({ call, resolve, reject });
      void this.exclusively(() => this.runNewest());
    });
  }

  memory(): { residentBytes: number; kvCacheBytes: number } {
    return (
      this.engine?.memory() ?? {
        residentBytes: process.memoryUsage.rss(),
        kvCacheBytes: 0,
      }
    );
  }

  private answerCancelled(): void {
    for (let i = this.waiting.length - 1; i >= 0; i--) {
      const waiting = this.waiting[i]!;
      if (!this.options.isCancelled(waiting.call.callId)) continue;
      this.waiting.splice(i, 1);
      waiting.resolve(cancelledResult());
    }
  }

  /** Each waiting call has queued one turn; a turn may find its call answered already. */
  private async runNewest(): Promise<void> {
    const newest = this.waiting.pop();
    if (!newest) return;
    try {
      newest.resolve(await this.run(newest.call));
    } catch (error) {
      newest.reject(error);
    }
  }

  private async run({
    callId,
    request,
  }: GenerateCall): Promise<GenerateResult> {
    const isCancelled = () => this.options.isCancelled(callId);
    if (isCancelled()) return cancelledResult();
    if (!this.engine) {
      throw new Error(
        "Cannot generate: no model is loaded, expected loadModel before it",
      );
    }
    return this.engine.generate(request, {
      isCancelled,
      onText: (index, text) => this.options.onText({ callId, index, text }),
    });
  }

  private async disposeEngine(): Promise<void> {
    const engine = this.engine;
    this.engine = undefined;
    await engine?.dispose();
  }

  private exclusively<T>(task: () => Promise<T>): Promise<T> {
    const result = this.lastTask.then(task);
    this.lastTask = result.catch(() => undefined);
    return result;
  }
}

function cancelledResult(): GenerateResult {
  return {
    generations: [{ text: "", tokens: [], stopReason: "cancelled" }],
    promptTokens: 0,
    reusedTokens: 0,
    prefillMs: 0,
    decodeMs: 0,
  };
}
