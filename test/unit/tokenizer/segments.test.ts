// Text is cut into segments before the library sees it; no cut may fall within a piece of any split rule.

import assert from "node:assert/strict";
import { PreTrainedTokenizer } from "@xenova/transformers";
import { alphabetOfBytes } from "../../../src/tokenizer/byteAlphabet";
import { buildTokenizerFiles } from "../../../src/tokenizer/buildTokenizerFiles";
import { Tokenizer } from "../../../src/tokenizer/tokenizer";
import { parseTokenizerJson } from "../../../src/tokenizer/tokenizerJson";

/** Where words end and begin, and what looks like an end. */
const TEXTS = [
  "don't We'LL o'clock' 'quoted' l’été",
  "foo_bar x.y f(a,b)[1] -dash—dash “so” a/b\\c",
  "12.5km a1b2 3,000 1st 2²",
  "e\u0301te\u0301 a\u0301\u0301b \u0301x हिन्दी नमस्ते, ไทยครับ.",
  "a\nb \n c\r\n\r\n  two  spaces\tx\u00a0y\u3000z \n",
  "中文。字(x) 한국어! 漢字かな交じり、",
  "👍🏽a a👍 1️⃣2 x\u200dy \ufeffz\u0085w",
];

/** A vocabulary of bytes in which any two that stand side by side in the texts are one token: each cut would show. */
function joiningEverything(preTokenizer: string) {
  const alphabet = alphabetOfBytes();
  const tokens = new Set(alphabet);
  const merges: string[] = [];
  for (const text of TEXTS) {
    const characters = [...Buffer.from(text)].map((byte) => alphabet[byte]!);
    for (const [place, second] of characters.slice(1).entries()) {
      const first = characters[place]!;
      if (tokens.has(first + second)) continue;
      tokens.add(first + second);
      merges.push(`${first} ${second}`);
    }
  }
  const files = buildTokenizerFiles({
    tokens: [...tokens],
    tokenTypes: [...tokens].map(() => 1),
    merges,
    preTokenizer,
    addBosToken: false,
  });
  return parseTokenizerJson(
    JSON.parse(JSON.stringify(files["tokenizer.json"])) as object,
  );
}

/** Of each rule one name. */
const PRE_TOKENIZERS = [
  "gpt-2",
  "default",
  "smollm",
  "llama-bpe",
  "qwen2",
  "stablelm2",
  "qwen35",
  "seed-coder",
  "gpt-4o",
  "tekken",
  "deepseek-coder",
  "deepseek-llm",
];

suite("Segments of text", () => {
  for (const preTokenizer of PRE_TOKENIZERS) {
    test(`are cut where the split rule ${preTokenizer} cuts`, () => {
      const parsed = joiningEverything(preTokenizer);
      const whole = new PreTrainedTokenizer(parsed.forLibrary, {});
      const tokenizer = new Tokenizer(parsed);
      for (const text of TEXTS) {
        assert.deepEqual(
          tokenizer.encode(text),
          whole.encode(text, { add_special_tokens: false }),
          text,
        );
      }
    });
  }
});
