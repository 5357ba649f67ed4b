// Makes Hugging Face's `tokenizer.json` and `tokenizer_config.json` from the vocabulary in a GGUF file's metadata.
// BPE of bytes, for pre-tokenizers whose split rules are known exactly (others are refused by name), and as SentencePiece
// has it.

import type { GgufTokenizer } from "../formats/ggufFile";
import { mergesOfScores } from "./mergesOfScores";
import { GPT2_PATTERN, splitOn } from "./patterns";
import { SPACE_MARK } from "./sentencePiece";
import { parseTokenizerJson } from "./tokenizerJson";

/** File name -> content, to be written as JSON. */
export interface TokenizerFiles {
  "tokenizer.json": Record<string, unknown>;
  "tokenizer_config.json": Record<string, unknown>;
}

const TOKEN_TYPE = { unknown: 2, control: 3, userDefined: 4 } as const;
/** A token of ordinary text, as most are. */
const NORMAL = 1;

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

const CONTRACTIONS = "(?i:'s|'t|'re|'ve|'m|'ll|'d)";
const SPACES = "\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";

/** The pattern of Llama 3; Qwen 2 differs in how many digits stay together. */
const wordPattern = (digits: string) =>
  `${CONTRACTIONS}|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|${digits}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|${SPACES}`;

/** The pattern of GPT-4o, which parts words where a capital follows; what may end a word differs, and the digits. */
const casePattern = (end: string, digits: string) => {
  const first = "[^\\r\\n\\p{L}\\p{N}]?";
  const upper = "[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]";
  const lower = "[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]";
  return `${first}${upper}*${lower}+${end}|${first}${upper}+${lower}*${end}|${digits}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]*|${SPACES}`;
};

/** A vocabulary's split rules in the order in which they are applied, each to the pieces of the one before. */
const splits = (...patterns: string[]): SplitRules => ({
  normalizer: null,
  preTokenizer: sequence(...patterns.map(splitOn), byteLevel(false)),
  ignoreMerges: false,
});

/** Chinese, Japanese and Korean, as DeepSeek's rules keep them together. */
const IDEOGRAPHS = "[\\u4e00-\\u9fa5\\u0800-\\u4e00\\uac00-\\ud7ff]+";
/** Letters with a capital form or of one; Georgian's, which Unicode has made such since, are not among them. */
const CASED_LETTERS = "(?:(?![\\u10d0-\\u10ff])[\\p{Lu}\\p{Ll}\\p{Lt}])+";

interface SplitRules {
  normalizer: Record<string, unknown> | null;
  preTokenizer: Record<string, unknown>;
  /** A piece that is a token as a whole is not taken apart by the merges. */
  ignoreMerges: boolean;
  /** Whether a token stands in front of every text where the file does not say. */
  addsBos?: boolean;
}

const GPT2: SplitRules = {
  normalizer: null,
  preTokenizer: byteLevel(true),
  ignoreMerges: false,
};
const SMOLLM: SplitRules = {
  normalizer: null,
  preTokenizer: sequence(
    { type: "Digits", individual_digits: true },
    byteLevel(true),
  ),
  ignoreMerges: false,
};
const LLAMA3: SplitRules = {
  ...splits(wordPattern("\\p{N}{1,3}")),
  ignoreMerges: true,
  addsBos: true,
};
const QWEN2: SplitRules = {
  ...splits(wordPattern("\\p{N}")),
  normalizer: { type: "NFC" },
};

/**
 * `tokenizer.ggml.pre` -> split rules, as the `tokenizer.json` of the original models has them. llama.cpp lists the names
 * in src/llama-vocab.cpp, and which of them add a first token.
 */
const SPLIT_RULES: Record<string, SplitRules> = {
  "gpt-2": GPT2,
  olmo: GPT2,
  default: splits(
    "[\\p{P}\\$\\+<=>\\^~\\|]+",
    GPT2_PATTERN,
    "\\p{N}+",
    "[0-9][0-9][0-9]",
  ),
  smollm: SMOLLM,
  starcoder: SMOLLM,
  refact: SMOLLM,
  "llama-bpe": LLAMA3,
  llama3: LLAMA3,
  "llama-v3": LLAMA3,
  falcon3: LLAMA3,
  lfm2: LLAMA3,
  qwen2: QWEN2,
  "deepseek-r1-qwen": QWEN2,
  stablelm2: splits(wordPattern("\\p{N}")),
  qwen35: {
    ...splits(
      `${CONTRACTIONS}|[^\\r\\n\\p{L}\\p{N}]?[\\p{L}\\p{M}]+|\\p{N}| ?[^\\s\\p{L}\\p{M}\\p{N}]+[\\r\\n]*|${SPACES}`,
    ),
    normalizer: { type: "NFC" },
  },
  "seed-coder": splits(
    `${CONTRACTIONS}|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1}| ?[^\\s\\p{L}\\p{N}\\r\\n]+|${SPACES}`,
  ),
  "gpt-4o": splits(casePattern(`${CONTRACTIONS}?`, "\\p{N}{1,3}")),
  tekken: {
    ...splits(casePattern("", "\\p{N}")),
    ignoreMerges: true,
    addsBos: true,
  },
  "deepseek-coder": splits(
    "[\\r\\n]",
    "\\s?\\p{L}+",
    "\\s?\\p{P}+",
    IDEOGRAPHS,
    "\\p{N}",
  ),
  "deepseek-llm": splits(
    "[\\r\\n]",
    `\\s?${CASED_LETTERS}`,
    "\\s?[!-/:-~！-／：-～‘-‟\\u3000-。]+",
    "\\s+$",
    IDEOGRAPHS,
    "\\p{N}+",
  ),
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

function makeFiles(given: GgufTokenizer): TokenizerFiles {
  const isPieces = given.kind === "llama";
  const metadata = isPieces ? withPlainSpaces(given) : given;
  checkTokens(metadata);
  const rules = isPieces ? pieceRules(metadata) : byteRules(metadata);
  const addedTokens = listAddedTokens(metadata);
  const addBosToken =
    metadata.addBosToken ??
    (rules.addsBos && metadata.bosTokenId !== undefined);
  return {
    "tokenizer.json": {
      version: "1.0",
      truncation: null,
      padding: null,
      added_tokens: addedTokens,
      normalizer: rules.normalizer,
      pre_tokenizer: rules.preTokenizer,
      post_processor: addBosToken ? buildPostProcessor(metadata) : null,
      decoder: rules.decoder,
      model: {
        type: "BPE",
        dropout: null,
        continuing_subword_prefix: null,
        end_of_word_suffix: null,
        ...rules.model,
        vocab: Object.fromEntries(
          metadata.tokens.map((token, tokenId) => [token, tokenId]),
        ),
      },
    },
    "tokenizer_config.json": {
      add_prefix_space: false,
      add_bos_token: addBosToken,
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

/** What differs between the two ways of spelling text. */
interface SpellingRules {
  normalizer: Record<string, unknown> | null;
  preTokenizer: Record<string, unknown> | null;
  decoder: Record<string, unknown>;
  model: Record<string, unknown>;
  addsBos: boolean;
}

function byteRules(metadata: GgufTokenizer): SpellingRules {
  const rules = findSplitRules(metadata.preTokenizer);
  checkMerges(metadata.merges);
  return {
    normalizer: rules.normalizer,
    preTokenizer: rules.preTokenizer,
    decoder: { ...byteLevel(true), add_prefix_space: true },
    model: {
      unk_token: null,
      fuse_unk: false,
      byte_fallback: false,
      ignore_merges: rules.ignoreMerges,
      merges: metadata.merges,
    },
    addsBos: rules.addsBos ?? false,
  };
}

/** As the tokenizer.json of Llama 2 and of Gemma has them: https://huggingface.co/docs/tokenizers/components */
function pieceRules(metadata: GgufTokenizer): SpellingRules {
  const { tokens, tokenTypes, scores = [], unknownTokenId } = metadata;
  if (scores.length !== tokens.length) {
    throw new RangeError(
      `Cannot build tokenizer.json: there are ${tokens.length} tokens and ${scores.length} scores, expected as many of both`,
    );
  }
  const ordinary = [...tokens.keys()].filter(
    (tokenId) => tokenTypes[tokenId] === NORMAL,
  );
  const hasPrefix = metadata.addSpacePrefix ?? true;
  const replace = (from: string, content: string) => ({
    type: "Replace",
    pattern: { String: from },
    content,
  });
  return {
    normalizer: {
      type: "Sequence",
      normalizers: [
        ...(hasPrefix ? [{ type: "Prepend", prepend: SPACE_MARK }] : []),
        replace(" ", SPACE_MARK),
      ],
    },
    preTokenizer: null,
    decoder: {
      type: "Sequence",
      decoders: [
        replace(SPACE_MARK, " "),
        { type: "ByteFallback" },
        { type: "Fuse" },
        ...(hasPrefix
          ? [{ type: "Strip", content: " ", start: 1, stop: 0 }]
          : []),
      ],
    },
    model: {
      unk_token:
        unknownTokenId === undefined ? null : (tokens[unknownTokenId] ?? null),
      fuse_unk: true,
      byte_fallback: true,
      ignore_merges: false,
      merges: mergesOfScores(
        ordinary.map((tokenId) => tokens[tokenId]!),
        ordinary.map((tokenId) => scores[tokenId]!),
      ),
    },
    addsBos: true,
  };
}

/** Added tokens are looked for in a text before its spaces are marked. */
function withPlainSpaces(metadata: GgufTokenizer): GgufTokenizer {
  const { tokens, tokenTypes } = metadata;
  return {
    ...metadata,
    tokens: tokens.map((token, tokenId) =>
      tokenTypes[tokenId] === TOKEN_TYPE.userDefined
        ? token.replaceAll(SPACE_MARK, " ")
        : token,
    ),
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

function listAddedTokens(metadata: GgufTokenizer) {
  const { tokens, tokenTypes } = metadata;
  const types: number[] = Object.values(TOKEN_TYPE);
  // Some files have these as tokens of ordinary text.
  const markupIds = [
    metadata.fimPrefixTokenId,
    metadata.fimSuffixTokenId,
    metadata.fimMiddleTokenId,
  ];
  return tokens.flatMap((content, id) => {
    const type = tokenTypes[id] as number;
    const isNamed = markupIds.includes(id);
    if (!types.includes(type) && !isNamed) return [];
    return {
      id,
      content,
      single_word: false,
      lstrip: false,
      rstrip: false,
      normalized: false,
      special: type !== TOKEN_TYPE.userDefined || isNamed,
    };
  });
}

/** Puts the first token of a sequence in front of encoded text, where the model was trained with it. */
function buildPostProcessor(metadata: GgufTokenizer) {
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
    fim_prefix_token: "fimPrefixTokenId",
    fim_suffix_token: "fimSuffixTokenId",
    fim_middle_token: "fimMiddleTokenId",
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
