// Owns the loaded engine of a worker thread and lets one call at a time use it.
// Of the calls that wait, the newest goes first: it is the one whose text is still on the screen. A long text gives way
// to all others between two runs and then goes on where it was. Calls that were cancelled while waiting are answered
// without touching the engine. After the first text an engine gets what makes it read faster, if it lacks that.
// Knows nothing of threads or messages.

import type {
  GenerateRequest,
  GenerateResult,
  MeasuredPiece,
  MeasureRequest,
} from "../protocol/generation";
import type {
  CheckRequest,
  DeriveRequest,
  GenerateCall,
  GeneratedText,
  LoadedModel,
  LoadModelRequest,
  LoadPhase,
  MemoryContent,
  MemoryList,
  ReadWorkspaceRequest,
} from "../protocol/worker";
import type { LabelProbability } from "../protocol/training";
import type { Engine } from "../engine/engine";
import { SuffixIndex } from "../memory/suffixIndex";
import { WorkspaceMemory } from "../memory/workspaceMemory";
import type { MemoryReader } from "./memoryReader";
import type { MemoryChange } from "./memoryReading";

/** So long nobody must have asked before weights are read again to check them. */
const IDLE_MS = 5_000;

/** What is asked of an engine. */
export type HostedEngine = Pick<
  Engine,
  | "description"
  | "useAdapter"
  | "generate"
  | "measureText"
  | "classify"
  | "memory"
  | "dispose"
  | "toDerive"
  | "addPrefill"
  | "useMemory"
  | "toCheck"
  | "dropPrefill"
>;

/** What the host is given: how to load, how to see that a call was cancelled, and whom to tell. */
export interface ModelHostOptions {
  loadEngine(
    request: LoadModelRequest,
    onProgress: (phase: LoadPhase, fraction: number) => void,
  ): Promise<HostedEngine>;
  /** Makes the weights for prefill, beside the calls that run. */
  derivePrefill(request: DeriveRequest): Promise<void>;
  /** Starts what reads a workspace for the memory, beside the calls that run. */
  startReader(modelFolder: string): MemoryReader;
  /** Whether weights for prefill are as they were written; beside the calls that run. */
  checkPrefill(request: CheckRequest): Promise<boolean>;
  isCancelled(callId: number): boolean;
  onProgress: (phase: LoadPhase, fraction: number) => void;
  onText(text: GeneratedText): void;
}

interface WaitingCall {
  call: GenerateCall;
  /** What a long text has come to before it gave way. */
  written?: GenerateResult;
  resolve: (result: GenerateResult) => void;
  reject: (error: unknown) => void;
}

/** Serves the requests of the worker contract, one after the other. */
export class ModelHost {
  private engine: HostedEngine | undefined;
  /** The engine whose weights for prefill are being made or were. */
  private derivedFor: HostedEngine | undefined;
  /** The memory with what keeps it true; a model that is loaded later takes it over. */
  private remembering:
    { memory: WorkspaceMemory; reader: MemoryReader } | undefined;
  private modelFolder = "";
  /** The engine whose weights for prefill are known to be sound, or are being looked at. */
  private checkedFor: HostedEngine | undefined;
  /** Why another model is loaded than was asked for. */
  private modelFault: string | undefined;
  private idleTimer: NodeJS.Timeout | undefined;
  private readonly waiting: WaitingCall[] = [];
  private lastTask: Promise<unknown> = Promise.resolve();

  constructor(private readonly options: ModelHostOptions) {}

  /** Loads a model in place of the present one. */
  load(request: LoadModelRequest): Promise<LoadedModel> {
    return this.exclusively(async () => {
      await this.disposeEngine();
      // Another model may have other tokens.
      const modelFolderBefore = this.modelFolder;
      this.engine = await this.loadOrFallBack(request);
      if (this.modelFolder !== modelFolderBefore) this.forgetWorkspace();
      if (this.remembering) this.engine.useMemory(this.remembering.memory);
      return this.describe(this.engine.description);
    });
  }

  /** A model that cannot be loaded leaves the one in the package, and the description says why. */
  private async loadOrFallBack({
    fallbackFolder,
    ...request
  }: LoadModelRequest): Promise<HostedEngine> {
    const { loadEngine, onProgress } = this.options;
    this.modelFault = undefined;
    this.modelFolder = request.modelFolder;
    try {
      return await loadEngine(request, onProgress);
    } catch (error) {
      if ((fallbackFolder ?? request.modelFolder) === request.modelFolder) {
        throw error;
      }
      this.modelFault = (error as Error).message;
      const modelFolder = fallbackFolder!;
      this.modelFolder = modelFolder;
      return loadEngine({ ...request, modelFolder }, onProgress);
    }
  }

  private describe(model: LoadedModel): LoadedModel {
    const { modelFault } = this;
    return modelFault === undefined ? model : { ...model, modelFault };
  }

  /** Exchanges the adapter when the call that runs has ended; those that wait go on after it. */
  useAdapter(adapterFolder: string | undefined): Promise<LoadedModel> {
    return this.exclusively(async () => {
      if (!this.engine) {
        throw new Error(
          "Cannot use an adapter: no model is loaded, expected loadModel before it",
        );
      }
      const model = await this.engine.useAdapter(adapterFolder);
      // Weights that went missing meanwhile are made again.
      this.derivedFor = undefined;
      return this.describe(model);
    });
  }

  /** Continues a text when its turn comes. */
  generate(call: GenerateCall): Promise<GenerateResult> {
    this.answerCancelled();
    return new Promise((resolve, reject) => {
      this.waiting.push({ call, resolve, reject });
      void this.exclusively(() => this.runNext());
    });
  }

  /** Measures a text when the call that runs has ended. */
  measureText(request: MeasureRequest): Promise<MeasuredPiece[]> {
    return this.exclusively(async () => {
      if (!this.engine) {
        throw new Error(
          "Cannot measure a text: no model is loaded, expected loadModel before it",
        );
      }
      return this.engine.measureText(request);
    });
  }

  /** Finds the labels of a text between two calls. */
  classify(text: string): Promise<LabelProbability[] | undefined> {
    return this.exclusively(async () => {
      if (!this.engine) {
        throw new Error(
          "Cannot classify: no model is loaded, expected loadModel before it",
        );
      }
      return this.engine.classify(text);
    });
  }

  /** Makes the memory true to the workspace; the reading takes its time beside the calls, the change takes none. */
  async readWorkspace(request: ReadWorkspaceRequest): Promise<MemoryContent> {
    if (!this.engine) {
      throw new Error(
        "Cannot read the workspace: no model is loaded, expected loadModel before it",
      );
    }
    const { remembering: before } = this;
    if (request.budgetBytes === 0) {
      this.forgetWorkspace();
      const hasChanged = before !== undefined;
      return { numDocuments: 0, sizeBytes: 0, hasChanged };
    }
    const remembering = (this.remembering ??= {
      memory: new WorkspaceMemory(Infinity),
      reader: this.options.startReader(this.modelFolder),
    });
    const { memory, reader } = remembering;
    let change: MemoryChange;
    try {
      change = await reader.read(request);
    } catch (error) {
      // What it knew of the files is lost with it; the next reading begins anew.
      if (this.remembering === remembering) this.forgetWorkspace();
      throw error;
    }
    const hasChanged =
      this.remembering === remembering && applyChange(memory, change);
    this.engine.useMemory(this.remembering?.memory);
    const { numDocuments, sizeBytes } = memory;
    return { numDocuments, sizeBytes, hasChanged };
  }

  /** What was read last; nothing before the first reading. */
  async listMemory(): Promise<MemoryList> {
    return this.remembering?.reader.list() ?? { read: [], leftOut: [] };
  }

  private forgetWorkspace(): void {
    if (!this.remembering) return;
    this.remembering.reader.stop();
    this.remembering = undefined;
    this.engine?.useMemory(undefined);
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
      waiting.resolve(waiting.written ?? cancelledResult());
    }
  }

  /** Each waiting call has queued one turn; a turn may find its call answered already. */
  private async runNext(): Promise<void> {
    const next = this.takeNext();
    if (!next) return;
    try {
      const result = await this.run(next);
      if (result) next.resolve(result);
    } catch (error) {
      next.reject(error);
    }
    this.deriveOnce();
    this.checkWhenIdle();
  }

  private checkWhenIdle(): void {
    clearTimeout(this.idleTimer);
    const { engine } = this;
    if (!engine?.toCheck || this.checkedFor === engine) return;
    this.idleTimer = setTimeout(() => void this.check(engine), IDLE_MS);
    this.idleTimer.unref();
  }

  /** Weights that are damaged write nonsense: they are let go at once, and made anew. */
  private async check(engine: HostedEngine): Promise<void> {
    const { toCheck } = engine;
    if (!toCheck || this.engine !== engine) return;
    this.checkedFor = engine;
    try {
      if (await this.options.checkPrefill(toCheck)) return;
      process.emitWarning(
        `The weights for prefill in ${toCheck.directory} are not what was written there; they are made anew`,
      );
      await this.exclusively(async () => {
        if (this.engine === engine) await engine.dropPrefill();
      });
      this.derivedFor = undefined;
      this.deriveOnce();
    } catch (error) {
      process.emitWarning(
        `Cannot check the weights for prefill in ${toCheck.directory}: ${String(error)}`,
      );
    }
  }

  private deriveOnce(): void {
    const { engine } = this;
    if (!engine || this.derivedFor === engine) return;
    this.derivedFor = engine;
    const { toDerive } = engine;
    if (!toDerive) return;
    // Whoever derives checks what is there already.
    this.checkedFor = engine;
    const add = async () => {
      if (this.engine === engine) await engine.addPrefill();
    };
    this.options
      .derivePrefill(toDerive)
      .then(() => this.exclusively(add))
      .catch((error: unknown) =>
        process.emitWarning(
          `${String(error)}; long prompts are read more slowly`,
        ),
      );
  }

  /** The newest call, else of the long ones, which nobody waits for with a finger on a key, the oldest. */
  private takeNext(): WaitingCall | undefined {
    const place = this.waiting.findLastIndex((each) => !isLong(each));
    return place < 0 ? this.waiting.shift() : this.waiting.splice(place, 1)[0];
  }

  /** The result; undefined when a long text has given way and waits again. */
  private async run(next: WaitingCall): Promise<GenerateResult | undefined> {
    const { callId, request } = next.call;
    const isCancelled = () => this.options.isCancelled(callId);
    if (isCancelled()) return next.written ?? cancelledResult();
    if (!this.engine) {
      throw new Error(
        "Cannot generate: no model is loaded, expected loadModel before it",
      );
    }
    const mustGiveWay = () =>
      isLong(next) && this.waiting.some((each) => !isLong(each));
    const result = await this.engine.generate(request, {
      isCancelled: () => isCancelled() || mustGiveWay(),
      onText: (index, text, written) =>
        this.options.onText({ callId, index, text, written }),
    });
    const sum = next.written ? addResults(next.written, result) : result;
    const hasGivenWay =
      isLong(next) &&
      !isCancelled() &&
      result.generations[0]?.stopReason === "cancelled";
    if (!hasGivenWay) return sum;
    this.waiting.push({
      ...next,
      call: { callId, request: goingOn(request, result) },
      written: sum,
    });
    void this.exclusively(() => this.runNext());
    return undefined;
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

/** Whether it changed anything. */
function applyChange(memory: WorkspaceMemory, change: MemoryChange): boolean {
  if (change.kind === "replace") {
    memory.replaceAll(change.names, SuffixIndex.of(change.index));
    return true;
  }
  for (const name of change.gone) memory.delete(name);
  for (const { name, tokenIds } of change.set) memory.set(name, tokenIds);
  // Small enough to be done at once, and then no suggestion has to.
  memory.settle();
  return change.gone.length + change.set.length > 0;
}

function isLong({ call }: WaitingCall): boolean {
  return call.request.long !== undefined;
}

/** The request for what follows after a part of it was written. */
function goingOn(
  request: GenerateRequest,
  { generations }: GenerateResult,
): GenerateRequest {
  const tokenIds = generations[0]!.tokens.map(({ tokenId }) => tokenId);
  if (!request.long || tokenIds.length === 0) return request;
  return {
    ...request,
    maxTokens: request.maxTokens - tokenIds.length,
    long: {
      ...request.long,
      mustGoOn: false,
      writtenTokenIds: [...request.long.writtenTokenIds, ...tokenIds],
    },
  };
}

/** Two parts of one long text as one result. */
function addResults(
  first: GenerateResult,
  second: GenerateResult,
): GenerateResult {
  const [before] = first.generations;
  const [after] = second.generations;
  return {
    ...first,
    generations: [
      {
        text: before!.text + after!.text,
        healed: before!.healed,
        tokens: [...before!.tokens, ...after!.tokens],
        stopReason: after!.stopReason,
      },
    ],
    prefillMs: first.prefillMs + second.prefillMs,
    decodeMs: first.decodeMs + second.decodeMs,
  };
}

function cancelledResult(): GenerateResult {
  return {
    generations: [
      { text: "", healed: "", tokens: [], stopReason: "cancelled" },
    ],
    promptTokens: 0,
    reusedTokens: 0,
    prefillMs: 0,
    decodeMs: 0,
  };
}
