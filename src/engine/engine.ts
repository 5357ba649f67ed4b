// The loaded model as one thing: text in, text out. Joins tokenizer, graphs and the generate loop, and keeps the
// caches of the documents that were worked on last. Used by the worker thread, the command line and benchmarks.

import {
  TokenGenerator,
  type GenerateTokensOptions,
} from "../inference/tokenGenerator";
import type { Guesser } from "../inference/guessing";
import type { Mixer } from "../inference/mixedRun";
import type { KvCache } from "../inference/kvCache";
import type { WorkspaceMemory } from "../memory/workspaceMemory";
import { NUM_CANDIDATES } from "../model/graphs/decodeGraph";
import { MAX_POSITIONS } from "../model/layers/gpt";
import type {
  FollowingScore,
  Generation,
  GenerateRequest,
  GenerateResult,
  MeasuredPiece,
  MeasureRequest,
  StopAt,
  TokenSource,
  WrittenTokens,
} from "../protocol/generation";
import type { LabelProbability } from "../protocol/training";
import type {
  CheckRequest,
  DeriveRequest,
  LoadedModel,
  LoadModelRequest,
  LoadPhase,
} from "../protocol/worker";
import { endsInWholeWord, takeBackPartialWord } from "../tokenizer/healing";
import { PrefixIndex } from "../tokenizer/prefixIndex";
import { createClassifier, framed } from "./classify";
import { Continuation } from "./continuation";
import {
  documentNameOf,
  findTokenSource,
  memoryGuesser,
  memoryMixer,
  wordContinuation,
} from "./memoryMixer";
import { DocumentCaches } from "./documentCaches";
import { scoreFollowing } from "./following";
import {
  addPrefill,
  dropPrefill,
  loadEngineParts,
  replaceAdapter,
  type EngineParts,
} from "./engineParts";
import { longPrompt, writeLongText } from "./longText";
import { promptAround, type PlacedPrompt } from "./infillPrompt";
import { scoreContinuations } from "./scoreContinuations";
import { countMixedBits, measurePieces } from "./textPredictions";
import { mayEnd } from "../text/stopRules";

export { loadEngineParts, type EngineParts } from "./engineParts";

/** What one call of `generate` is given beside its request. */
export interface GenerateOptions {
  isCancelled: () => boolean;
  /** Called with each piece of text that is added to continuation `index`; but for long texts also with its tokens. */
  onText: (index: number, text: string, written?: WrittenTokens) => void;
}

/** Loads a model folder: tokenizer, then graphs. */
export async function loadEngine(
  request: LoadModelRequest,
  onProgress: (phase: LoadPhase, fraction: number) => void,
  options: { mayLackPrefill?: boolean } = {},
): Promise<Engine> {
  const engine = new Engine(
    await loadEngineParts(request, onProgress, options),
  );
  try {
    await engine.requireFiniteLogits();
  } catch (error) {
    await engine.dispose();
    throw error;
  }
  return engine;
}

/** A loaded model; calls of `generate` must not overlap. */
export class Engine {
  private generator: TokenGenerator;
  private readonly prefixIndex: PrefixIndex;
  private readonly caches: DocumentCaches;
  private readonly pauseFlags = new Map<StopAt, Uint8Array>();
  private readonly endTokenIds: ReadonlySet<number>;
  private workspaceMemory: WorkspaceMemory | undefined;

  constructor(private parts: EngineParts) {
    const { folder, tokenizer, cacheType } = parts;
    const { config } = folder;
    this.generator = createGenerator(parts);
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

  get description(): LoadedModel {
    const { folder, tokenizer, adapter, adapterFault, loadMs } = this.parts;
    const { config } = folder;
    return {
      name: folder.name,
      architecture: config.architecture,
      contextLength: Math.min(config.contextLength, MAX_POSITIONS),
      vocabSize: config.vocabSize,
      fillsInMiddle: tokenizer.fillInMiddle !== undefined,
      adapter: adapter && {
        name: adapter.name,
        folder: adapter.directory,
        warnings: adapter.warnings,
      },
      adapterFault,
      loadMs,
    };
  }

  /**
   * Puts another adapter on, or takes it off; one that cannot be used leaves the base, and the description says why.
   * What was read before was read by other weights, so that the caches are emptied. Must not overlap with `generate`.
   */
  async useAdapter(adapterFolder: string | undefined): Promise<LoadedModel> {
    this.parts = await replaceAdapter(this.parts, adapterFolder);
    this.generator = createGenerator(this.parts);
    this.caches.clear();
    return this.description;
  }

  /** Throws unless the model's logits are numbers: one look, since weights with NaN or infinity in them write nonsense. */
  async requireFiniteLogits(): Promise<void> {
    const { folder, adapter } = this.parts;
    const tokenId = folder.config.bosTokenId ?? 0;
    const logProbability = await this.generator.score(this.caches.take(""), {
      contextIds: [tokenId],
      targetIds: [tokenId],
    });
    this.caches.clear();
    if (Number.isFinite(logProbability)) return;
    throw new RangeError(
      `Cannot use model ${folder.directory}${adapter ? ` with adapter ${adapter.directory}` : ""}: its logits are no finite numbers, expected such; its weights or scales hold NaN, infinity or numbers that are too large`,
    );
  }

  /** The request whose prefill weights must be derived before `addPrefill`; undefined when there is nothing to add. */
  get toDerive(): DeriveRequest | undefined {
    const { folder, request, sessions } = this.parts;
    const canAdd = folder.config.quantization && !sessions.prefill;
    return canAdd ? request : undefined;
  }

  /** The derived weights that are in use, to be checked; undefined where there are none. */
  get toCheck(): CheckRequest | undefined {
    return this.parts.sessions.prefill && this.parts.prefillWeights?.check;
  }

  /**
   * Reads long prompts without derived weights from now on, and forgets what was read with them. Must not overlap with
   * `generate`.
   */
  async dropPrefill(): Promise<void> {
    this.parts = await dropPrefill(this.parts);
    this.generator = createGenerator(this.parts);
    this.caches.clear();
  }

  /** Reads long prompts with derived weights from now on. Must not overlap with `generate`. */
  async addPrefill(): Promise<void> {
    this.parts = await addPrefill(this.parts);
    this.generator = createGenerator(this.parts);
  }

  /**
   * Mixes what documents have written into every continuation but long texts from now on; undefined mixes nothing. Its
   * documents are named as `documentNameOf` names cache keys, so that the one that is being written is left out.
   */
  useMemory(memory: WorkspaceMemory | undefined): void {
    this.workspaceMemory = memory;
  }

  /** The token ids of a document for `WorkspaceMemory.set`. */
  encode(text: string): Uint32Array {
    return Uint32Array.from(this.parts.tokenizer.encode(text));
  }

  /** Bits of a text as `generate` would mix it, each token given those before it. Must not overlap with `generate`. */
  async countBits(
    text: string,
    { cacheKey }: { cacheKey: string },
  ): Promise<{ bits: number; characters: number }> {
    return countMixedBits(this.parts, {
      text,
      mix: this.mixerFor(cacheKey),
    });
  }

  /** The same by pieces. Must not overlap with `generate`. */
  async measureText({
    text,
    cacheKey,
  }: MeasureRequest): Promise<MeasuredPiece[]> {
    const pieces: MeasuredPiece[] = [];
    const mix = this.mixerFor(cacheKey);
    for await (const piece of measurePieces(this.parts, { text, mix })) {
      pieces.push(piece);
    }
    return pieces;
  }

  /** Continues `request.prompt`, `request.count` times. */
  async generate(
    request: GenerateRequest,
    { isCancelled, onText }: GenerateOptions,
  ): Promise<GenerateResult> {
    const { tokenizer } = this.parts;
    const { long } = request;
    const cache = this.caches.take(request.cacheKey);
    const prompt = this.promptFor(request, cache);
    const { promptIds, constraint, droppedTokens, followsWord } = prompt;
    const result: GenerateResult = {
      generations: [],
      promptTokens: promptIds.length,
      ...(droppedTokens > 0 && { droppedTokens }),
      ...(prompt.suffixTokens && { suffixTokens: prompt.suffixTokens }),
      reusedTokens: 0,
      prefillMs: 0,
      decodeMs: 0,
    };
    const followingIds = tokenizer.encode(request.following ?? "", "within");
    const before = textBeforeOf(prompt);
    const mix = long ? undefined : this.mixerFor(request.cacheKey, before);
    const guesser = mix && this.guesserFor(request.cacheKey, before);
    for (let index = 0; index < request.count; index++) {
      const continuation = new Continuation({
        tokenizer,
        prefixIndex: this.prefixIndex,
        constraint,
        stopAt: request.stopAt,
        onText: (text, written) =>
          onText(index, text, long ? undefined : written),
        findSource: (written, tokenId) =>
          this.findSource(tokenId, {
            contextIds: before([
              ...promptIds,
              ...written.map((each) => each.tokenId),
            ]),
            cacheKey: request.cacheKey,
          }),
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
        mix,
        guesser,
        isCancelled,
        targetId: followingIds[0],
        onToken: (token) => continuation.push(token),
        onRefused: (token) => continuation.refuse(token),
      };
      const done = long
        ? await writeLongText(promptIds, {
            long,
            bosIds: tokenizer.bosIds,
            maxTokens: request.maxTokens,
            contextTokens: this.longContextTokens(request),
            ruledOutFirst:
              followsWord && long.writtenTokenIds.length === 0
                ? this.wordContinuations()
                : undefined,
            continuation,
            generate: (tokenIds, change) =>
              this.generator.generate(cache, tokenIds, {
                ...options,
                ...change,
              }),
          })
        : await this.generator.generate(cache, promptIds, options);
      const following = request.following
        ? await this.scoreFollowing(cache, {
            promptIds,
            constraint,
            continuation,
            followingIds,
            mix,
            isCancelled,
          })
        : undefined;
      result.generations.push({
        text: continuation.text,
        healed: continuation.healed,
        tokens: continuation.tokens,
        stopReason:
          following || !request.following
            ? STOP_REASONS[done.stopReason]
            : "cancelled",
        ...(continuation.refused && { refused: continuation.refused }),
        ...(following && { following }),
      });
      if (index === 0) result.reusedTokens = done.reusedTokens;
      result.prefillMs += done.prefillMs;
      result.decodeMs += done.decodeMs;
      if (done.stopReason === "cancelled") break;
    }
    this.caches.enforceLimit();
    return result;
  }

  /**
   * The natural logarithm of the probability that each of some continuations (at least one token each) follows a prompt.
   * A prompt that is too long loses its beginning. Must not overlap with `generate`.
   */
  async scoreContinuations(
    prompt: string,
    continuations: readonly string[],
  ): Promise<number[]> {
    const scores = await scoreContinuations(prompt, continuations, {
      model: this.parts,
      contextLength: this.description.contextLength,
      generator: this.generator,
      cache: this.caches.take("labels"),
    });
    this.caches.enforceLimit();
    return scores;
  }

  /**
   * The labels of a text by what the adapter has learned, the most probable one first; undefined where it has learned
   * none. Must not overlap with `generate`.
   */
  async classify(text: string): Promise<LabelProbability[] | undefined> {
    const labels = this.parts.adapter?.manifest?.labels;
    if (!labels) return undefined;
    const find = await createClassifier(this, labels);
    return find(framed(text, labels));
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

  /** The tokens to go on after, and what of the text has to be spelled again first. */
  private promptFor(
    request: GenerateRequest,
    cache: KvCache,
  ): PlacedPrompt & {
    constraint: string;
    droppedTokens: number;
    /** Whether the text ends in a word that is not to be written on. */
    followsWord: boolean;
  } {
    const { tokenizer } = this.parts;
    const { long } = request;
    // Who asks for a text has done with the last word: "the small" is not to become "the smallest".
    const followsWord =
      long?.chat.length === 0 && endsInWholeWord(request.prompt, tokenizer);
    // What an answer to a chat begins with goes on after the template's own text.
    const place = long && long.chat.length > 0 ? "within" : "start";
    const { keptTokenIds, constraint } =
      request.heal && !followsWord
        ? takeBackPartialWord(request.prompt, tokenizer)
        : {
            keptTokenIds: tokenizer.encode(request.prompt, place),
            constraint: "",
          };
    if (long) {
      const promptIds = longPrompt(keptTokenIds, {
        long,
        ...this.parts,
        contextTokens: this.longContextTokens(request),
      });
      const prefixIds = promptIds;
      return {
        promptIds,
        prefixIds,
        constraint,
        droppedTokens: 0,
        followsWord,
      };
    }
    const placed = promptAround(keptTokenIds, {
      request,
      cache,
      model: this.parts,
      contextLength: this.description.contextLength,
    });
    const droppedTokens = keptTokenIds.length - placed.prefixIds.length;
    return { ...placed, constraint, droppedTokens, followsWord };
  }

  private mixerFor(
    cacheKey: string,
    before = (contextIds: readonly number[]) => contextIds,
  ): Mixer | undefined {
    const mix =
      this.workspaceMemory &&
      memoryMixer(this.workspaceMemory, {
        except: documentNameOf(cacheKey),
        continuesWord: wordContinuation(this.parts.tokenizer),
      });
    return (
      mix &&
      ((contextIds, logProbabilities) =>
        mix(before(contextIds), logProbabilities))
    );
  }

  /** The tokens that would write on a word. */
  private wordContinuations(): number[] {
    const continuesWord = wordContinuation(this.parts.tokenizer);
    return Array.from(
      { length: this.parts.tokenizer.vocabSize },
      (_, tokenId) => tokenId,
    ).filter(continuesWord);
  }

  private guesserFor(
    cacheKey: string,
    before: (contextIds: readonly number[]) => readonly number[],
  ): Guesser | undefined {
    const guess =
      this.workspaceMemory &&
      memoryGuesser(this.workspaceMemory, { except: documentNameOf(cacheKey) });
    return guess && ((contextIds) => guess(before(contextIds)));
  }

  private findSource(
    tokenId: number,
    {
      contextIds,
      cacheKey,
    }: { contextIds: readonly number[]; cacheKey: string },
  ): TokenSource | undefined {
    return (
      this.workspaceMemory &&
      findTokenSource(this.workspaceMemory, {
        contextIds,
        tokenId,
        except: documentNameOf(cacheKey),
      })
    );
  }

  /** Undefined when it is cancelled. */
  private scoreFollowing(
    cache: KvCache,
    {
      promptIds,
      constraint,
      continuation: { healed, tokens, refused, targetLogProbabilities },
      followingIds,
      mix,
      isCancelled,
    }: {
      promptIds: readonly number[];
      constraint: string;
      continuation: Continuation;
      followingIds: readonly number[];
      mix: Mixer | undefined;
      isCancelled: () => boolean;
    },
  ): Promise<FollowingScore[] | undefined> {
    // A space before the cursor stands for a word to come: without one it would not be there.
    const typedIds = this.parts.tokenizer.encode(
      constraint.trimEnd(),
      "within",
    );
    return scoreFollowing(
      {
        promptIds,
        nothingWrittenIds: [...promptIds, ...typedIds],
        healed,
        tokens,
        next: refused,
        firstLogProbabilities: targetLogProbabilities,
      },
      {
        followingIds,
        score: (contextIds, targetIds) =>
          this.generator.score(cache, { contextIds, targetIds, mix }),
        isCancelled,
      },
    );
  }

  private longContextTokens({ contextTokens }: GenerateRequest): number {
    return Math.min(contextTokens, this.description.contextLength);
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

/** Of a prompt and what has been written after it, the text before the cursor and that: what a memory goes by. */
function textBeforeOf({ promptIds, prefixIds, suffixTokens }: PlacedPrompt) {
  return (contextIds: readonly number[]): readonly number[] =>
    suffixTokens === undefined
      ? contextIds
      : [...prefixIds, ...contextIds.slice(promptIds.length)];
}

function createGenerator({ sessions, folder }: EngineParts): TokenGenerator {
  const { vocabSize } = folder.config;
  return new TokenGenerator(sessions, {
    vocabSize,
    numCandidates: Math.min(NUM_CANDIDATES, vocabSize),
  });
}

const STOP_REASONS = {
  "end-of-text": "end-of-text",
  caller: "stop-rule",
  length: "length",
  unsure: "unsure",
  cancelled: "cancelled",
} as const satisfies Record<string, Generation["stopReason"]>;
