// Reads a parsed `tokenizer.json` and makes it ready for the tokenizer library.
// Documents are plain text, so markup among the added tokens is taken out: `<|im_end|>` written in a document is text like
// any other. Added tokens that stand for text, such as Gemma's runs of line breaks, stay.

import { shownJson } from "../common/ordinaryFile";
import { findFillInMiddle, type FillInMiddleTokens } from "./fillInMiddle";
import { isMarkup } from "./markup";
import { GPT2_PATTERN, splitOn } from "./patterns";
import { readSentencePiece, type SpacePrefix } from "./sentencePiece";
import { findBosIds } from "./textStart";

/** A token with a meaning of its own, outside the merges. */
export interface AddedToken {
  tokenId: number;
  text: string;
  /** Markup that never stands for text of a document: the file says so, or its form does. */
  isSpecial: boolean;
  /** In a text with markup it takes in white space before and behind it. */
  stripsLeft?: boolean;
  stripsRight?: boolean;
}

/** What the tokenizer needs of a `tokenizer.json`. */
export interface TokenizerJson {
  /** Token id -> token, spelt as `spelling` says; added tokens as written. */
  tokens: (string | undefined)[];
  /** How tokens spell text: in the byte alphabet, or as SentencePiece does. */
  spelling: "bytes" | "pieces";
  /** Where a text gets a space in front. */
  spacePrefix: SpacePrefix | undefined;
  addedTokens: AddedToken[];
  /** See textStart.ts. */
  bosIds: number[];
  /** See fillInMiddle.ts. */
  fillInMiddle: FillInMiddleTokens | undefined;
  /** The file for the library, without its special tokens and with the split rules spelt out. */
  forLibrary: Record<string, unknown>;
}

/**
 * Reads the file's parts; throws a `TypeError` for one that is no BPE, of bytes or as SentencePiece has it, or that would
 * take the library for ever. With `vocabSize`, the rows of the embedding, added tokens beyond them are passed over: nothing can stand for
 * them; a token of text there is refused. `config` is the parsed tokenizer_config.json.
 */
export function parseTokenizerJson(
  json: unknown,
  {
    vocabSize = Infinity,
    config,
  }: { vocabSize?: number; config?: unknown } = {},
): TokenizerJson {
  const {
    model,
    added_tokens,
    pre_tokenizer,
    normalizer,
    post_processor,
    decoder,
  } = asObject(json, "the file");
  const { type, vocab, merges } = asObject(model, "model");
  // GPT-2's file is older than the field.
  const pieces = readSentencePiece({
    normalizer,
    preTokenizer: pre_tokenizer,
    decoder,
  });
  if ((type ?? "BPE") !== "BPE" || !(pieces || isByteLevel(decoder))) {
    throw fault(
      `model is ${JSON.stringify(type)} and decoder ${JSON.stringify(asObject(decoder ?? {}, "decoder")["type"])}`,
      `"BPE" and "ByteLevel", or "Sequence" with "ByteFallback" as SentencePiece has it`,
    );
  }
  const addedTokens = parseAddedTokens(added_tokens).filter(
    ({ tokenId }) => tokenId < vocabSize,
  );
  const textIds = new Set(
    addedTokens
      .filter(({ isSpecial }) => !isSpecial)
      .map(({ tokenId }) => tokenId),
  );
  const vocabulary = asObject(vocab, "model.vocab");
  const tokens = listTokens(vocabulary, { addedTokens, vocabSize });
  checkMerges(merges);
  checkOptions(asObject(model, "model"), new Set(tokens));
  checkRules(normalizer ?? null, { name: "normalizer" });
  checkRules(pre_tokenizer ?? null, { name: "pre_tokenizer" });
  const rules = pieces
    ? {
        normalizer: pieces.normalizer,
        pre_tokenizer: spellOutSplits(pieces.preTokenizer),
        decoder: null,
        model: {
          ...asObject(model, "model"),
          type: "BPE",
          merges: withoutSpecial(merges as Merge[], addedTokens),
        },
      }
    : {
        pre_tokenizer: spellOutSplits(pre_tokenizer ?? null),
        model: { ...asObject(model, "model"), type: "BPE" },
      };
  const bosIds = findBosIds({
    postProcessor: post_processor,
    config,
    tokenIdOf: (token) => {
      const tokenId = tokens.indexOf(token);
      return tokenId < 0 ? undefined : tokenId;
    },
  });
  const stray = bosIds.find((tokenId) => tokens[tokenId] === undefined);
  if (stray !== undefined) {
    throw fault(`token ${stray} stands before every text`, "one of its tokens");
  }
  return {
    tokens,
    spelling: pieces ? "pieces" : "bytes",
    spacePrefix: pieces?.prefix,
    addedTokens,
    bosIds,
    fillInMiddle: findFillInMiddle({
      config,
      markupIdOf: (text) =>
        addedTokens.find((each) => each.isSpecial && each.text === text)
          ?.tokenId,
    }),
    forLibrary: {
      ...(json as Record<string, unknown>),
      added_tokens: (added_tokens as { id: number }[]).filter(({ id }) =>
        textIds.has(id),
      ),
      normalizer: normalizer ?? null,
      post_processor: null,
      ...rules,
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
    const token = asObject(entry, "an added token");
    const { id, content, special, lstrip, rstrip } = token;
    if (!isTokenId(id) || typeof content !== "string") {
      throw fault(
        `an added token is ${shownJson(entry)}`,
        "an id and its content",
      );
    }
    const isSpecial = special === true || isMarkup(content);
    return {
      tokenId: id,
      text: content,
      isSpecial,
      ...(lstrip === true && { stripsLeft: true }),
      ...(rstrip === true && { stripsRight: true }),
    };
  });
}

/** Pairs of tokens, as `"a b"` or as `["a", "b"]`. */
function checkMerges(merges: unknown): void {
  if (!Array.isArray(merges)) throw fault("model.merges is no list", "a list");
  const index = merges.findIndex(
    (merge: unknown) =>
      typeof merge !== "string" &&
      !(
        Array.isArray(merge) &&
        merge.length === 2 &&
        merge.every((part) => typeof part === "string")
      ),
  );
  if (index < 0) return;
  throw fault(
    `model.merges[${index}] is ${shownJson(merges[index])}`,
    'two tokens, as "a b" or ["a", "b"]',
  );
}

type Merge = string | [string, string];

/** Merges of SentencePiece's form reach special tokens too, which would make markup of a text. */
function withoutSpecial(
  merges: readonly Merge[],
  addedTokens: readonly AddedToken[],
): Merge[] {
  const special = new Set(
    addedTokens.filter(({ isSpecial }) => isSpecial).map(({ text }) => text),
  );
  return merges.filter((merge) => {
    const parts = typeof merge === "string" ? merge.split(" ") : merge;
    return !special.has(parts.join(""));
  });
}

/** Throws for an option of the model whose type the library does not look at, and for an unknown token that is none. */
function checkOptions(
  model: Record<string, unknown>,
  tokens: ReadonlySet<string | undefined>,
): void {
  const require = (name: string, isGood: boolean, expected: string) => {
    if (isGood || (model[name] ?? null) === null) return;
    throw fault(`model.${name} is ${shownJson(model[name])}`, expected);
  };
  const unknown = model["unk_token"];
  // Some files say "" for none.
  const isToken =
    typeof unknown === "string" && (unknown === "" || tokens.has(unknown));
  require("unk_token", isToken, "a token of the vocabulary, or null");
  for (const name of ["continuing_subword_prefix", "end_of_word_suffix"]) {
    require(name, typeof model[name] === "string", "a text");
  }
  for (const name of ["fuse_unk", "byte_fallback", "ignore_merges"]) {
    require(name, typeof model[name] === "boolean", "true or false");
  }
  const dropout = model["dropout"];
  const isShare = typeof dropout === "number" && dropout >= 0 && dropout <= 1;
  require("dropout", isShare, "a number from 0 to 1");
}

/** Rules within rules; deeper ones are made to break a reader. */
const MAX_RULE_DEPTH = 4;
const MAX_RULES = 100;
/** What a rule puts in place of a character: more would blow a text up. */
const MAX_INSERTED_CHARACTERS = 16;
const MAX_PATTERN_CHARACTERS = 2_000;

/** Throws for a rule whose shape the library does not look at, or that takes time or room without limit. */
function checkRules(
  rule: unknown,
  { name, depth = 0 }: { name: string; depth?: number },
): void {
  if (rule === null) return;
  const fields = asObject(rule, name);
  if (typeof fields["type"] !== "string") {
    throw fault(`${name}.type is ${shownJson(fields["type"])}`, "a text");
  }
  for (const key of ["content", "prepend", "replacement"]) {
    const text = fields[key];
    if (text === undefined) continue;
    if (typeof text === "string" && text.length <= MAX_INSERTED_CHARACTERS) {
      continue;
    }
    throw fault(
      `${name}.${key} is ${shownJson(text)}`,
      `a text of at most ${MAX_INSERTED_CHARACTERS} characters`,
    );
  }
  if (fields["pattern"] !== undefined) checkPattern(fields["pattern"], name);
  if (fields["type"] !== "Sequence") return;
  const list = name.startsWith("normalizer") ? "normalizers" : "pretokenizers";
  const rules = fields[list];
  const isList = Array.isArray(rules) && rules.length <= MAX_RULES;
  if (!isList || depth >= MAX_RULE_DEPTH) {
    throw fault(
      `${name}.${list} is ${isList ? "nested too deep" : "no list of rules"}`,
      `at most ${MAX_RULES} rules, ${MAX_RULE_DEPTH} deep`,
    );
  }
  rules.forEach((each: unknown, index) =>
    checkRules(each, { name: `${name}.${list}[${index}]`, depth: depth + 1 }),
  );
}

function checkPattern(pattern: unknown, name: string): void {
  const { Regex: regex, String: text } = asObject(pattern, `${name}.pattern`);
  const given = regex ?? text;
  if (
    typeof given !== "string" ||
    given === "" ||
    given.length > MAX_PATTERN_CHARACTERS ||
    (regex !== undefined && hasNestedRepetition(given))
  ) {
    throw fault(
      `${name}.pattern is ${shownJson(pattern)}`,
      "a pattern in which nothing that is repeated is repeated again",
    );
  }
}

/** Whether a group that repeats something without limit is itself repeated, which may take exponential time. */
export function hasNestedRepetition(regex: string): boolean {
  const repeatsInside: boolean[] = [false];
  let isInClass = false;
  for (let at = 0; at < regex.length; at++) {
    const character = regex[at]!;
    if (character === "\\") at++;
    else if (isInClass) isInClass = character !== "]";
    else if (character === "[") isInClass = true;
    else if (character === "(") repeatsInside.push(false);
    else if (character === ")") {
      const inner = repeatsInside.pop() ?? false;
      const isRepeated = /^(?:[*+]|\{\d+,\})/.test(regex.slice(at + 1, at + 8));
      if (inner && isRepeated) return true;
      if (repeatsInside.length === 0) return false;
      if (inner || isRepeated) repeatsInside[repeatsInside.length - 1] = true;
    } else if (/^(?:[*+]|\{\d+,\})/.test(regex.slice(at, at + 8))) {
      repeatsInside[repeatsInside.length - 1] = true;
    }
  }
  return false;
}

/** Highest token id that is believed: the largest vocabularies have 256,000 tokens. */
const MAX_TOKEN_ID = 2_000_000;

function isTokenId(value: unknown): value is number {
  return (
    Number.isSafeInteger(value) &&
    (value as number) >= 0 &&
    (value as number) <= MAX_TOKEN_ID
  );
}

function listTokens(
  vocab: Record<string, unknown>,
  { addedTokens, vocabSize }: { addedTokens: AddedToken[]; vocabSize: number },
): (string | undefined)[] {
  const tokens: (string | undefined)[] = [];
  const added = new Set(addedTokens.map(({ text }) => text));
  for (const [token, tokenId] of Object.entries(vocab)) {
    if (!isTokenId(tokenId)) {
      throw fault(
        `the id of ${JSON.stringify(token)} is ${shownJson(tokenId)}`,
        "a whole number",
      );
    }
    if (tokenId >= vocabSize && !added.has(token)) {
      throw fault(
        `the id of ${JSON.stringify(token)} is ${tokenId}`,
        `less than the model's vocab_size ${vocabSize}`,
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
    throw fault(`${name} is ${shownJson(json)}`, "an object");
  }
  return json as Record<string, unknown>;
}

function fault(state: string, expected: string): TypeError {
  return new TypeError(
    `Cannot read tokenizer.json: ${state}, expected ${expected}`,
  );
}
