// Reads a parsed `tokenizer.json` and makes it ready for the tokenizer library.
// Documents are plain text, so added tokens are taken out: `<|im_end|>` written in a document is text like any other.

import { GPT2_PATTERN, splitOn } from "./patterns";

/** A token with a meaning of its own, outside the merges. */
export interface AddedToken {
  tokenId: number;
  text: string;
  /** Markup that never stands for text of a document. */
  isSpecial: boolean;
}

/** What the tokenizer needs of a `tokenizer.json`. */
export interface TokenizerJson {
  /** Token id -> token in the byte alphabet; added tokens as written. */
  tokens: (string | undefined)[];
  addedTokens: AddedToken[];
  /** The file for the library, without its added tokens and with the split rules spelt out. */
  forLibrary: Record<string, unknown>;
}

/** Reads the file's parts; throws a `TypeError` for one that is not byte-level BPE. */
export function parseTokenizerJson(json: unknown): TokenizerJson {
  const { model, added_tokens, pre_tokenizer, decoder } = asObject(
    json,
    "the file",
  );
  const { type, vocab } = asObject(model, "model");
  if (type !== "BPE" || !isByteLevel(decoder)) {
    throw fault(
      `model is ${JSON.stringify(type)} and decoder ${JSON.stringify(asObject(decoder ?? {}, "decoder")["type"])}`,
      `"BPE" and "ByteLevel"`,
    );
  }
  const addedTokens = parseAddedTokens(added_tokens);
  return {
    tokens: listTokens(asObject(vocab, "model.vocab"), addedTokens),
    addedTokens,
    forLibrary: {
      ...(json as Record<string, unknown>),
      added_tokens: [],
      post_processor: null,
      pre_tokenizer: spellOutSplits(pre_tokenizer),
    },
  };
}

function isByteLevel(decoder: unknown): boolean {
  return (decoder as { type?: unknown } | null)?.type === "ByteLevel";
}

function parseAddedTokens(json: unknown): AddedToken[] {
  if (!Array.isArray(json)) {
    throw fault("added_tokens is missing", "a list");
  }
  return json.map((entry: unknown) => {
    const { id, content, special } = asObject(entry, "an added token");
    if (!isTokenId(id) || typeof content !== "string") {
      throw fault(
        `an added token is ${JSON.stringify(entry)}`,
        "an id and its content",
      );
    }
    return { tokenId: id, text: content, isSpecial: special === true };
  });
}

/** Highest token id that is believed; a larger one is damage, not a vocabulary. */
const MAX_TOKEN_ID = 10_000_000;

function isTokenId(value: unknown): value is number {
  return (
    Number.isSafeInteger(value) &&
    (value as number) >= 0 &&
    (value as number) <= MAX_TOKEN_ID
  );
}

function listTokens(
  vocab: Record<string, unknown>,
  addedTokens: AddedToken[],
): (string | undefined)[] {
  const tokens: (string | undefined)[] = [];
  for (const [token, tokenId] of Object.entries(vocab)) {
    if (!isTokenId(tokenId)) {
      throw fault(
        `the id of ${JSON.stringify(token)} is ${JSON.stringify(tokenId)}`,
        "a whole number",
      );
    }
    tokens[tokenId] = token;
  }
  for (const { tokenId, text } of addedTokens) tokens[tokenId] = text;
  return tokens;
}

/**
 * Replaces split rules that the library reads in JavaScript's sense, where `\d` is ASCII and `\s` has other members,
 * by patterns that mean the same as in the tokenizers that models are trained with.
 */
function spellOutSplits(preTokenizer: unknown): unknown {
  const rule = preTokenizer as Record<string, unknown> | null;
  switch (rule?.["type"]) {
    case "Sequence":
      return {
        ...rule,
        pretokenizers: (rule["pretokenizers"] as unknown[]).map(spellOutSplits),
      };
    case "Digits":
      return splitOn(rule["individual_digits"] === true ? "\\p{N}" : "\\p{N}+");
    case "ByteLevel":
      if (rule["use_regex"] === false) return rule;
      return {
        type: "Sequence",
        pretokenizers: [splitOn(GPT2_PATTERN), { ...rule, use_regex: false }],
      };
    default:
      return preTokenizer;
  }
}

function asObject(json: unknown, name: string): Record<string, unknown> {
  if (typeof json !== "object" || json === null || Array.isArray(json)) {
    throw fault(`${name} is ${JSON.stringify(json)}`, "an object");
  }
  return json as Record<string, unknown>;
}

function fault(state: string, expected: string): TypeError {
  return new TypeError(
    `Cannot read tokenizer.json: ${state}, expected ${expected}`,
  );
}
