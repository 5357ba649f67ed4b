// How vocabularies that come from SentencePiece (Llama 2, Mistral, Gemma, Phi-3) spell text in a tokenizer.json: a space is
// "▁", a byte that no token has is "<0x0A>", and in many a text gets a space in front, so that its first word is the token
// that it is within a sentence. https://github.com/google/sentencepiece
// The library is given the rules but that space, which is put there by whoever knows where a text begins.

import { splitOn } from "./patterns";

/** What a space is within tokens, U+2581. */
export const SPACE_MARK = "▁";

/** Where a space is put in front, from most to least. */
export interface SpacePrefix {
  /** Also before a text that begins with a space. */
  isUnconditional: boolean;
  /** Also before the text behind each special token, and not at the beginning alone. */
  followsSpecial: boolean;
}

/** The rules of a tokenizer.json, parted. */
export interface SentencePieceRules {
  /** Undefined where texts get no space in front. */
  prefix: SpacePrefix | undefined;
  /** The file's rules without it, for the library. */
  normalizer: unknown;
  preTokenizer: unknown;
}

type Rule = Record<string, unknown>;

/** What undoes the spelling, one of these after the other. */
const DECODERS = new Set(["Replace", "ByteFallback", "Fuse", "Strip"]);

/** Reads the rules; undefined where the decoder is another. */
export function readSentencePiece({
  normalizer,
  preTokenizer,
  decoder,
}: {
  normalizer: unknown;
  preTokenizer: unknown;
  decoder: unknown;
}): SentencePieceRules | undefined {
  if (!undoesSpelling(decoder)) return undefined;
  const normalizers = flatten(normalizer, "normalizers");
  const preTokenizers = flatten(preTokenizer, "pretokenizers");
  const isPrepended = normalizers.some(({ type }) => type === "Prepend");
  const metaspace = preTokenizers.find(({ type }) => type === "Metaspace");
  const scheme =
    metaspace?.["prepend_scheme"] ??
    (metaspace?.["add_prefix_space"] === false ? "never" : "always");
  const fromMetaspace =
    metaspace && scheme !== "never"
      ? { isUnconditional: false, followsSpecial: scheme !== "first" }
      : undefined;
  return {
    prefix: isPrepended
      ? { isUnconditional: true, followsSpecial: true }
      : fromMetaspace,
    normalizer: sequence(
      "normalizers",
      normalizers.filter(({ type }) => type !== "Prepend"),
    ),
    preTokenizer: sequence(
      "pretokenizers",
      preTokenizers.flatMap(withoutPrefix),
    ),
  };
}

function undoesSpelling(decoder: unknown): boolean {
  const rules = flatten(decoder, "decoders");
  return (
    rules.some(({ type }) => type === "ByteFallback") &&
    rules.every(({ type }) => DECODERS.has(String(type)))
  );
}

/** The library never parts words at spaces, which is what the rule means unless it says otherwise. */
function withoutPrefix(rule: Rule): Rule[] {
  if (rule["type"] !== "Metaspace") return [rule];
  const plain = { ...rule, prepend_scheme: "never" };
  return rule["split"] === false
    ? [plain]
    : [plain, splitOn(`${SPACE_MARK}[^${SPACE_MARK}]*|[^${SPACE_MARK}]+`)];
}

function flatten(rule: unknown, list: string): Rule[] {
  const { type, [list]: rules } = (rule ?? {}) as Rule;
  if (type === undefined) return [];
  return type === "Sequence" && Array.isArray(rules)
    ? rules.flatMap((each) => flatten(each, list))
    : [rule as Rule];
}

function sequence(list: string, rules: Rule[]): unknown {
  return rules.length === 0 ? null : { type: "Sequence", [list]: rules };
}

const BYTE_TOKEN = /^<0x([0-9A-Fa-f]{2})>$/;

/** The bytes that a token stands for. */
export function bytesOfPiece(token: string): Uint8Array {
  const byte = BYTE_TOKEN.exec(token)?.[1];
  return byte === undefined
    ? Buffer.from(token.replaceAll(SPACE_MARK, " "), "utf8")
    : Uint8Array.of(Number.parseInt(byte, 16));
}
