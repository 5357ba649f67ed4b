// Times one thing at a time with the sessions, run sizes and cache of the product. A value is a rate in tokens/s or a
// duration in milliseconds. Prompts are token ids without meaning: speed does not depend on them.

import { KvCache } from "../../src/inference/kvCache";
import {
  decode,
  prefill,
  type DrawOptions,
} from "../../src/inference/languageModel";
import {
  noDraw,
  TokenGenerator,
  type GenerateTokensOptions,
} from "../../src/inference/tokenGenerator";
import {
  memoryGuesser,
  memoryMixer,
  wordContinuation,
} from "../../src/engine/memoryMixer";
import { WorkspaceMemory } from "../../src/memory/workspaceMemory";
import { NUM_CANDIDATES } from "../../src/model/graphs/decodeGraph";
import type { Session } from "../../src/runtime/session";
import type { EngineParts } from "../../src/engine/engine";
import { greedySampling } from "../../src/protocol/generation";

/** Tokens that are decoded for a rate. */
export const DECODED_TOKENS = 32;
/** Tokens of the continuation whose duration is measured. */
export const CONTINUATION_TOKENS = 4;
/** The most tokens that the product writes in one run. */
export const LONGEST_RUN = 8;

const UNTIMED_CHUNK = 128;

/** Rows of a table, as documents have them over and over; short enough to repeat within the shortest context. */
const REPEATED_TEXT = `
| Setting | Default |
| --- | --- |
| \`retries\` | 3 |
| \`timeout\` | 5000 |
`;

/** A measured value and how many tokens went through the model in one run. */
export interface Measurement {
  value: number;
  tokensPerRun: number;
}

/** Measures the sessions of a loaded model. */
export class SpeedMeter {
  private readonly prefill: CountedSession | undefined;
  private readonly decode: CountedSession;
  private readonly generator: TokenGenerator;
  private readonly vocabSize: number;

  constructor(private readonly parts: EngineParts) {
    const { sessions, folder } = parts;
    this.vocabSize = folder.config.vocabSize;
    this.decode = new CountedSession(sessions.decode);
    this.prefill = sessions.prefill && new CountedSession(sessions.prefill);
    this.generator = new TokenGenerator(
      { decode: this.decode, prefill: this.prefill },
      {
        vocabSize: this.vocabSize,
        numCandidates: Math.min(NUM_CANDIDATES, this.vocabSize),
      },
    );
  }

  /** Tokens/s of reading `numTokens` in one run. */
  async readAtOnce(numTokens: number): Promise<Measurement> {
    const cache = this.newCache();
    const start = performance.now();
    await this.readRun(cache, this.meaninglessTokens(numTokens));
    return {
      value: perSecond(numTokens, performance.now() - start),
      tokensPerRun: numTokens,
    };
  }

  /** Tokens/s of reading a prompt of `numTokens` as the product does, in runs that end in time to be cancelled. */
  async readInChunks(numTokens: number): Promise<Measurement> {
    const cache = this.newCache();
    // One more, since the last token of a prompt is read when the first new one is drawn.
    const promptIds = this.meaninglessTokens(numTokens + 1);
    const reader = this.prefill ?? this.decode;
    const runsBefore = reader.numRuns;
    const { prefillMs } = await this.generator.generate(
      cache,
      promptIds,
      greedily({ maxTokens: 0, vocabSize: this.vocabSize }),
    );
    // Up to 16 tokens are left for the decoding graph.
    return {
      value: perSecond(cache.length, prefillMs),
      tokensPerRun: cache.length / Math.max(1, reader.numRuns - runsBefore),
    };
  }

  /** Tokens/s of writing after `context` tokens, in the runs that the product picks. */
  async write(context: number): Promise<Measurement> {
    const { ms, tokensPerRun } = await this.continue(
      this.meaninglessTokens(context + 1),
      DECODED_TOKENS,
    );
    return { value: perSecond(DECODED_TOKENS, ms), tokensPerRun };
  }

  /** Tokens/s of writing after `context` tokens in runs of `LONGEST_RUN`. */
  async writeInLongRuns(context: number): Promise<Measurement> {
    const cache = this.newCache();
    const promptIds = this.meaninglessTokens(context + 1);
    await this.read(cache, promptIds.slice(0, -1));
    let tokenIds = promptIds.slice(-1);
    const start = performance.now();
    for (let written = 0; written < DECODED_TOKENS; written += LONGEST_RUN) {
      const drawn = await decode(this.decode, cache, {
        tokenIds,
        options: this.drawGreedily(LONGEST_RUN),
      });
      tokenIds = [drawn.at(-1)!.tokenId];
    }
    return {
      value: perSecond(DECODED_TOKENS, performance.now() - start),
      tokensPerRun: LONGEST_RUN,
    };
  }

  /**
   * Tokens/s of writing on after `context` tokens of a text that repeats, with a memory that has read no other text, and
   * with or without guesses of what it expects.
   */
  async writeRepeating(
    context: number,
    { guesses }: { guesses: boolean },
  ): Promise<Measurement> {
    const { tokenizer } = this.parts;
    const once = tokenizer.encode(REPEATED_TEXT);
    const promptIds = Array.from(
      { length: context + 1 },
      (_, i) => once[i % once.length]!,
    );
    const memory = new WorkspaceMemory(0);
    const { ms, tokensPerRun } = await this.continue(
      promptIds,
      DECODED_TOKENS,
      {
        mix: memoryMixer(memory, {
          continuesWord: wordContinuation(tokenizer),
        }),
        ...(guesses ? { guesser: memoryGuesser(memory, {}) } : {}),
      },
    );
    return { value: perSecond(DECODED_TOKENS, ms), tokensPerRun };
  }

  /** Milliseconds for four tokens after `context` tokens. */
  async writeFour(context: number): Promise<Measurement> {
    const { ms, tokensPerRun } = await this.continue(
      this.meaninglessTokens(context + 1),
      CONTINUATION_TOKENS,
    );
    return { value: ms, tokensPerRun };
  }

  /** Milliseconds for the first token after a prompt of one. */
  async writeOne(): Promise<Measurement> {
    const { ms, tokensPerRun } = await this.continue(
      this.meaninglessTokens(2),
      1,
    );
    return { value: ms, tokensPerRun };
  }

  private async continue(
    promptIds: number[],
    maxTokens: number,
    memory: Pick<GenerateTokensOptions, "mix" | "guesser"> = {},
  ) {
    const cache = this.newCache();
    await this.read(cache, promptIds.slice(0, -1));
    const runsBefore = this.decode.numRuns;
    const { decodeMs } = await this.generator.generate(cache, promptIds, {
      ...greedily({ maxTokens, vocabSize: this.vocabSize }),
      ...memory,
    });
    return {
      ms: decodeMs,
      tokensPerRun: maxTokens / (this.decode.numRuns - runsBefore),
    };
  }

  /** Reads what stands before the tokens that are timed, without the memory that one long run would take. */
  private async read(cache: KvCache, tokenIds: number[]): Promise<void> {
    for (let from = 0; from < tokenIds.length; from += UNTIMED_CHUNK) {
      await this.readRun(cache, tokenIds.slice(from, from + UNTIMED_CHUNK));
    }
  }

  private async readRun(cache: KvCache, tokenIds: number[]): Promise<void> {
    if (this.prefill) {
      await prefill(this.prefill, cache, tokenIds);
      return;
    }
    const options = this.drawGreedily(1);
    await decode(this.decode, cache, { tokenIds, options });
  }

  /** The ids that bench/peers/peer.mjs uses. */
  private meaninglessTokens(length: number): number[] {
    return Array.from(
      { length },
      (_, i) => (300 + ((i * 7919) % 40_000)) % this.vocabSize,
    );
  }

  private newCache(): KvCache {
    const { cacheType, folder } = this.parts;
    const { numLayers, numKvHeads, headDim } = folder.config;
    return new KvCache({ type: cacheType, numLayers, numKvHeads, headDim });
  }

  private drawGreedily(maxTokens: number): DrawOptions {
    return {
      ...noDraw(this.vocabSize),
      maxTokens,
      noise: new Float32Array(maxTokens),
    };
  }
}

/** A session that counts its runs. */
class CountedSession implements Session {
  numRuns = 0;

  constructor(private readonly session: Session) {}

  get inputNames() {
    return this.session.inputNames;
  }

  run(...args: Parameters<Session["run"]>): ReturnType<Session["run"]> {
    this.numRuns++;
    return this.session.run(...args);
  }

  release(): Promise<void> {
    return this.session.release();
  }
}

/** Options of `TokenGenerator.generate` under which nothing but the number of tokens ends the text. */
function greedily({
  maxTokens,
  vocabSize,
}: {
  maxTokens: number;
  vocabSize: number;
}) {
  return {
    maxTokens,
    sampling: greedySampling,
    pauseFlags: new Uint8Array(vocabSize),
    endTokenIds: new Set<number>(),
    minProbability: 0,
    isCancelled: () => false,
    onToken: () => false,
  };
}

function perSecond(numTokens: number, ms: number): number {
  return (numTokens / ms) * 1000;
}
