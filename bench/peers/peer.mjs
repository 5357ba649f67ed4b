// llama.cpp as a peer, over node-llama-cpp's lowest layer, so that nothing but its own work is timed.
// Prompts are token ids without meaning: speed does not depend on them.
import {
  getLlama,
  LlamaLogLevel,
} from "./node_modules/node-llama-cpp/dist/index.js";
import { LlamaSampler } from "./node_modules/node-llama-cpp/dist/evaluator/LlamaContext/LlamaSampler.js";

const SEQUENCE = 0;
const DECODED_TOKENS = 32;
const CONTINUATION_TOKENS = 4;

/**
 * Both node's pool and llama.cpp's own threads wait by spinning: with more than one thread in node's pool, two
 * threads of llama.cpp fell from about 180 to 60-80 tokens/s.
 */
export function checkThreadPool() {
  const size = process.env.UV_THREADPOOL_SIZE;
  if (size === "1") return;
  throw new Error(
    `Cannot measure fairly: UV_THREADPOOL_SIZE is ${size ?? "not set"}, expected 1; start with "UV_THREADPOOL_SIZE=1 node ..."`,
  );
}

/** A loaded model with one sequence. Made by `openPeer`. */
export class Peer {
  constructor({ model, context, sampler, batchTokens, times }) {
    this.model = model;
    this.context = context;
    this.sampler = sampler;
    this.batchTokens = batchTokens;
    this.times = times;
  }

  /** Tokens per second of reading a prompt, `chunkTokens` at a time. */
  async prefill(numTokens, chunkTokens = this.batchTokens) {
    const start = performance.now();
    await this.fill(numTokens, chunkTokens);
    return (numTokens / (performance.now() - start)) * 1000;
  }

  /** Tokens per second of greedy decoding after `context` tokens. */
  async decode(context) {
    await this.fill(context);
    return (
      (DECODED_TOKENS / (await this.generate(context, DECODED_TOKENS))) * 1000
    );
  }

  /** Milliseconds for four tokens after `context` tokens. */
  async continuation(context) {
    await this.fill(context);
    return this.generate(context, CONTINUATION_TOKENS);
  }

  /** Evaluates a window in one batch and gives, for each position, [token, logit] pairs of the best and the asked token. */
  async logProbabilities(tokenIds) {
    this.context.disposeSequence(SEQUENCE);
    const positions = Array.from({ length: tokenIds.length - 1 }, (_, i) => i);
    this.context.initBatch(tokenIds.length);
    const logitIndexes = this.context.addToBatch(
      SEQUENCE,
      0,
      Uint32Array.from(tokenIds),
      Uint32Array.from(positions),
    );
    await this.context.decodeBatch();
    const rows = [];
    for (const i of positions) {
      rows.push(await this.readLogits(logitIndexes[i], tokenIds[i + 1]));
    }
    return rows;
  }

  async readLogits(logitIndex, nextTokenId) {
    const ONLY_ASKED = [[nextTokenId], false, false, false, 1];
    const [best, , , pairs, weight] = await this.context.sampleToken(
      logitIndex,
      this.sampler._sampler,
      false,
      false,
      ONLY_ASKED,
      true,
    );
    const logits = new Map();
    for (let i = 0; i < pairs.length; i += 2)
      logits.set(pairs[i], pairs[i + 1]);
    // `weight` is the sum of exp(logit - highest logit) over the vocabulary.
    const highest = Math.max(...logits.values());
    return {
      best,
      logProbability: logits.get(nextTokenId) - highest - Math.log(weight),
    };
  }

  async fill(numTokens, chunkTokens = this.batchTokens) {
    this.context.disposeSequence(SEQUENCE);
    for (let from = 0; from < numTokens; from += chunkTokens) {
      const tokenIds = meaninglessTokens(
        from,
        Math.min(chunkTokens, numTokens - from),
      );
      const isLast = from + tokenIds.length === numTokens;
      this.context.initBatch(tokenIds.length);
      this.context.addToBatch(
        SEQUENCE,
        from,
        tokenIds,
        isLast ? Uint32Array.of(tokenIds.length - 1) : new Uint32Array(0),
      );
      await this.context.decodeBatch();
    }
  }

  /** Generates greedily from `position` on; milliseconds. */
  async generate(position, numTokens) {
    let tokenId = 5;
    const start = performance.now();
    for (let i = 0; i < numTokens; i++) {
      this.context.initBatch(1);
      const [logitIndex] = this.context.addToBatch(
        SEQUENCE,
        position + i,
        Uint32Array.of(tokenId),
        Uint32Array.of(0),
      );
      await this.context.decodeBatch();
      tokenId = await this.context.sampleToken(
        logitIndex,
        this.sampler._sampler,
      );
    }
    return performance.now() - start;
  }
}

/** Loads a GGUF for measuring on the processor alone. */
export async function openPeer(
  modelFile,
  {
    threads,
    contextTokens,
    batchTokens,
    flashAttention = false,
    kvType = "F16",
  },
) {
  const start = performance.now();
  const llama = await getLlama({
    gpu: false,
    build: "never",
    skipDownload: true,
    maxThreads: threads,
    logLevel: LlamaLogLevel.error,
  });
  const loadStart = performance.now();
  const model = await llama.loadModel({ modelPath: modelFile, gpuLayers: 0 });
  const context = await model.createContext({
    contextSize: contextTokens,
    batchSize: batchTokens,
    threads,
    flashAttention,
    experimentalKvCacheKeyType: kvType,
    experimentalKvCacheValueType: kvType,
  });
  const loadEnd = performance.now();
  const sampler = new LlamaSampler(model);
  sampler.applyConfig({ temperature: 0 });
  const times = {
    libraryMs: loadStart - start,
    loadMs: loadEnd - loadStart,
  };
  const peer = new Peer({
    model,
    context: context._ctx,
    sampler,
    batchTokens,
    times,
  });
  await peer.fill(1);
  await peer.generate(1, 1);
  times.firstTokenMs = performance.now() - loadStart;
  return peer;
}

function meaninglessTokens(from, length) {
  return Uint32Array.from(
    { length },
    (_, i) => 300 + (((from + i) * 7919) % 40_000),
  );
}
