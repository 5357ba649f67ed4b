// A byte-level tokenizer of 128 tokens: three special ones, the bytes of plain English and of "é" and "€", some words.

import type { GgufTokenizer } from "../../../src/formats/ggufFile";
import { buildTokenizerFiles } from "../../../src/tokenizer/buildTokenizerFiles";
import { Tokenizer } from "../../../src/tokenizer/tokenizer";
import { parseTokenizerJson } from "../../../src/tokenizer/tokenizerJson";

const SPECIAL_TOKENS = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"];
/** Space and newline, then the bytes C3 A9 of "é" and E2 82 AC of "€", in the byte alphabet. */
const OTHER_BYTES = ["Ġ", "Ċ", "Ã", "©", "â", "Ĥ", "¬"];
const PRINTABLE = Array.from({ length: 94 }, (_, index) =>
  String.fromCodePoint(0x21 + index),
);
const MERGES = [
  ["h", "e"],
  ["t", "he"],
  ["Ġ", "the"],
  ["Ġ", "he"],
  ["l", "l"],
  ["ll", "o"],
  ["Ġhe", "llo"],
  ["l", "p"],
  ["Ġhe", "lp"],
  ["o", "r"],
  ["l", "d"],
  ["Ġ", "w"],
  ["Ġw", "or"],
  ["Ġwor", "ld"],
  ["a", "n"],
  ["Ġ", "an"],
  ["Ġan", "d"],
  ["i", "n"],
  ["in", "g"],
  ["Ġ", "a"],
  ["e", "r"],
  ["Ã", "©"],
  [".", "Ċ"],
  ["Ċ", "Ċ"],
] as const;

const tokens = [
  ...SPECIAL_TOKENS,
  ...PRINTABLE,
  ...OTHER_BYTES,
  ...MERGES.map((pair) => pair.join("")),
];

const metadata: GgufTokenizer = {
  tokens,
  tokenTypes: tokens.map((_, id) => (id < SPECIAL_TOKENS.length ? 3 : 1)),
  merges: MERGES.map((pair) => pair.join(" ")),
  preTokenizer: "gpt-2",
  bosTokenId: 1,
  eosTokenId: 2,
  addBosToken: false,
};

/** File name -> content. */
export const TINY_TOKENIZER_FILES = buildTokenizerFiles(metadata);

export function createTinyTokenizer(
  /** Laid over the added tokens of these texts. */
  changes: Record<string, object> = {},
): Tokenizer {
  const json = JSON.parse(
    JSON.stringify(TINY_TOKENIZER_FILES["tokenizer.json"]),
  ) as { added_tokens: { content: string }[] };
  const added_tokens = json.added_tokens.map((token) => ({
    ...token,
    ...changes[token.content],
  }));
  return new Tokenizer(parseTokenizerJson({ ...json, added_tokens }));
}

/** The id of a token by its text in the byte alphabet. */
export function tinyTokenId(token: string): number {
  const tokenId = tokens.indexOf(token);
  if (tokenId < 0) throw new RangeError(`There is no tiny token "${token}"`);
  return tokenId;
}
