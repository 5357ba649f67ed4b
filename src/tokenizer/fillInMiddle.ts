// Which tokens a vocabulary has for a gap in a text: the models of code that were trained to fill in the middle
// (arXiv:2207.14255) see prefix and suffix between them. All are used in the order prefix, suffix, middle; DeepSeek's
// begin, hole and end are the same three. Mistral's [PREFIX] and [SUFFIX] stand in vocabularies of models that were never
// trained with them, and in another order: they are not used.

import { contentOf } from "./textStart";

/** The ids of the three tokens, each in front of the part that it is named after. */
export interface FillInMiddleTokens {
  prefixId: number;
  suffixId: number;
  middleId: number;
}

/** What the files of a tokenizer say about it. */
export interface FillInMiddleSource {
  /** tokenizer_config.json, parsed; an import from a GGUF file writes there what the file says. */
  config: unknown;
  /** The id of a token that is markup, by its text. */
  markupIdOf: (text: string) => number | undefined;
}

/** Names in tokenizer_config.json, in the order of the texts below. */
const ROLES = [
  "fim_prefix_token",
  "fim_suffix_token",
  "fim_middle_token",
] as const;

const TEXTS = [
  // Qwen2.5-Coder, CodeGemma
  ["<|fim_prefix|>", "<|fim_suffix|>", "<|fim_middle|>"],
  // StarCoder, StarCoder 2, Granite
  ["<fim_prefix>", "<fim_suffix>", "<fim_middle>"],
  // SantaCoder
  ["<fim-prefix>", "<fim-suffix>", "<fim-middle>"],
  // DeepSeek-Coder
  ["<｜fim▁begin｜>", "<｜fim▁hole｜>", "<｜fim▁end｜>"],
];

/** Undefined where the vocabulary lacks one of the three, or has it as text of documents. */
export function findFillInMiddle({
  config,
  markupIdOf,
}: FillInMiddleSource): FillInMiddleTokens | undefined {
  const fields = (config ?? {}) as Record<string, unknown>;
  const named = ROLES.map((role) => contentOf(fields[role]));
  for (const texts of [named, ...TEXTS]) {
    const [prefixId, suffixId, middleId] = texts.map((text) =>
      text === undefined ? undefined : markupIdOf(text),
    );
    if (
      prefixId !== undefined &&
      suffixId !== undefined &&
      middleId !== undefined
    ) {
      return { prefixId, suffixId, middleId };
    }
  }
  return undefined;
}
