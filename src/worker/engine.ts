// The loaded model as one thing: text in, text out. Joins tokenizer, graphs and the generate loop, and keeps the
// caches of the documents that were worked on last. Used by the worker thread, the command line and benchmarks.

import type { KvCacheShape } from "../inference/kvCache";
import type { ModelSessions } from "../inference/languageModel";
import {
  TokenGenerator,
  type GenerateTokensOptions,
} from "../inference/tokenGenerator";
import { readKvScales, type KvScales } from "../model/calibration";
import { buildDecodeGraph, NUM_CANDIDATES } from "../model/decodeGraph";
import { buildForwardGraph } from "../model/forwardGraph";
import { MAX_POSITIONS } from "../model/gpt";
import { openModelFolder, type ModelFolder } from "../model/modelFolder";
import { openPrefillFolder } from "../model/prefillWeights";
import type {
  Generation,
  GenerateRequest,
  GenerateResult,
  StopAt,
} from "../protocol/generation";
import type {
  LoadedModel,
  LoadModelRequest,
  LoadPhase,
} from "../protocol/worker";
import { buildSaturationProbe, EXACT_SUM } from "../model/saturationProbe";
import { createSession, type Session } from "../runtime/session";
import { tensor } from "../runtime/tensors";
import { takeBackPartialWord } from "../tokenizer/healing";
import { PrefixIndex } from "../tokenizer/prefixIndex";
import { loadChatTemplate, type ChatTemplate } from "../tokenizer/chatTemplate";
import { loadTokenizer, type Tokenizer } from "../tokenizer/tokenizer";
import { Continuation } from "./continuation";
import { DocumentCaches } from "./documentCaches";
import { longPrompt, writeLongText } from "./longText";
import { mayEnd } from "./textEnd";

/** What one call of `generate` is given beside its request. */
export interface GenerateOptions {
  isCancelled: () => boolean;
  /** Called with each piece of text that is added to continuation `index`. */
  onText: (index: number, text: string) => void;
}

/** Loads a model folder: tokenizer, then graphs. */
export async function loadEngine(
  request: LoadModelRequest,
  onProgress: (phase: LoadPhase, fraction: number) => void,
): Promise<Engine> {
  return new Engine(await loadEngineParts(request, onProgress));
}

/** What an engine is made of, by itself for benchmarks that time single runs. */
export async function loadEngineParts(
  request: LoadModelRequest,
  onProgress: (phase: LoadPhase, fraction: number) => void,
): Promise<EngineParts> {
  const start = performance.now();
  const folder = openModelFolder(request.modelFolder);
  onProgress("tokenizer", 0);
  const tokenizer = await loadTokenizer(request.modelFolder);
  const chatTemplate = await loadChatTemplate(request.modelFolder);
  onProgress("weights", 0.2);
  const kvScales = readKvScales(folder);
  const decode = await createSession(
    buildDecodeGraph(folder, { kvScales, accuracyLevel: ACCURACY_LEVEL }),
    { weightsFolder: folder.directory, threads: request.threads },
  );
  onProgress("prefill", 0.6);
  const prefill = folder.config.quantization
    ? await loadPrefill(folder, { request, kvScales })
    : undefined;
  onProgress("ready", 1);
  return {
    folder,
    tokenizer,
    chatTemplate,
    sessions: { decode, prefill },
    cacheType: kvScales ? "int8" : "float32",
    loadMs: performance.now() - start,
  };
}

/** Products with packed weights round activations to 8 bits: 2-3 times as fast, 0.1% of bits per character. */
const ACCURACY_LEVEL = 4;

/**
 * The graph that reads long prompts, over int8 weights derived on first load. Where they cannot be written (a full or
 * read-only disk) the decoding graph reads the prompt too, more slowly.
 */
async function loadPrefill(
  folder: ModelFolder,
  {
    request,
    kvScales,
  }: { request: LoadModelRequest; kvScales: KvScales | undefined },
): Promise<Session | undefined> {
  try {
    const derived = openPrefillFolder(folder, request.cacheFolder);
    const graph = buildForwardGraph(derived, {
      kvScales,
      accuracyLevel: ACCURACY_LEVEL,
      widensCache: true,
      logits: "none",
    });
    return await createSession(graph, {
      weightsFolder: derived.directory,
      threads: request.threads,
      useMemoryArena: false,
      usesFastestInt8: await isFastestInt8Exact(),
    });
  } catch (error) {
    process.emitWarning(
      `Cannot prepare weights for prefill in ${request.cacheFolder}: ${(error as Error).message}; long prompts are read more slowly`,
    );
    return undefined;
  }
}

/** Whether this processor's fastest int8 kernels add without overflow; takes some milliseconds. */
async function isFastestInt8Exact(): Promise<boolean> {
  const { graph, a, dims } = buildSaturationProbe();
  const session = await createSession(graph, {
    weightsFolder: "",
    threads: 1,
    usesFastestInt8: true,
  });
  try {
    const { sums } = await session.run({ a: tensor("uint8", a, dims) }, [
      "sums",
    ]);
    return (sums!.data as Float32Array).every((sum) => sum === EXACT_SUM);
  } finally {
    await session.release();
  }
}

/** A loaded model's files, tokenizer and sessions; whoever holds the sessions releases them. */
export interface EngineParts {
  folder: ModelFolder;
  tokenizer: Tokenizer;
  /** Undefined for a model that was not trained to chat. */
  chatTemplate: ChatTemplate | undefined;
  sessions: ModelSessions;
  cacheType: KvCacheShape["type"];
  loadMs: number;
}

/** A loaded model; calls of `generate` must not overlap. */
export class Engine {
  readonly description: LoadedModel;
  private readonly generator: TokenGenerator;
  private readonly prefixIndex: PrefixIndex;
  private readonly caches: DocumentCaches;
  private readonly pauseFlags = new Map<StopAt, Uint8Array>();
  private readonly endTokenIds: ReadonlySet<number>;

  constructor(private readonly parts: EngineParts) {
    const { folder, tokenizer, sessions, cacheType, loadMs } = parts;
    const { config } = folder;
    this.description = {
      name: folder.name,
      architecture: config.architecture,
      contextLength: Math.min(config.contextLength, MAX_POSITIONS),
      vocabSize: config.vocabSize,
      loadMs,
    };
    this.generator = new TokenGenerator(sessions, {
      vocabSize: config.vocabSize,
      numCandidates: Math.min(NUM_CANDIDATES, config.vocabSize),
    });
    this.prefixIndex = new PrefixIndex(tokenizer);
    this.endTokenIds = new Set([
      ...config.eosTokenIds,
      ...tokenizer.specialTokenIds,
    ]);
    this.caches = new DocumentCaches({
      type: cacheType,
      numLayers: config.numLayers,
      numKvHeads: config.numKvHeads,
      headDim: config.headDim,
    });
  }

  /** Continues `request.prompt`, `request.count` times. */
  async generate(
    request: GenerateRequest,
    { isCancelled, onText }: GenerateOptions,
  ): Promise<GenerateResult> {
    const { tokenizer } = this.parts;
    const { keptTokenIds, constraint } = request.heal
      ? takeBackPartialWord(request.prompt, tokenizer)
      : { keptTokenIds: tokenizer.encode(request.prompt), constraint: "" };
    const { long } = request;
    const promptIds = long
      ? longPrompt(keptTokenIds, {
          long,
          ...this.parts,
          contextTokens: this.longContextTokens(request),
        })
      : this.promptWindow(keptTokenIds, request);
    const result: GenerateResult = {
      generations: [],
      promptTokens: promptIds.length,
      reusedTokens: 0,
      prefillMs: 0,
      decodeMs: 0,
    };
    const cache = this.caches.take(request.cacheKey);
    for (let index = 0; index < request.count; index++) {
      const continuation = new Continuation({
        tokenizer,
        prefixIndex: this.prefixIndex,
        constraint,
        stopAt: request.stopAt,
        onText: (text) => onText(index, text),
      });
      const { sampling } = request;
      const options: GenerateTokensOptions = {
        maxTokens: Math.min(
          request.maxTokens,
          this.description.contextLength - promptIds.length,
        ),
        sampling: { ...sampling, seed: sampling.seed + index },
        pauseFlags: this.pauseFlagsFor(request.stopAt),
        endTokenIds: this.endTokenIds,
        minProbability: request.minProbability,
        constrain: () => continuation.allowedTokens(),
        isCancelled,
        onToken: (token) => continuation.push(token),
      };
      const done = long
        ? await writeLongText(promptIds, {
            long,
            maxTokens: request.maxTokens,
            contextTokens: this.longContextTokens(request),
            continuation,
            generate: (tokenIds, change) =>
              this.generator.generate(cache, tokenIds, {
                ...options,
                ...change,
              }),
          })
        : await this.generator.generate(cache, promptIds, options);
      result.generations.push({
        text: continuation.text,
        tokens: continuation.tokens,
        stopReason: STOP_REASONS[done.stopReason],
      });
      if (index === 0) result.reusedTokens = done.reusedTokens;
      result.prefillMs += done.prefillMs;
      result.decodeMs += done.decodeMs;
      if (done.stopReason === "cancelled") break;
    }
    this.caches.enforceLimit();
    return result;
  }

  memory(): { residentBytes: number; kvCacheBytes: number } {
    return {
      residentBytes: process.memoryUsage.rss(),
      kvCacheBytes: this.caches.sizeBytes,
    };
  }

  async dispose(): Promise<void> {
    this.caches.clear();
    const { decode, prefill } = this.parts.sessions;
    await decode.release();
    await prefill?.release();
  }

  private longContextTokens({ contextTokens }: GenerateRequest): number {
    return Math.min(contextTokens, this.description.contextLength);
  }

  /**
   * The last tokens of the prompt, at least one. Where it is too long its start moves in jumps of an eighth of the
   * context, so that the next prompts keep their common prefix with the cache. Tokens to be written leave it at least
   * half of the positions that there are.
   */
  private promptWindow(tokenIds: number[], request: GenerateRequest): number[] {
    const { contextLength } = this.description;
    if (tokenIds.length === 0) {
      return [this.parts.folder.config.bosTokenId ?? 0];
    }
    const contextTokens = Math.min(
      Math.max(1, request.contextTokens),
      Math.max(Math.ceil(contextLength / 2), contextLength - request.maxTokens),
    );
    const excess = tokenIds.length - contextTokens;
    if (excess <= 0) return tokenIds;
    const jump = Math.max(1, Math.floor(contextTokens / 8));
    return tokenIds.slice(
      Math.min(Math.ceil(excess / jump) * jump, tokenIds.length - 1),
    );
  }

  private pauseFlagsFor(stopAt: StopAt): Uint8Array {
    let flags = this.pauseFlags.get(stopAt);
    if (!flags) {
      const { tokenizer, folder } = this.parts;
      flags = Uint8Array.from(
        { length: folder.config.vocabSize },
        (_, tokenId) => (mayEnd(tokenizer.decode([tokenId]), stopAt) ? 1 : 0),
      );
      this.pauseFlags.set(stopAt, flags);
    }
    return flags;
  }
}

const STOP_REASONS = {
  "end-of-text": "end-of-text",
  caller: "stop-rule",
  length: "length",
  unsure: "unsure",
  cancelled: "cancelled",
} as const satisfies Record<string, Generation["stopReason"]>;
