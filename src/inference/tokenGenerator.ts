// The generate loop: reads a prompt into a cache, reusing what is there, and draws tokens until something ends it.
// Knows token ids only; what a token means, and which text ends a suggestion, is the caller's.

import type { KvCache } from "./kvCache";
import {
  decode,
  predictAfter,
  prefill,
  scoreTargets,
  type DrawnToken,
  type DrawOptions,
  type ModelSessions,
} from "./languageModel";
import { Guessing, type GuessCounts, type Guesser } from "./guessing";
import { mixedLogProbability } from "./mixedDraw";
import { drawMixedRun, type MixedRun, type Mixer } from "./mixedRun";
import { NoiseRows } from "./random";
import { RunSizer } from "./runSizer";

/** How tokens are drawn; the fields are those of `SamplingOptions` in protocol/generation.ts. */
export interface TokenSampling {
  temperature: number;
  topK: number;
  topP: number;
  repetitionPenalty: number;
  seed: number;
}

/** Tokens that may come next while a given text has still to be spelled out. */
export interface AllowedTokens {
  /** Tokens that spell all that is left, and perhaps more. */
  covering: readonly number[];
  /** Tokens that spell a part of it. */
  partial: readonly number[];
}

export interface GenerateTokensOptions {
  maxTokens: number;
  sampling: TokenSampling;
  /** 1 for each token after which a run should end, so that the caller looks at the text; [vocabSize]. */
  pauseFlags: Uint8Array;
  /** Tokens that end the text; they are not returned. */
  endTokenIds: ReadonlySet<number>;
  minProbability: number;
  /** A token whose log-probability is wanted in place of each that is drawn. */
  targetId?: number | undefined;
  /** How many tokens of this text earlier calls have drawn: with the same seed it goes on as if it were one call. */
  numDrawnBefore?: number;
  /** Whether the first token must not be one that ends the text. */
  mustGoOn?: boolean;
  /** Tokens that the first one must not be. */
  ruledOutFirst?: Iterable<number> | undefined;
  /** Tokens of the first run at the most: fewer are seen sooner. */
  firstRunTokens?: number;
  /** What may come after the tokens drawn so far; `undefined` when everything may. */
  constrain?(drawn: readonly DrawnToken[]): AllowedTokens | undefined;
  /** Mixes a memory in; without it the model draws alone. */
  mix?: Mixer | undefined;
  /** What the memory expects by itself: with `mix`, tokens that the model may judge several at a time. */
  guesser?: Guesser | undefined;
  isCancelled: () => boolean;
  /** Called with each drawn token in order; returns true to end there. */
  onToken: (token: DrawnToken) => boolean;
  /** Called with the token that was less probable than `minProbability`; it is the last. */
  onRefused?: (token: DrawnToken) => void;
}

export type TokenStopReason =
  "end-of-text" | "caller" | "length" | "unsure" | "cancelled";

/** What a call did and what it cost. */
export interface GeneratedTokens {
  stopReason: TokenStopReason;
  reusedTokens: number;
  prefillMs: number;
  decodeMs: number;
}

/** A run of decoding lasts so long at the most, since it cannot be interrupted. */
const DECODE_RUN_MS = 30;
/** Adding this to a logit rules its token out and keeps 0 * bias a number. */
const RULED_OUT = -1e9;
/** Fewer new prompt tokens than this go through the decoding graph together with the first drawn token. */
const MIN_PREFILL_TOKENS = 16;
/** Rounds of a run whose tokens a memory may take back: what comes after the first one that it does is lost. */
const MAX_GUESSED_TOKENS = 4;
/** Tokens of the recent text that the repetition penalty looks at. */
const RECENT_TOKENS = 64;
const NO_TOKENS = new Array<number>(RECENT_TOKENS).fill(-1);

/** What a run is fed that draws nothing of use. */
export function noDraw(vocabSize: number): DrawOptions {
  return {
    maxTokens: 1,
    bias: new Float32Array(vocabSize),
    stopFlags: new Uint8Array(2 * vocabSize),
    minProbability: 0,
    recentTokenIds: [],
    repetitionPenalty: 1,
    inverseTemperature: 1,
    numKept: 1,
    topP: 1,
    noise: new Float32Array(1),
  };
}

/** Draws tokens from one model; calls must not overlap. */
export class TokenGenerator {
  private readonly decodeSizer = new RunSizer({
    targetMs: DECODE_RUN_MS,
    min: 1,
    max: 8,
    initialMsPerItem: 8,
  });
  private readonly prefillSizer = new RunSizer({
    targetMs: 100,
    min: 32,
    max: 256,
    initialMsPerItem: 0.8,
  });
  private readonly guessing = new Guessing();
  private readonly noBias: Float32Array;

  constructor(
    private readonly sessions: ModelSessions,
    private readonly limits: { vocabSize: number; numCandidates: number },
  ) {
    this.noBias = new Float32Array(limits.vocabSize);
  }

  /** Of all calls so far. */
  get guessCounts(): Readonly<GuessCounts> {
    return this.guessing.counts;
  }

  /** Continues `promptIds` (at least one token); the cache ends up holding the prompt and what was drawn. */
  async generate(
    cache: KvCache,
    promptIds: readonly number[],
    options: GenerateTokensOptions,
  ): Promise<GeneratedTokens> {
    if (promptIds.length === 0) {
      throw new RangeError(
        "Cannot generate: the prompt has no tokens, expected at least one",
      );
    }
    // The last prompt token is always read again: its logits choose the first new token.
    const reusedTokens = Math.min(
      cache.commonPrefixLength(promptIds),
      promptIds.length - 1,
    );
    cache.truncate(reusedTokens);
    const start = performance.now();
    const isRead = await this.readPrompt(cache, promptIds, options);
    const prefillMs = performance.now() - start;
    const stopReason = isRead
      ? await this.drawTokens(cache, promptIds, options)
      : "cancelled";
    const decodeMs = performance.now() - start - prefillMs;
    return { stopReason, reusedTokens, prefillMs, decodeMs };
  }

  /** The log-probability of `targetIds` after `contextIds` (at least one of each); the cache ends up holding both. */
  async score(
    cache: KvCache,
    {
      contextIds,
      targetIds,
      mix,
    }: {
      contextIds: readonly number[];
      targetIds: readonly number[];
      mix?: Mixer | undefined;
    },
  ): Promise<number> {
    const tokenIds = [...contextIds, ...targetIds.slice(0, -1)];
    // The last context token is read again: its logits are those of the first target.
    const reusedTokens = Math.min(
      cache.commonPrefixLength(tokenIds),
      contextIds.length - 1,
    );
    cache.truncate(reusedTokens);
    if (mix) {
      const distributions = await predictAfter(this.sessions.decode, cache, {
        tokenIds: tokenIds.slice(reusedTokens),
        numRows: targetIds.length,
        options: this.drawOptions({ maxTokens: 1 }),
      });
      return distributions.reduce((sum, row, index) => {
        const before = [...contextIds, ...targetIds.slice(0, index)];
        const mixture = mix(before, row);
        return sum + mixedLogProbability(row, mixture, targetIds[index]!);
      }, 0);
    }
    const logProbabilities = await scoreTargets(this.sessions.decode, cache, {
      tokenIds: tokenIds.slice(reusedTokens),
      targetIds,
      options: this.drawOptions({ maxTokens: 1 }),
    });
    return logProbabilities.reduce((sum, each) => sum + each, 0);
  }

  /** Reads all but the last few prompt tokens, run by run; false when it was cancelled. */
  private async readPrompt(
    cache: KvCache,
    promptIds: readonly number[],
    { isCancelled }: GenerateTokensOptions,
  ): Promise<boolean> {
    while (promptIds.length - cache.length > MIN_PREFILL_TOKENS) {
      if (isCancelled()) return false;
      const start = performance.now();
      const end = Math.min(
        cache.length + this.prefillSizer.size,
        promptIds.length - 1,
      );
      const tokenIds = promptIds.slice(cache.length, end);
      if (this.sessions.prefill) {
        await prefill(this.sessions.prefill, cache, tokenIds);
      } else {
        await decode(this.sessions.decode, cache, {
          tokenIds,
          options: this.drawOptions({ maxTokens: 1 }),
        });
      }
      this.prefillSizer.record(tokenIds.length, performance.now() - start);
    }
    return !isCancelled();
  }

  /** Draws tokens run by run until something ends it. */
  private async drawTokens(
    cache: KvCache,
    promptIds: readonly number[],
    options: GenerateTokensOptions,
  ): Promise<TokenStopReason> {
    const { sampling, minProbability, endTokenIds, mix, guesser } = options;
    const { numDrawnBefore = 0, mustGoOn = false } = options;
    const { firstRunTokens = Infinity, ruledOutFirst = [] } = options;
    const notFirst = [...ruledOutFirst, ...(mustGoOn ? endTokenIds : [])];
    const noise = new NoiseRows(sampling.seed);
    const drawn: DrawnToken[] = [];
    let pending = promptIds.slice(cache.length);
    while (drawn.length < options.maxTokens) {
      if (options.isCancelled()) return "cancelled";
      const allowed = options.constrain?.(drawn);
      const recentTokenIds = [
        ...NO_TOKENS,
        ...promptIds.slice(-RECENT_TOKENS),
        ...drawn.map(({ tokenId }) => tokenId),
      ].slice(-RECENT_TOKENS);
      const contextIds = [...promptIds, ...drawn.map(({ tokenId }) => tokenId)];
      const maxTokens = Math.min(
        this.decodeSizer.size,
        options.maxTokens - drawn.length,
        drawn.length === 0 ? firstRunTokens : Infinity,
      );
      // What the first letters of a word rule out, the memory does not know.
      const guesses =
        mix && guesser && !allowed
          ? this.guessing.guess(contextIds, {
              guesser,
              maxTokens: options.maxTokens - drawn.length - 1,
              maxRunTokens: DECODE_RUN_MS / this.decodeSizer.msPerItem,
            })
          : [];
      const bias = allowed
        ? this.biasFor(allowed)
        : notFirst.length > 0 && drawn.length === 0
          ? this.biasAgainst(notFirst)
          : undefined;
      const start = performance.now();
      const { tokens, numRounds } = await this.drawRun(cache, {
        tokenIds: pending,
        contextIds,
        mix,
        guesses,
        isBiased: bias !== undefined,
        options: this.drawOptions({
          maxTokens:
            guesses.length > 0
              ? guesses.length + 1
              : Math.min(maxTokens, mix ? MAX_GUESSED_TOKENS : Infinity),
          sampling,
          minProbability,
          recentTokenIds,
          targetId: options.targetId,
          noise: { rows: noise, first: numDrawnBefore + drawn.length },
          bias,
          stopFlags: this.stopFlags(options, allowed),
        }),
      });
      const elapsedMs =
        pending.length === 1 ? performance.now() - start : undefined;
      if (guesses.length > 0) {
        this.guessing.record({
          numGuesses: guesses.length,
          numAccepted: tokens.length - 1,
          elapsedMs,
          tokenMs: this.decodeSizer.msPerItem,
        });
      } else if (elapsedMs !== undefined) {
        this.decodeSizer.record(numRounds, elapsedMs);
      }
      for (const token of tokens) {
        if (endTokenIds.has(token.tokenId)) return "end-of-text";
        if (token.probability < minProbability) {
          options.onRefused?.(token);
          return "unsure";
        }
        drawn.push(token);
        if (options.onToken(token)) return "caller";
      }
      pending = [tokens.at(-1)!.tokenId];
    }
    return "length";
  }

  private async drawRun(
    cache: KvCache,
    {
      mix,
      ...run
    }: Omit<MixedRun, "numCandidates" | "mix"> & { mix: Mixer | undefined },
  ): Promise<{ tokens: DrawnToken[]; numRounds: number }> {
    const { decode: session } = this.sessions;
    if (mix) {
      const { numCandidates } = this.limits;
      return drawMixedRun(session, cache, { ...run, mix, numCandidates });
    }
    const tokens = await decode(session, cache, run);
    return { tokens, numRounds: tokens.length };
  }

  private drawOptions({
    maxTokens,
    sampling,
    minProbability = 0,
    recentTokenIds = [],
    targetId,
    noise,
    bias = this.noBias,
    stopFlags = new Uint8Array(2 * this.limits.vocabSize),
  }: {
    maxTokens: number;
    sampling?: TokenSampling;
    minProbability?: number;
    recentTokenIds?: number[];
    targetId?: number | undefined;
    /** Rows of noise and which one is for this run's first token. */
    noise?: { rows: NoiseRows; first: number };
    bias?: Float32Array | undefined;
    stopFlags?: Uint8Array;
  }) {
    const { numCandidates } = this.limits;
    const isGreedy = !sampling || sampling.temperature === 0;
    const isUnlimited = !sampling || sampling.topK === 0;
    const numKept = isGreedy
      ? 1
      : Math.min(isUnlimited ? numCandidates : sampling.topK, numCandidates);
    return {
      maxTokens,
      bias,
      stopFlags,
      minProbability,
      recentTokenIds,
      targetId,
      repetitionPenalty: sampling?.repetitionPenalty ?? 1,
      inverseTemperature: isGreedy ? 1 : 1 / sampling.temperature,
      numKept,
      topP: isGreedy ? 1 : sampling.topP,
      noise:
        isGreedy || !noise
          ? new Float32Array(maxTokens * numKept)
          : noise.rows.take({
              first: noise.first,
              count: maxTokens,
              length: numKept,
            }),
    };
  }

  private biasFor({ covering, partial }: AllowedTokens): Float32Array {
    const bias = new Float32Array(this.limits.vocabSize).fill(RULED_OUT);
    for (const tokenId of covering) bias[tokenId] = 0;
    for (const tokenId of partial) bias[tokenId] = 0;
    return bias;
  }

  private biasAgainst(tokenIds: Iterable<number>): Float32Array {
    const bias = new Float32Array(this.limits.vocabSize);
    for (const tokenId of tokenIds) bias[tokenId] = RULED_OUT;
    return bias;
  }

  /** A run ends after a token that ends the text, where the caller wants to look, and where a constraint goes on. */
  private stopFlags(
    { pauseFlags, endTokenIds }: GenerateTokensOptions,
    allowed: AllowedTokens | undefined,
  ): Uint8Array {
    const { vocabSize } = this.limits;
    const flags = new Uint8Array(2 * vocabSize);
    flags.set(pauseFlags, 0);
    flags.set(pauseFlags, vocabSize);
    for (const tokenId of endTokenIds) {
      flags[tokenId] = 1;
      flags[vocabSize + tokenId] = 1;
    }
    for (const tokenId of allowed?.partial ?? []) flags[tokenId] = 1;
    return flags;
  }
}
