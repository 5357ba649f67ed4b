// Makes test/fixtures/tokenizer.json.gz: token ids of the reference (llama.cpp, over node-llama-cpp) for texts that are
// hard to split. With --compare it checks our tokenizer against the reference instead, file by file and on random text.
//
//   npm ci --ignore-scripts --prefix bench/peers
//   node scripts/makeTokenizerFixture.mjs MODEL.gguf
//   node scripts/makeTokenizerFixture.mjs MODEL.gguf --tokenizer MODEL_FOLDER --compare DIRECTORY
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { parseArgs } from "node:util";
import { gzipSync } from "node:zlib";
import { tsImport } from "tsx/esm/api";
import { tokenizerTexts } from "./tokenizerTexts.mjs";

const FIXTURE = "test/fixtures/tokenizer.json.gz";
const PEER = "../bench/peers/node_modules/node-llama-cpp";
const UNPAIRED_SURROGATE = /[\uD800-\uDFFF]/gu;

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    tokenizer: { type: "string" },
    compare: { type: "string" },
    seed: { type: "string", default: "1" },
  },
});
const [modelFile] = positionals;
if (!modelFile || (options.compare && !options.tokenizer)) {
  throw new Error(
    "Usage: node scripts/makeTokenizerFixture.mjs MODEL.gguf [--tokenizer MODEL_FOLDER --compare DIRECTORY]",
  );
}

const { getLlama, LlamaLogLevel } = await import(`${PEER}/dist/index.js`);
const llama = await getLlama({
  gpu: false,
  build: "never",
  skipDownload: true,
  logLevel: LlamaLogLevel.error,
});
const model = await llama.loadModel({ modelPath: modelFile, vocabOnly: true });
/** Special tokens stay text; unpaired surrogates have no UTF-8 and are replaced before. */
const encodeByReference = (text) =>
  model.tokenize(text.replace(UNPAIRED_SURROGATE, "\uFFFD"), false);

if (options.compare) {
  const isEqual = await compare(options);
  process.exit(isEqual ? 0 : 1);
} else {
  writeFixture();
  process.exit(0);
}

function writeFixture() {
  const fixture = {
    reference: {
      package: `node-llama-cpp ${readJson(`${PEER}/package.json`).version}`,
      llamaCpp: readJson(`${PEER}/llama/llama.cpp.info.json`).tag,
      model: path.basename(modelFile),
    },
    specialTokens: listSpecialTokens().map(([, text]) => text),
    cases: tokenizerTexts(listSpecialTokens().map(([, text]) => text)).map(
      ([name, text]) => ({ name, text, tokenIds: encodeByReference(text) }),
    ),
  };
  writeFileSync(FIXTURE, gzipSync(JSON.stringify(fixture), { level: 9 }));
  console.log(`${FIXTURE}: ${fixture.cases.length} texts`);
}

async function compare({ tokenizer: folder, compare: directory, seed }) {
  const { loadTokenizer } = await tsImport(
    "../src/tokenizer/tokenizer.ts",
    import.meta.url,
  );
  const tokenizer = await loadTokenizer(folder);
  const checks = [
    ...filesOf(directory).map((file) => [file, readFileSync(file, "utf8")]),
    ...tokenizerTexts(listSpecialTokens().map(([, text]) => text)),
  ];
  let numUnequal = 0;
  let numTokens = 0;
  const check = (name, text, { isLoud = true } = {}) => {
    const expected = encodeByReference(text);
    const actual = tokenizer.encode(text);
    numTokens += expected.length;
    const at = expected.findIndex((tokenId, i) => tokenId !== actual[i]);
    const isEqual = at < 0 && actual.length === expected.length;
    if (!isEqual) {
      numUnequal++;
      const around = (ids) =>
        JSON.stringify(ids.slice(Math.max(0, at), at + 6));
      console.log(
        `UNEQUAL ${name} at token ${at}: ours ${around(actual)}, reference ${around(expected)}`,
      );
      if (!isLoud) console.log(`        ${JSON.stringify(text)}`);
    } else if (isLoud) {
      console.log(`equal   ${name} (${expected.length} tokens)`);
    }
  };
  for (const [name, text] of checks) check(name, text);
  const random = seededRandom(Number(seed));
  for (let i = 0; i < 3000; i++) {
    check(`random ${i}`, randomText(random), { isLoud: false });
  }
  const numBytesUnequal = compareTokenBytes(tokenizer);
  console.log(
    `${checks.length} texts and 3000 random ones (seed ${seed}), ${numTokens} tokens: ${numUnequal} unequal; ` +
      `text of ${tokenizer.vocabSize} tokens: ${numBytesUnequal} unequal`,
  );
  return numUnequal + numBytesUnequal === 0;
}

/** Every token by itself, as text: half characters come out as U+FFFD on both sides. */
function compareTokenBytes(tokenizer) {
  let numUnequal = 0;
  for (let tokenId = 0; tokenId < tokenizer.vocabSize; tokenId++) {
    const expected = model.detokenize([tokenId], false);
    const actual = tokenizer.decode([tokenId]);
    if (expected === actual) continue;
    numUnequal++;
    if (numUnequal <= 10) {
      console.log(
        `UNEQUAL token ${tokenId}: ours ${JSON.stringify(actual)}, reference ${JSON.stringify(expected)}`,
      );
    }
  }
  return numUnequal;
}

/** Pieces of vocabulary, white space, digits and characters from all over Unicode, in random order. */
function randomText(random) {
  const choose = (list) => list[Math.floor(random() * list.length)];
  const kinds = [
    () => model.detokenize([Math.floor(random() * 49_152)], false),
    () => choose([" ", "  ", "\n", "\r\n", "\t", "\u00a0", "\u3000", "\u0085"]),
    () => choose(["'s", "'LL", "’t", "1", "23", "٣", "²", "Ⅷ", "\ufeff"]),
    () => String.fromCodePoint(Math.floor(random() * 0x3000)),
    () => String.fromCodePoint(Math.floor(random() * 0x110000)),
    () => choose(["e\u0301", "👩‍👩‍👧", "🇫🇷", "👍🏽", "한국", "\u200b", "\0"]),
  ];
  const numPieces = 1 + Math.floor(random() * 20);
  return Array.from({ length: numPieces }, () => choose(kinds)()).join("");
}

/** Mulberry32: small, seedable, good enough to choose test texts. */
function seededRandom(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

function listSpecialTokens() {
  const { tokenizer } = model.fileInfo.metadata;
  return tokenizer.ggml.tokens
    .map((text, tokenId) => [tokenId, text])
    .filter(([tokenId]) => tokenizer.ggml.token_type[tokenId] === 3);
}

function filesOf(directory) {
  return readdirSync(directory, { recursive: true })
    .map((file) => path.join(directory, file))
    .filter((file) => statSync(file).isFile())
    .sort();
}

function readJson(file) {
  return JSON.parse(readFileSync(new URL(file, import.meta.url), "utf8"));
}
