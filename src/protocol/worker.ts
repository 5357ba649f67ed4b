// The contract between the extension host (or any host) and the worker thread that owns the model.

import type { LabelProbability, LeftOutReason } from "./training";
import type {
  GenerateRequest,
  GenerateResult,
  MeasuredPiece,
  MeasureRequest,
  WrittenTokens,
} from "./generation";

/** What a worker needs to load a model. */
export interface LoadModelRequest {
  modelFolder: string;
  /** Where forms of the weights that are derived on first load are kept. */
  cacheFolder: string;
  threads: number;
  /** What is loaded where the model cannot be; undefined where that fails. */
  fallbackFolder?: string | undefined;
  /** A LoRA adapter in the form of Python's peft; undefined for the base alone. */
  adapterFolder?: string | undefined;
}

/** Weights for prefill are derived from this model into this cache folder. */
export type DeriveRequest = Pick<
  LoadModelRequest,
  "modelFolder" | "cacheFolder"
>;

/** Derived weights that are in use, and the state of their file when they were loaded. */
export interface CheckRequest {
  directory: string;
  stamp: string;
}

/** What a loaded model is. */
export interface LoadedModel {
  name: string;
  architecture: string;
  contextLength: number;
  vocabSize: number;
  /** Whether it looks at `GenerateRequest.suffix`. */
  fillsInMiddle: boolean;
  adapter: LoadedAdapter | undefined;
  /** Why the adapter that was asked for is not in use: the base goes on without it. */
  adapterFault: string | undefined;
  /** Why the model that was asked for is not this one. */
  modelFault?: string | undefined;
  loadMs: number;
}

/** The adapter that is in use. */
export interface LoadedAdapter {
  name: string;
  folder: string;
  /** What a person should know before trusting it. */
  warnings: string[];
}

export type LoadPhase = "tokenizer" | "weights" | "prefill" | "ready";

/** What a memory is made of, and how large it may be. */
export interface ReadWorkspaceRequest {
  /** 0 has no memory. */
  budgetBytes: number;
  /** Folders, with patterns, as in .gitignore, of what the user keeps out; git's rules and those for secrets hold too. */
  folders: { folder: string; exclude: readonly string[] }[];
  /** The git that is asked what it ignores; without one its files are read, as far as that goes. */
  gitProgram?: string | undefined;
  /** Files that are open: they and those beside them go first where there is not room for all. */
  nearest: string[];
  /** Open documents that may be read, under the names that `GenerateRequest.cacheKey` comes down to. */
  open: { name: string; text: string }[];
}

/** What a memory holds. */
export interface MemoryContent {
  numDocuments: number;
  sizeBytes: number;
  /** Whether anything is otherwise than before. */
  hasChanged: boolean;
}

/** The documents of a workspace, by the names under which they are remembered. */
export interface MemoryList {
  read: string[];
  /** Those that are no prose are not named. */
  leftOut: { name: string; reason: LeftOutReason | "no room" }[];
}

/** A running request on the wire. */
export interface GenerateCall {
  /** Increases by one with each call; cancelled through `CancellationFlags`. */
  callId: number;
  request: GenerateRequest;
}

export interface WorkerContract {
  requests: {
    loadModel: [LoadModelRequest, LoadedModel];
    /** Puts another adapter on the loaded model, or takes it off; requests that run or wait are not lost. */
    useAdapter: [{ adapterFolder: string | undefined }, LoadedModel];
    generate: [GenerateCall, GenerateResult];
    /** The pieces of a text but the first token, with their bits; when the call that runs has ended. */
    measureText: [MeasureRequest, MeasuredPiece[]];
    /** The labels of a text by what the adapter has learned; undefined where it has learned none. */
    classify: [{ text: string }, LabelProbability[] | undefined];
    /** Makes the memory that suggestions are mixed with true to what is there now; beside the requests that run. */
    readWorkspace: [ReadWorkspaceRequest, MemoryContent];
    /** What was read last, and what was not. */
    listMemory: [null, MemoryList];
    memory: [null, { residentBytes: number; kvCacheBytes: number }];
  };
  events: {
    loadProgress: { phase: LoadPhase; fraction: number };
    textGenerated: GeneratedText;
  };
}

/** Text that has been added to continuation `index` of call `callId`. */
export interface GeneratedText {
  callId: number;
  index: number;
  text: string;
  /** What wrote it; of long texts nobody asks. */
  written?: WrittenTokens | undefined;
}

/** The host serves nothing. */
export interface WorkerHostContract {
  requests: Record<never, [unknown, unknown]>;
  events: {
    /**
     * Exit, after the run that is under way: a thread reads messages between runs only. One that is terminated from
     * outside during a run takes the whole process down ("terminate called after throwing an instance of 'Napi::Error'"
     * with onnxruntime-node 1.30.0).
     */
    endThread: null;
  };
}

/** What the worker thread is started with. */
export interface WorkerStart {
  cancellation: SharedArrayBuffer;
}
