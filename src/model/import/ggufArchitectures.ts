// What llama.cpp calls the parts of a model and what transformers calls them: metadata into config.json, tensors' names,
// and the order of rows. One table entry per architecture of a GGUF file.
// Names and keys: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md and llama.cpp's gguf-py/gguf/constants.py.

import type { GgufFile, GgufTokenizer } from "../../formats/ggufFile";
import { readTensorBytes } from "../../formats/safetensors";
import { dequantise } from "../../formats/weightFormats";
import { FaultError } from "../../common/fault";
import type { ModelConfig } from "../files/config";
import { describeUnread, EXPECTED_FAMILY } from "../files/readFamilies";
import type { SourceTensor } from "./weightSource";

/** One architecture that is read. */
interface GgufArchitecture {
  /** `model_type` and `architectures` of config.json. */
  modelType: string;
  className: string;
  /** Rows of queries and keys are interleaved by head: where llama.cpp turns neighbours instead of halves. */
  interleavesHeads?: boolean;
  /** Names within a layer that are others than `LAYER_NAMES` says. */
  layerNames?: Readonly<Record<string, string>>;
  /** It normalises with mean and bias, and its epsilon has a name of its own. */
  hasLayerNorm?: boolean;
  /** Norms are written 1 higher than transformers has them. */
  raisesNorms?: boolean;
  /** Fields of config.json beside those that all have. */
  fields?(file: GgufFile, values: ArchitectureValues): Record<string, unknown>;
}

const ARCHITECTURES: Readonly<Record<string, GgufArchitecture>> = {
  // Mistral is written as a Llama too.
  llama: {
    modelType: "llama",
    className: "LlamaForCausalLM",
    interleavesHeads: true,
    fields: biasFields,
  },
  qwen2: { modelType: "qwen2", className: "Qwen2ForCausalLM" },
  qwen3: {
    modelType: "qwen3",
    className: "Qwen3ForCausalLM",
    fields: biasFields,
  },
  granite: {
    modelType: "granite",
    className: "GraniteForCausalLM",
    interleavesHeads: true,
    fields: (file, values) => ({
      ...biasFields(file),
      embedding_multiplier: values.number("embedding_scale", 1),
      attention_multiplier: values.number("attention.scale", 1),
      residual_multiplier: values.number("residual_scale", 1),
      logits_scaling: values.number("logit_scale", 1),
    }),
  },
  smollm3: {
    modelType: "smollm3",
    className: "SmolLM3ForCausalLM",
    interleavesHeads: true,
    // The file does not say it: every fourth layer, in llama.cpp too.
    fields: (file) => ({ ...biasFields(file), no_rope_layer_interval: 4 }),
  },
  gemma: {
    modelType: "gemma",
    className: "GemmaForCausalLM",
    raisesNorms: true,
    fields: () => ({ hidden_act: "gelu_pytorch_tanh" }),
  },
  gemma3: {
    modelType: "gemma3_text",
    className: "Gemma3ForCausalLM",
    raisesNorms: true,
    layerNames: {
      "post_attention_norm.weight": "post_attention_layernorm.weight",
      "ffn_norm.weight": "pre_feedforward_layernorm.weight",
      "post_ffw_norm.weight": "post_feedforward_layernorm.weight",
    },
    fields: gemmaFields,
  },
  starcoder2: {
    modelType: "starcoder2",
    className: "Starcoder2ForCausalLM",
    hasLayerNorm: true,
    layerNames: {
      "ffn_up.weight": "mlp.c_fc.weight",
      "ffn_up.bias": "mlp.c_fc.bias",
      "ffn_down.weight": "mlp.c_proj.weight",
      "ffn_down.bias": "mlp.c_proj.bias",
    },
    fields: ({ tensors }) => ({
      hidden_act: "gelu_pytorch_tanh",
      use_bias: tensors.has("blk.0.attn_q.bias"),
    }),
  },
  phi3: {
    modelType: "phi3",
    className: "Phi3ForCausalLM",
    layerNames: {
      "attn_qkv.weight": "self_attn.qkv_proj.weight",
      "ffn_up.weight": "mlp.gate_up_proj.weight",
    },
    fields: (_file, values) => {
      const window = "attention.sliding_window";
      return values.has(window) && values.number(window, 0) > 0
        ? { sliding_window: values.integer(window) }
        : {};
    },
  },
};

/** Names outside of the layers and within one; tensors with an empty name stand in config.json. */
const OUTER_NAMES: Readonly<Record<string, string>> = {
  "token_embd.weight": "model.embed_tokens.weight",
  "output_norm.weight": "model.norm.weight",
  "output_norm.bias": "model.norm.bias",
  "output.weight": "lm_head.weight",
  "rope_freqs.weight": "",
  "rope_factors_long.weight": "",
  "rope_factors_short.weight": "",
};
const LAYER_NAMES: Readonly<Record<string, string>> = {
  "attn_norm.weight": "input_layernorm.weight",
  "attn_norm.bias": "input_layernorm.bias",
  "attn_q.weight": "self_attn.q_proj.weight",
  "attn_q.bias": "self_attn.q_proj.bias",
  "attn_k.weight": "self_attn.k_proj.weight",
  "attn_k.bias": "self_attn.k_proj.bias",
  "attn_v.weight": "self_attn.v_proj.weight",
  "attn_v.bias": "self_attn.v_proj.bias",
  "attn_q_norm.weight": "self_attn.q_norm.weight",
  "attn_k_norm.weight": "self_attn.k_norm.weight",
  "attn_output.weight": "self_attn.o_proj.weight",
  "attn_output.bias": "self_attn.o_proj.bias",
  "ffn_norm.weight": "post_attention_layernorm.weight",
  "ffn_norm.bias": "post_attention_layernorm.bias",
  "ffn_gate.weight": "mlp.gate_proj.weight",
  "ffn_gate.bias": "mlp.gate_proj.bias",
  "ffn_up.weight": "mlp.up_proj.weight",
  "ffn_up.bias": "mlp.up_proj.bias",
  "ffn_down.weight": "mlp.down_proj.weight",
  "ffn_down.bias": "mlp.down_proj.bias",
};

/** Metadata under the architecture's own prefix, as `ARCHITECTURE.attention.head_count`. */
class ArchitectureValues {
  constructor(
    private readonly file: GgufFile,
    readonly architecture: string,
  ) {}

  key(name: string): string {
    return `${this.architecture}.${name}`;
  }

  has(name: string): boolean {
    return this.file.metadata.has(this.key(name));
  }

  integer(name: string, fallback?: number): number {
    return this.file.metadata.positiveInteger(this.key(name), fallback);
  }

  /** A number above 0, as short a decimal as stands for the file's fp32. */
  number(name: string, fallback?: number): number {
    return shortestDecimal(
      this.file.metadata.positiveNumber(this.key(name), fallback),
    );
  }

  text(name: string, fallback: string): string {
    return this.file.metadata.text(this.key(name), fallback);
  }
}

/** Throws for an architecture that is not read: before anything else is said of the file. */
export function refuseUnreadArchitecture(file: GgufFile): void {
  findArchitecture(file);
}

function findArchitecture(file: GgufFile) {
  const architecture = file.metadata.text("general.architecture");
  if (!Object.hasOwn(ARCHITECTURES, architecture)) {
    throw new FaultError(
      `Cannot import ${file.file}: its architecture is ${describeUnread(architecture)}, expected ${EXPECTED_FAMILY}`,
      { code: "unread-family", path: file.file },
    );
  }
  return { architecture, ...ARCHITECTURES[architecture]! };
}

/** The file's metadata as config.json; throws for an architecture or a variant of it that is not read. */
export function toConfigJson(
  file: GgufFile,
  tokenizer: Pick<
    GgufTokenizer,
    "tokens" | "bosTokenId" | "eosTokenId" | "paddingTokenId"
  > & { endTokenIds: number[] },
): Record<string, unknown> {
  const { architecture, modelType, className, hasLayerNorm, fields } =
    findArchitecture(file);
  const values = new ArchitectureValues(file, architecture);
  const embeddingDim = values.integer("embedding_length");
  const numHeads = values.integer("attention.head_count");
  const headDim = values.integer(
    "attention.key_length",
    embeddingDim / numHeads,
  );
  refuseVariants(file, values, headDim);
  return {
    architectures: [className],
    model_type: modelType,
    hidden_act: "silu",
    hidden_size: embeddingDim,
    intermediate_size: values.integer("feed_forward_length"),
    num_hidden_layers: values.integer("block_count"),
    num_attention_heads: numHeads,
    num_key_value_heads: values.integer("attention.head_count_kv", numHeads),
    head_dim: headDim,
    max_position_embeddings: values.integer("context_length"),
    ...(hasLayerNorm
      ? { norm_epsilon: values.number("attention.layer_norm_epsilon") }
      : { rms_norm_eps: values.number("attention.layer_norm_rms_epsilon") }),
    rope_theta: values.number("rope.freq_base", 10_000),
    ...ropeScalingFields(file, { values, headDim }),
    vocab_size: values.integer("vocab_size", tokenizer.tokens.length),
    tie_word_embeddings: !file.tensors.has("output.weight"),
    ...fields?.(file, values),
    bos_token_id: tokenizer.bosTokenId,
    eos_token_id: tokenizer.endTokenIds,
    // Else transformers takes a number of the family, which may be none of this vocabulary.
    pad_token_id: tokenizer.paddingTokenId ?? null,
    torch_dtype: "float32",
  };
}

function biasFields({ tensors }: GgufFile) {
  return {
    attention_bias: tensors.has("blk.0.attn_q.bias"),
    mlp_bias: tensors.has("blk.0.ffn_gate.bias"),
  };
}

/** What a file does not say is the same in all models of the family, but for the scale of the largest. */
function gemmaFields(_file: GgufFile, values: ArchitectureValues) {
  const embeddingDim = values.integer("embedding_length");
  const perHead = embeddingDim / values.integer("attention.head_count");
  const numLayersOf27B = 62;
  return {
    hidden_activation: "gelu_pytorch_tanh",
    sliding_window: values.integer("attention.sliding_window"),
    sliding_window_pattern: 6,
    rope_local_base_freq: values.number("rope.freq_base_swa", 10_000),
    query_pre_attn_scalar:
      values.integer("block_count") === numLayersOf27B
        ? perHead
        : values.integer("attention.key_length", perHead),
  };
}

/**
 * A file has Llama 3's scaling as numbers that frequencies are divided by (`rope_freqs`), Phi-3's as two lists of them:
 * config.json has a kind of scaling for lists, "longrope", which transformers computes in the same way.
 */
function ropeScalingFields(
  file: GgufFile,
  { values, headDim }: { values: ArchitectureValues; headDim: number },
) {
  const list = (name: string) => {
    const tensor = file.tensors.get(name);
    if (!tensor) return undefined;
    const divisors = dequantise(readTensorBytes(tensor), tensor.format);
    const isFine = divisors.every((divisor) => divisor > 0);
    if (divisors.length !== headDim / 2 || !isFine) {
      throw new RangeError(
        `Cannot import ${file.file}: tensor "${name}" holds ${divisors.length} numbers, expected ${headDim / 2} above 0`,
      );
    }
    return Array.from(divisors);
  };
  const freqs = list("rope_freqs.weight");
  const short = list("rope_factors_short.weight") ?? freqs;
  const long = list("rope_factors_long.weight") ?? freqs;
  const original = values.integer(
    "rope.scaling.original_context_length",
    values.integer("context_length"),
  );
  if (short && long) {
    return {
      rope_scaling: {
        rope_type: "longrope",
        short_factor: short,
        long_factor: long,
        original_max_position_embeddings: original,
        attention_factor: values.number("rope.scaling.attn_factor", 1),
      },
    };
  }
  const kind = values.text("rope.scaling.type", "none");
  if (kind === "none") return {};
  if (kind === "linear") {
    const factor = values.number("rope.scaling.factor");
    return { rope_scaling: { rope_type: "linear", factor } };
  }
  if (kind === "yarn") {
    return {
      rope_scaling: {
        rope_type: "yarn",
        factor: values.number("rope.scaling.factor"),
        original_max_position_embeddings: original,
        beta_fast: values.number("rope.scaling.yarn_beta_fast", 32),
        beta_slow: values.number("rope.scaling.yarn_beta_slow", 1),
      },
    };
  }
  throw new TypeError(
    `Cannot import ${file.file}: its positions are scaled ("${kind}"), expected none, linear, yarn, or factors in rope_freqs or rope_factors_short and rope_factors_long`,
  );
}

/** Refuses what config.json could not say. */
function refuseVariants(
  { file, metadata }: GgufFile,
  values: ArchitectureValues,
  headDim: number,
): void {
  const ropeDim = values.integer("rope.dimension_count", headDim);
  if (ropeDim !== headDim) {
    throw new TypeError(
      `Cannot import ${file}: ${ropeDim} of ${headDim} dimensions of a head are rotated, expected all`,
    );
  }
  if (metadata.count(values.key("expert_count"), 0) > 0) {
    throw new TypeError(
      `Cannot import ${file}: it is a mixture of experts, expected one feed-forward network a layer`,
    );
  }
}

/** The file's tensors under Hugging Face's names; throws for one that has none. */
export function renameTensors(
  file: GgufFile,
  config: ModelConfig,
): Map<string, SourceTensor> {
  const { architecture, interleavesHeads, raisesNorms, layerNames } =
    findArchitecture(file);
  const names = { ...LAYER_NAMES, ...layerNames };
  const renamed = new Map<string, SourceTensor>();
  for (const [ggufName, tensor] of file.tensors) {
    const name = toHuggingFaceName(ggufName, names);
    if (name === undefined) {
      throw new TypeError(
        `Cannot import ${file.file}: tensor "${ggufName}" is none of a "${architecture}" model, expected those of a dense one`,
      );
    }
    if (name === "") continue;
    const interleavedHeads = interleavesHeads && headsOf(name, config);
    renamed.set(name, {
      ...tensor,
      ...(interleavedHeads && { interleavedHeads }),
      ...(raisesNorms && name.endsWith("norm.weight") && { addend: -1 }),
    });
  }
  return renamed;
}

/** How many heads the rows of queries or keys are of, for their matrices and their biases. */
function headsOf(name: string, config: ModelConfig): number | undefined {
  if (/\.q_proj\.(weight|bias)$/.test(name)) return config.numHeads;
  if (/\.k_proj\.(weight|bias)$/.test(name)) return config.numKvHeads;
  return undefined;
}

function toHuggingFaceName(
  ggufName: string,
  names: Readonly<Record<string, string>>,
): string | undefined {
  const [, layer, rest] = /^blk\.(\d+)\.(.+)$/.exec(ggufName) ?? [];
  if (layer === undefined) return OUTER_NAMES[ggufName];
  const name = names[rest!];
  return name && `model.layers.${layer}.${name}`;
}

/** 1e-5 for the fp32 number nearest to it, which fp64 would print as 0.000009999999747378752. */
function shortestDecimal(value: number): number {
  for (let digits = 1; digits < 9; digits++) {
    const candidate = Number(value.toPrecision(digits));
    if (Math.fround(candidate) === Math.fround(value)) return candidate;
  }
  return value;
}
