// Log-probability (nats) of each true next token by llama.cpp, for comparing our forward pass with it.
//
//   UV_THREADPOOL_SIZE=1 node bench/peers/logProbabilities.mjs FILE.gguf TOKENS.json > OUT.json
//
// TOKENS.json: {"windows": [[token id, ...], ...]}. The answer: {"windows": [{"logProbabilities": [...], "best": [...]}]},
// where entry i of a window belongs to token i + 1, given the tokens up to i of that window alone.
// Keys and values are kept in float32; a file from "requantise.mjs --type f32 --embedding f32" is computed in float32
// throughout.
import { readFileSync } from "node:fs";
import { checkThreadPool, openPeer } from "./peer.mjs";

try {
  await main(process.argv.slice(2));
  process.exit(0);
} catch (error) {
  console.error(error.message);
  process.exit(1);
}

async function main([modelFile, tokensFile]) {
  if (!modelFile || !tokensFile) {
    throw new Error("Usage: node logProbabilities.mjs FILE.gguf TOKENS.json");
  }
  checkThreadPool();
  const windows = readWindows(tokensFile);
  const longest = Math.max(...windows.map((tokenIds) => tokenIds.length));
  const peer = await openPeer(modelFile, {
    threads: 2,
    contextTokens: longest + 8,
    batchTokens: longest,
    kvType: "F32",
  });
  const results = [];
  for (const [i, tokenIds] of windows.entries()) {
    const rows = await peer.logProbabilities(tokenIds);
    results.push({
      logProbabilities: rows.map((row) => row.logProbability),
      best: rows.map((row) => row.best),
    });
    console.error(`window ${i + 1} of ${windows.length}`);
  }
  await new Promise((resolve) => {
    process.stdout.write(`${JSON.stringify({ windows: results })}\n`, resolve);
  });
}

function readWindows(file) {
  const { windows } = JSON.parse(readFileSync(file, "utf8"));
  const isWindow = (window) =>
    Array.isArray(window) &&
    window.length >= 2 &&
    window.every(Number.isInteger);
  if (!Array.isArray(windows) || !windows.every(isWindow)) {
    throw new TypeError(
      `Cannot read ${file}: expected {"windows": number[][]} with at least 2 token ids each`,
    );
  }
  return windows;
}
