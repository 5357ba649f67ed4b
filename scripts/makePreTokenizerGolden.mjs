// Makes test/fixtures/bpe/preTokenizers.json: where llama.cpp (over node-llama-cpp) splits texts by each name that
// `tokenizer.ggml.pre` may have. The vocabulary is learned from the texts as wholes, so that its merges reach across every
// place where a rule may split, and the token ids tell one rule from another.
//
//   npm ci --ignore-scripts --prefix bench/peers
//   node scripts/makePreTokenizerGolden.mjs
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { tsImport } from "tsx/esm/api";

const FIXTURE = "test/fixtures/bpe/preTokenizers.json";
const PEER = "../bench/peers/node_modules/node-llama-cpp";
const NUM_MERGES = 420;
const NAMES = [
  ...["gpt-2", "olmo", "default", "smollm", "starcoder", "refact"],
  ...["llama-bpe", "llama3", "llama-v3", "falcon3", "lfm2"],
  ...["qwen2", "deepseek-r1-qwen", "stablelm2", "qwen35", "seed-coder"],
  ...["gpt-4o", "tekken", "deepseek-coder", "deepseek-llm"],
];
/** Without combining marks: for some names llama.cpp splits those otherwise than the models' own files say. */
const TEXTS = [
  "Hello world, it's 12345 o'clock: they'LL see we're late.",
  "camelCase HTTPServer XMLHttpRequest MacBook iPhone snake_case",
  "x == 1 && y != 22 || z <= 333; a += b / c; // done",
  "if (a > 0) {\n    return a[10] * 2.5;\n}\n\n\tend\r\n",
  "a  b   c    d \n \n  e\t\tf ",
  "$100.00 + 20% = ^~`|<>\\ #tag @user",
  "Ünïcode naïve Größe ÉTÉ straße ǅ ა Ა",
  "今天2024年,天气很好。日本語カタカナ 한국어 문장",
  "Привет мир! Ελληνικά; שלום عربي",
  "😀👍 ok… “quoted” — dash ﬁ ① ² Ⅷ ٣٤",
  "path/to/file.ts:42 https://a.b/c?d=e&f",
  "!!!\n???\n\n--- ### ***",
];

const { formatGguf, TINY_METADATA } = await tsImport(
  "../test/unit/formats/ggufWriter.ts",
  import.meta.url,
);
const { alphabetOfBytes } = await tsImport(
  "../src/tokenizer/byteAlphabet.ts",
  import.meta.url,
);
const { getLlama, LlamaLogLevel } = await import(`${PEER}/dist/index.js`);

const { tokens, merges } = learn(TEXTS, alphabetOfBytes());
const folder = mkdtempSync(path.join(tmpdir(), "pre-tokenizers-"));
const llama = await getLlama({
  gpu: false,
  build: "never",
  skipDownload: true,
  logLevel: LlamaLogLevel.error,
});
const tokenIds = {};
const addsBos = {};
for (const name of NAMES) {
  const file = path.join(folder, `${name}.gguf`);
  writeFileSync(file, formatGguf({ metadata: metadataOf(name), tensors: [] }));
  const model = await llama.loadModel({ modelPath: file, vocabOnly: true });
  tokenIds[name] = TEXTS.map((text) => [...model.tokenize(text, false)]);
  addsBos[name] = model.tokens.shouldPrependBosToken;
  await model.dispose();
}
rmSync(folder, { recursive: true });
const reference = {
  package: `node-llama-cpp ${readJson(`${PEER}/package.json`).version}`,
  llamaCpp: readJson(`${PEER}/llama/llama.cpp.info.json`).tag,
};
writeFileSync(
  FIXTURE,
  `${JSON.stringify({ reference, tokens, merges, texts: TEXTS, addsBos, tokenIds })}\n`,
);
process.exit(0);

function metadataOf(name) {
  return {
    ...TINY_METADATA,
    "llama.vocab_size": tokens.length,
    "tokenizer.ggml.pre": name,
    "tokenizer.ggml.tokens": tokens,
    "tokenizer.ggml.token_type": tokens.map((_, id) => (id === 0 ? 3 : 1)),
    "tokenizer.ggml.merges": merges,
    "tokenizer.ggml.bos_token_id": 0,
    "tokenizer.ggml.eos_token_id": 0,
  };
}

/** The plainest BPE: the most frequent pair of neighbours in whole texts becomes a token, again and again. */
function learn(texts, alphabet) {
  const tokens = ["<|endoftext|>", ...alphabet];
  const merges = [];
  let sequences = texts.map((text) =>
    Array.from(Buffer.from(text), (byte) => alphabet[byte]),
  );
  while (merges.length < NUM_MERGES) {
    const counts = new Map();
    for (const sequence of sequences) {
      for (let i = 1; i < sequence.length; i++) {
        const pair = `${sequence[i - 1]} ${sequence[i]}`;
        counts.set(pair, (counts.get(pair) ?? 0) + 1);
      }
    }
    const [best] = [...counts].reduce((a, b) => (b[1] > a[1] ? b : a));
    const [left, right] = best.split(" ");
    const merged = left + right;
    if (!tokens.includes(merged)) tokens.push(merged);
    merges.push(best);
    sequences = sequences.map((sequence) => {
      const joined = [];
      for (const token of sequence) {
        if (token === right && joined.at(-1) === left)
          joined.splice(-1, 1, merged);
        else joined.push(token);
      }
      return joined;
    });
  }
  return { tokens, merges };
}

function readJson(file) {
  return JSON.parse(readFileSync(new URL(file, import.meta.url), "utf8"));
}
