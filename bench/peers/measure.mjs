// Measures llama.cpp (node-llama-cpp) on a GGUF file: loading, prefill, decoding, memory.
//
//   npm install --prefix bench/peers
//   UV_THREADPOOL_SIZE=1 node bench/peers/measure.mjs FILE.gguf [--threads 2] [--contexts 64,256,512,1024]
//     [--chunk 64] [--batch 512] [--flash-attention] [--rounds 3] [--json]
//
// With --turns it measures what it is asked, so that two programs can be measured turn by turn. A line on stdin is
// {"measure": "prefill" | "decode" | "continuation" | "memory", "tokens": 512, "chunkTokens": 64}; each gets a line
// {"value": ...} on stdout, and the first line is {"times": {...}} once the model is loaded.
import { createInterface } from "node:readline";
import { parseArgs } from "node:util";
import { checkThreadPool, openPeer } from "./peer.mjs";

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    threads: { type: "string", default: "2" },
    contexts: { type: "string", default: "64,256,512,1024" },
    chunk: { type: "string", default: "64" },
    batch: { type: "string", default: "512" },
    rounds: { type: "string", default: "3" },
    "flash-attention": { type: "boolean", default: false },
    json: { type: "boolean", default: false },
    turns: { type: "boolean", default: false },
  },
});
const CONTINUATION_CONTEXT = 512;
/** What is generated after the longest context, rounded up. */
const SPARE_TOKENS = 64;

async function main() {
  const [modelFile] = positionals;
  if (!modelFile) {
    throw new Error("Usage: UV_THREADPOOL_SIZE=1 node measure.mjs FILE.gguf");
  }
  checkThreadPool();
  const contexts = options.contexts.split(",").map(Number);
  const settings = {
    threads: Number(options.threads),
    contextTokens: Math.max(CONTINUATION_CONTEXT, ...contexts) + SPARE_TOKENS,
    batchTokens: Number(options.batch),
    flashAttention: options["flash-attention"],
  };
  const peer = await openPeer(modelFile, settings);
  if (options.turns) {
    await takeTurns(peer);
    return;
  }
  const result = { settings, ...(await measureAll(peer, contexts)) };
  if (options.json) console.log(JSON.stringify(result));
  else printResult(result);
}

async function measureAll(peer, contexts) {
  const chunk = Number(options.chunk);
  const prefill = new Samples();
  const prefillInChunks = new Samples();
  const decode = new Samples();
  const continuation = new Samples();
  // The first round only warms up.
  for (let round = 0; round <= Number(options.rounds); round++) {
    for (const tokens of contexts) {
      const rates = {
        prefill: await peer.prefill(tokens),
        prefillInChunks: await peer.prefill(tokens, chunk),
        decode: await peer.decode(tokens),
      };
      if (round === 0) continue;
      prefill.add(tokens, rates.prefill);
      prefillInChunks.add(tokens, rates.prefillInChunks);
      decode.add(tokens, rates.decode);
    }
    const ms = await peer.continuation(CONTINUATION_CONTEXT);
    if (round > 0) continuation.add(CONTINUATION_CONTEXT, ms);
  }
  return {
    ...peer.times,
    prefill: prefill.rows("tokens", "tokensPerSecond"),
    prefillInChunks: prefillInChunks
      .rows("tokens", "tokensPerSecond")
      .map((row) => ({ ...row, chunkTokens: chunk })),
    decode: decode.rows("context", "tokensPerSecond"),
    continuationMs: continuation.rows("context", "ms")[0].ms,
    peakMemoryMb: peakMemoryMb(),
  };
}

/** Figures by number of tokens; the middle one counts. */
class Samples {
  byTokens = new Map();

  add(tokens, value) {
    const values = this.byTokens.get(tokens) ?? [];
    this.byTokens.set(tokens, [...values, value]);
  }

  rows(tokensName, valueName) {
    return [...this.byTokens].map(([tokens, values]) => ({
      [tokensName]: tokens,
      [valueName]: values.sort((a, b) => a - b)[values.length >> 1],
    }));
  }
}

async function takeTurns(peer) {
  console.log(JSON.stringify({ times: peer.times }));
  for await (const line of createInterface({ input: process.stdin })) {
    const { measure, tokens, chunkTokens } = JSON.parse(line);
    const value = await measureOne(peer, { measure, tokens, chunkTokens });
    console.log(JSON.stringify({ value }));
  }
}

async function measureOne(peer, { measure, tokens, chunkTokens }) {
  switch (measure) {
    case "prefill":
      return peer.prefill(tokens, chunkTokens);
    case "decode":
      return peer.decode(tokens);
    case "continuation":
      return peer.continuation(tokens);
    case "memory":
      return peakMemoryMb();
    default:
      throw new RangeError(
        `Cannot measure "${measure}": expected prefill, decode, continuation or memory`,
      );
  }
}

function peakMemoryMb() {
  return process.resourceUsage().maxRSS / 1024;
}

function printResult(result) {
  const { prefill, prefillInChunks, decode } = result;
  const round = (value) => Math.round(value);
  console.log(
    `load ${round(result.loadMs)} ms, first token after ${round(result.firstTokenMs)} ms, ${round(result.peakMemoryMb)} MB at most`,
  );
  for (const [i, { tokens, tokensPerSecond }] of prefill.entries()) {
    console.log(
      `${tokens} tokens: prefill ${round(tokensPerSecond)} tokens/s, in chunks of ${prefillInChunks[i].chunkTokens} ${round(prefillInChunks[i].tokensPerSecond)}; decoding ${round(decode[i].tokensPerSecond)}`,
    );
  }
  console.log(
    `4 tokens after ${CONTINUATION_CONTEXT}: ${round(result.continuationMs)} ms`,
  );
}

try {
  await main();
  process.exit(0);
} catch (error) {
  console.error(error.message);
  process.exit(1);
}
