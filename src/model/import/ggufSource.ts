// A GGUF file of the Llama family as a source of weights: names, config and tokenizer put into Hugging Face's words.

import path from "node:path";
import { parseModelConfig, type ModelConfig } from "../files/config";
import {
  openGguf,
  type GgufFile,
  type GgufMetadata,
  type GgufTokenizer,
} from "../../formats/ggufFile";
import { refuseOtherGguf } from "./otherGguf";
import type { SourceTensor, WeightSource } from "./weightSource";

/** Makes the tokenizer files of a model folder; handed in, since this folder knows no text. */
export type BuildTokenizerFiles = (tokenizer: GgufTokenizer) => object;

/** llama.cpp's names beside Hugging Face's, outside of the layers and within one. */
const OUTER_NAMES: Readonly<Record<string, string>> = {
  "token_embd.weight": "model.embed_tokens.weight",
  "output_norm.weight": "model.norm.weight",
  "output.weight": "lm_head.weight",
};
const LAYER_NAMES: Readonly<Record<string, string>> = {
  "attn_norm.weight": "input_layernorm.weight",
  "attn_q.weight": "self_attn.q_proj.weight",
  "attn_k.weight": "self_attn.k_proj.weight",
  "attn_v.weight": "self_attn.v_proj.weight",
  "attn_output.weight": "self_attn.o_proj.weight",
  "ffn_norm.weight": "post_attention_layernorm.weight",
  "ffn_gate.weight": "mlp.gate_proj.weight",
  "ffn_up.weight": "mlp.up_proj.weight",
  "ffn_down.weight": "mlp.down_proj.weight",
};

/** Control tokens that end a text whatever the metadata says, as llama.cpp treats them too. */
const END_TOKENS = new Set([
  "<|endoftext|>",
  "<|im_end|>",
  "<|end_of_text|>",
  "<|eot_id|>",
  "</s>",
]);
const CONTROL_TOKEN = 3;

/** Opens a GGUF file; throws when it is damaged or no plain Llama model. */
export async function openGgufSource(
  file: string,
  { buildTokenizerFiles }: { buildTokenizerFiles: BuildTokenizerFiles },
): Promise<WeightSource> {
  const source = await openGguf(file);
  refuseOtherGguf(source);
  const { metadata } = source;
  const architecture = metadata.text("general.architecture");
  if (architecture !== "llama") {
    throw new TypeError(
      `Cannot import ${file}: its architecture is "${architecture}", expected "llama"`,
    );
  }
  const tokenizer = readTokenizer(source);
  const configJson = toConfigJson(source, tokenizer);
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
    name: path.basename(file, ".gguf"),
    config,
    configJson,
    tensors: renameTensors(source, config),
    files,
  };
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
    `Cannot import ${file}: metadata "llama.block_count" is ${config.numLayers}, expected no more than its ${tensors.size} tensors`,
  );
}

function renameTensors({ file, tensors }: GgufFile, config: ModelConfig) {
  const renamed = new Map<string, SourceTensor>();
  for (const [ggufName, tensor] of tensors) {
    const name = toHuggingFaceName(ggufName);
    if (!name) {
      throw new TypeError(
        `Cannot import ${file}: tensor "${ggufName}" is none of a plain Llama model, expected no rotary factors, biases or experts`,
      );
    }
    const interleavedHeads = name.endsWith("q_proj.weight")
      ? config.numHeads
      : name.endsWith("k_proj.weight")
        ? config.numKvHeads
        : undefined;
    renamed.set(
      name,
      interleavedHeads === undefined ? tensor : { ...tensor, interleavedHeads },
    );
  }
  return renamed;
}

function toHuggingFaceName(ggufName: string): string | undefined {
  const [, layer, rest] = /^blk\.(\d+)\.(.+)$/.exec(ggufName) ?? [];
  if (layer === undefined) return OUTER_NAMES[ggufName];
  const name = LAYER_NAMES[rest!];
  return name && `model.layers.${layer}.${name}`;
}

function toConfigJson(
  { file, metadata, tensors }: GgufFile,
  tokenizer: GgufTokenizer,
): Record<string, unknown> {
  const embeddingDim = metadata.positiveInteger("llama.embedding_length");
  const numHeads = metadata.positiveInteger("llama.attention.head_count");
  const headDim = metadata.positiveInteger(
    "llama.attention.key_length",
    embeddingDim / numHeads,
  );
  refuseVariants(file, metadata, headDim);
  return {
    architectures: ["LlamaForCausalLM"],
    model_type: "llama",
    hidden_act: "silu",
    hidden_size: embeddingDim,
    intermediate_size: metadata.positiveInteger("llama.feed_forward_length"),
    num_hidden_layers: metadata.positiveInteger("llama.block_count"),
    num_attention_heads: numHeads,
    num_key_value_heads: metadata.positiveInteger(
      "llama.attention.head_count_kv",
      numHeads,
    ),
    head_dim: headDim,
    max_position_embeddings: metadata.positiveInteger("llama.context_length"),
    rms_norm_eps: shortestDecimal(
      metadata.positiveNumber("llama.attention.layer_norm_rms_epsilon"),
    ),
    rope_theta: metadata.positiveNumber("llama.rope.freq_base", 10_000),
    vocab_size: metadata.positiveInteger(
      "llama.vocab_size",
      tokenizer.tokens.length,
    ),
    tie_word_embeddings: !tensors.has("output.weight"),
    attention_bias: false,
    mlp_bias: false,
    bos_token_id: tokenizer.bosTokenId,
    eos_token_id: endTokenIds(tokenizer),
    pad_token_id: tokenizer.paddingTokenId,
    torch_dtype: "float32",
  };
}

/** Refuses what a config of a plain Llama could not say. */
function refuseVariants(file: string, metadata: GgufMetadata, headDim: number) {
  const scaling = metadata.text("llama.rope.scaling.type", "none");
  const ropeDim = metadata.positiveInteger(
    "llama.rope.dimension_count",
    headDim,
  );
  if (scaling !== "none") {
    throw new TypeError(
      `Cannot import ${file}: its positions are scaled ("${scaling}"), expected unscaled rotary positions`,
    );
  }
  if (ropeDim !== headDim) {
    throw new TypeError(
      `Cannot import ${file}: ${ropeDim} of ${headDim} dimensions of a head are rotated, expected all`,
    );
  }
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

/** 1e-5 for the fp32 number nearest to it, which fp64 would print as 0.000009999999747378752. */
function shortestDecimal(value: number): number {
  for (let digits = 1; digits < 9; digits++) {
    const candidate = Number(value.toPrecision(digits));
    if (Math.fround(candidate) === Math.fround(value)) return candidate;
  }
  return value;
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
