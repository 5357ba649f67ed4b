// A GGUF file as a source of weights: names, config and tokenizer put into Hugging Face's words.

import type { ModelConfig } from "../files/config";
import { parseModelConfig } from "../files/parseConfig";
import type { GgufFile, GgufTokenizer } from "../../formats/ggufFile";
import { ggufModelName, openGgufParts } from "../../formats/ggufParts";
import {
  refuseUnreadArchitecture,
  renameTensors,
  toConfigJson,
} from "./ggufArchitectures";
import { refuseOtherGguf } from "./otherGguf";
import type { WeightSource } from "./weightSource";

/** Makes the tokenizer files of a model folder; handed in, since this folder knows no text. */
export type BuildTokenizerFiles = (tokenizer: GgufTokenizer) => object;

/** Control tokens that end a text whatever the metadata says, as llama.cpp treats them too. */
const END_TOKENS = new Set([
  "<|endoftext|>",
  "<|im_end|>",
  "<|end_of_text|>",
  "<|eot_id|>",
  "</s>",
]);
const CONTROL_TOKEN = 3;

/** Opens a GGUF file, with all parts where it is one of several; throws when it is damaged or of an architecture that is not read. */
export async function openGgufSource(
  file: string,
  { buildTokenizerFiles }: { buildTokenizerFiles: BuildTokenizerFiles },
): Promise<WeightSource> {
  const source = await openGgufParts(file);
  refuseOtherGguf(source);
  refuseUnreadArchitecture(source);
  const tokenizer = readTokenizer(source);
  const configJson = toConfigJson(source, {
    ...tokenizer,
    endTokenIds: endTokenIds(tokenizer),
  });
  const config = parseModelConfig(configJson, file);
  checkLayers(source, config);
  const files = new Map<string, unknown>(
    Object.entries(namingFile(file, () => buildTokenizerFiles(tokenizer))),
  );
  files.set("generation_config.json", {
    bos_token_id: configJson["bos_token_id"],
    eos_token_id: configJson["eos_token_id"],
    pad_token_id: configJson["pad_token_id"],
  });
  return {
    path: file,
    name: ggufModelName(file),
    title: titleOf(source),
    config,
    configJson,
    tensors: renameTensors(source, config),
    files,
  };
}

/** Names longer than this are no names. */
const MAX_TITLE = 80;

/** `general.name`; converters write the folder that they read where they know nothing better, such as "Model". */
function titleOf({ metadata }: GgufFile): string | undefined {
  const title = metadata.text("general.name", "").trim();
  const isName =
    title.length <= MAX_TITLE && /^[\p{L}\p{N}][^\p{C}/\\]*\p{N}/u.test(title);
  return isName ? title : undefined;
}

/** Whoever builds the tokenizer's files does not know out of which file. */
function namingFile<T>(file: string, build: () => T): T {
  try {
    return build();
  } catch (error) {
    throw new TypeError(`Cannot import ${file}: ${(error as Error).message}`, {
      cause: error,
    });
  }
}

/** Counts that four changed bytes make a million would be worked down one by one. */
function checkLayers({ file, tensors }: GgufFile, config: ModelConfig): void {
  if (config.numLayers <= tensors.size) return;
  throw new RangeError(
    `Cannot import ${file}: its block_count is ${config.numLayers}, expected no more than its ${tensors.size} tensors`,
  );
}

/** The eos token first, then every control token that ends a text. */
function endTokenIds(tokenizer: GgufTokenizer): number[] {
  const ids = new Set<number>();
  if (tokenizer.eosTokenId !== undefined) ids.add(tokenizer.eosTokenId);
  tokenizer.tokens.forEach((token, id) => {
    const isControl = tokenizer.tokenTypes[id] === CONTROL_TOKEN;
    if (isControl && END_TOKENS.has(token)) ids.add(id);
  });
  return [...ids];
}

function readTokenizer({ file, metadata, tensors }: GgufFile): GgufTokenizer {
  const kind = metadata.text("tokenizer.ggml.model");
  if (kind !== "gpt2" && kind !== "llama") {
    throw new TypeError(
      `Cannot import ${file}: its tokenizer is "${kind}", expected "gpt2" (byte-level BPE) or "llama" (SentencePiece)`,
    );
  }
  const tokens = metadata.texts("tokenizer.ggml.tokens");
  const tokenTypes = metadata.numbers("tokenizer.ggml.token_type");
  const vocabSize = tensors.get("token_embd.weight")?.shape[0];
  if (vocabSize !== undefined && tokens.length !== vocabSize) {
    throw new RangeError(
      `Cannot import ${file}: it names ${tokens.length} tokens, expected ${vocabSize} as the embedding has rows`,
    );
  }
  if (tokenTypes.length !== tokens.length) {
    throw new RangeError(
      `Cannot import ${file}: it has ${tokenTypes.length} token types, expected ${tokens.length} as there are tokens`,
    );
  }
  const optional = <K extends string, V>(key: K, value: V | undefined) =>
    (value === undefined ? {} : { [key]: value }) as { [key in K]?: V };
  const idOf = (name: string) =>
    metadata.tokenId(`tokenizer.ggml.${name}_token_id`);
  return {
    tokens,
    tokenTypes,
    kind,
    ...(kind === "gpt2"
      ? { merges: metadata.texts("tokenizer.ggml.merges") }
      : {
          merges: [],
          scores: metadata.numbers("tokenizer.ggml.scores"),
          addSpacePrefix: metadata.flag(
            "tokenizer.ggml.add_space_prefix",
            true,
          ),
        }),
    preTokenizer: metadata.text("tokenizer.ggml.pre", "gpt-2"),
    ...optional("bosTokenId", idOf("bos")),
    ...optional("eosTokenId", idOf("eos")),
    ...optional("unknownTokenId", idOf("unknown")),
    ...optional("paddingTokenId", idOf("padding")),
    // Files of before October 2024 have the shorter names.
    ...optional("fimPrefixTokenId", idOf("fim_pre") ?? idOf("prefix")),
    ...optional("fimSuffixTokenId", idOf("fim_suf") ?? idOf("suffix")),
    ...optional("fimMiddleTokenId", idOf("fim_mid") ?? idOf("middle")),
    ...optional(
      "addBosToken",
      metadata.has("tokenizer.ggml.add_bos_token")
        ? metadata.flag("tokenizer.ggml.add_bos_token")
        : undefined,
    ),
    ...optional(
      "chatTemplate",
      metadata.has("tokenizer.chat_template")
        ? metadata.text("tokenizer.chat_template")
        : undefined,
    ),
  };
}
