// Makes Hugging Face's `tokenizer.json` and `tokenizer_config.json` from the vocabulary in a GGUF file's metadata.
// Only byte-level BPE, and only pre-tokenizers whose split rules are known exactly; others are refused by name.

import type { GgufTokenizer } from "../formats/ggufFile";
import { splitOn } from "./patterns";
import { parseTokenizerJson } from "./tokenizerJson";

/** File name -> content, to be written as JSON. */
export interface TokenizerFiles {
  "tokenizer.json": Record<string, unknown>;
  "tokenizer_config.json": Record<string, unknown>;
}

const TOKEN_TYPE = { unknown: 2, control: 3, userDefined: 4 } as const;

const byteLevel = (useRegex: boolean) => ({
  type: "ByteLevel",
  add_prefix_space: false,
  trim_offsets: true,
  use_regex: useRegex,
});

const sequence = (...preTokenizers: Record<string, unknown>[]) => ({
  type: "Sequence",
  pretokenizers: preTokenizers,
});

/** The pattern of Llama 3; Qwen 2 differs in how many digits stay together. */
const wordPattern = (digits: string) =>
  `(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|${digits}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+`;

interface SplitRules {
  normalizer: Record<string, unknown> | null;
  preTokenizer: Record<string, unknown>;
  /** A piece that is a token as a whole is not taken apart by the merges. */
  ignoreMerges: boolean;
}

/** `tokenizer.ggml.pre` -> split rules, as the `tokenizer.json` of the original models has them. */
const SPLIT_RULES: Record<string, SplitRules> = {
  "gpt-2": {
    normalizer: null,
    preTokenizer: byteLevel(true),
    ignoreMerges: false,
  },
  smollm: {
    normalizer: null,
    preTokenizer: sequence(
      { type: "Digits", individual_digits: true },
      byteLevel(true),
    ),
    ignoreMerges: false,
  },
  "llama-bpe": {
    normalizer: null,
    preTokenizer: sequence(
      splitOn(wordPattern("\\p{N}{1,3}")),
      byteLevel(false),
    ),
    ignoreMerges: true,
  },
  qwen2: {
    normalizer: { type: "NFC" },
    preTokenizer: sequence(splitOn(wordPattern("\\p{N}")), byteLevel(false)),
    ignoreMerges: false,
  },
};

/**
 * Makes both tokenizer files; throws when the metadata contradict themselves, when the pre-tokenizer is unknown, and when
 * what was made could not be read.
 */
export function buildTokenizerFiles(metadata: GgufTokenizer): TokenizerFiles {
  const files = makeFiles(metadata);
  parseTokenizerJson(files["tokenizer.json"], {
    config: files["tokenizer_config.json"],
  });
  return files;
}

function makeFiles(metadata: GgufTokenizer): TokenizerFiles {
  const rules = findSplitRules(metadata.preTokenizer);
  checkTokens(metadata);
  checkMerges(metadata.merges);
  const addedTokens = listAddedTokens(metadata);
  return {
    "tokenizer.json": {
      version: "1.0",
      truncation: null,
      padding: null,
      added_tokens: addedTokens,
      normalizer: rules.normalizer,
      pre_tokenizer: rules.preTokenizer,
      post_processor: buildPostProcessor(metadata),
      decoder: { ...byteLevel(true), add_prefix_space: true },
      model: {
        type: "BPE",
        dropout: null,
        unk_token: null,
        continuing_subword_prefix: null,
        end_of_word_suffix: null,
        fuse_unk: false,
        byte_fallback: false,
        ignore_merges: rules.ignoreMerges,
        vocab: Object.fromEntries(
          metadata.tokens.map((token, tokenId) => [token, tokenId]),
        ),
        merges: metadata.merges,
      },
    },
    "tokenizer_config.json": {
      add_prefix_space: false,
      add_bos_token: metadata.addBosToken,
      added_tokens_decoder: Object.fromEntries(
        addedTokens.map(({ id, ...token }) => [id, token]),
      ),
      ...namedTokens(metadata),
      ...(metadata.chatTemplate === undefined
        ? {}
        : { chat_template: metadata.chatTemplate }),
      clean_up_tokenization_spaces: false,
      // Without it transformers adds token_type_ids, which a Llama refuses.
      model_input_names: ["input_ids", "attention_mask"],
      tokenizer_class: "PreTrainedTokenizerFast",
    },
  };
}

function findSplitRules(name: string): SplitRules {
  if (!Object.hasOwn(SPLIT_RULES, name)) {
    throw new RangeError(
      `Cannot build tokenizer.json: the pre-tokenizer is "${name}", expected one of ${Object.keys(SPLIT_RULES).join(", ")}`,
    );
  }
  return SPLIT_RULES[name] as SplitRules;
}

function checkTokens({ tokens, tokenTypes }: GgufTokenizer): void {
  if (tokens.length === 0 || tokens.length !== tokenTypes.length) {
    throw new RangeError(
      `Cannot build tokenizer.json: there are ${tokens.length} tokens and ${tokenTypes.length} token types, expected as many of both and at least one`,
    );
  }
  const tokenIds = new Map<string, number>();
  tokens.forEach((token, tokenId) => {
    const earlier = tokenIds.get(token);
    if (earlier !== undefined) {
      throw new RangeError(
        `Cannot build tokenizer.json: tokens ${earlier} and ${tokenId} are both ${JSON.stringify(token)}, expected each token once`,
      );
    }
    tokenIds.set(token, tokenId);
  });
}

function checkMerges(merges: string[]): void {
  for (const merge of merges) {
    const parts = merge.split(" ");
    if (parts.length !== 2 || parts.includes("")) {
      throw new RangeError(
        `Cannot build tokenizer.json: a merge is ${JSON.stringify(merge)}, expected two tokens with one space between`,
      );
    }
  }
}

function listAddedTokens({ tokens, tokenTypes }: GgufTokenizer) {
  const types: number[] = Object.values(TOKEN_TYPE);
  return tokens.flatMap((content, id) => {
    const type = tokenTypes[id] as number;
    if (!types.includes(type)) return [];
    return {
      id,
      content,
      single_word: false,
      lstrip: false,
      rstrip: false,
      normalized: false,
      special: type !== TOKEN_TYPE.userDefined,
    };
  });
}

/** Puts the first token of a sequence in front of encoded text, where the model was trained with it. */
function buildPostProcessor(metadata: GgufTokenizer) {
  if (!metadata.addBosToken) return null;
  if (metadata.bosTokenId === undefined) {
    throw new RangeError(
      "Cannot build tokenizer.json: add_bos_token is set but there is no bos_token_id, expected both",
    );
  }
  const bos = tokenAt(metadata, "bosTokenId", metadata.bosTokenId);
  const special = { SpecialToken: { id: bos, type_id: 0 } };
  const text = (id: string, typeId: number) => ({
    Sequence: { id, type_id: typeId },
  });
  return {
    type: "TemplateProcessing",
    single: [special, text("A", 0)],
    pair: [special, text("A", 0), special, text("B", 1)],
    special_tokens: {
      [bos]: { id: bos, ids: [metadata.bosTokenId], tokens: [bos] },
    },
  };
}

/** The roles of `tokenizer_config.json` that the metadata name. */
function namedTokens(metadata: GgufTokenizer): Record<string, string> {
  const roles = {
    bos_token: "bosTokenId",
    eos_token: "eosTokenId",
    unk_token: "unknownTokenId",
    pad_token: "paddingTokenId",
  } as const;
  return Object.fromEntries(
    Object.entries(roles).flatMap(([role, field]) => {
      const tokenId = metadata[field];
      if (tokenId === undefined) return [];
      return [[role, tokenAt(metadata, field, tokenId)]];
    }),
  );
}

function tokenAt(
  { tokens }: GgufTokenizer,
  field: string,
  tokenId: number,
): string {
  const token = tokens[tokenId];
  if (token === undefined) {
    throw new RangeError(
      `Cannot build tokenizer.json: ${field} is ${tokenId}, expected an id below ${tokens.length}`,
    );
  }
  return token;
}
