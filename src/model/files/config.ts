// What a GPT is in numbers: the fields of a Hugging Face `config.json` that the graphs need, under our names.

import { FieldReader, MAX_EPSILON } from "./fieldReader";
import { describeUnread, EXPECTED_FAMILY } from "./readFamilies";
import { parseRope, parseRopeField, type Rope } from "./ropeConfig";

/** Layout version of quantised weights; a folder with another number is refused. */
export const QUANTIZATION_VERSION = 1;

/** How the weights of a quantised model folder are packed (models/README of each folder explains the layout). */
export interface Quantization {
  version: typeof QUANTIZATION_VERSION;
  /** What the model is called, if its importer said so. */
  name: string | undefined;
}

/** What configs of all families have. */
interface CommonConfig {
  vocabSize: number;
  embeddingDim: number;
  numLayers: number;
  numHeads: number;
  numKvHeads: number;
  headDim: number;
  feedForwardDim: number;
  /** Longest sequence that the model was trained for, in tokens. */
  contextLength: number;
  normEpsilon: number;
  /** The output head is the embedding itself. */
  hasTiedEmbeddings: boolean;
  bosTokenId: number | undefined;
  eosTokenIds: number[];
  quantization: Quantization | undefined;
}

/**
 * The Llama family: rotary positions, RMSNorm, SwiGLU. What Mistral, Qwen2, Qwen3, Granite, SmolLM3 and Phi-3 do otherwise
 * is said by its fields.
 */
export interface LlamaConfig extends CommonConfig {
  architecture: "llama";
  rope: Rope;
  /** By layer, whether positions turn its queries and keys: not in every fourth layer of SmolLM3. */
  isRotated: boolean[];
  /** Tokens that a token sees, itself among them; undefined where it sees all before it. */
  slidingWindow: number | undefined;
  /** Which linear layers have biases: Qwen2's queries, keys and values have. */
  biases: { queryKeyValue: boolean; attentionOutput: boolean; mlp: boolean };
  /** Queries and keys are normalised by head, as in Qwen3. */
  hasQueryKeyNorm: boolean;
  /** Queries, keys and values are one matrix, gate and up another, as in Phi-3. */
  isFused: boolean;
  multipliers: Multipliers;
}

/** Granite's four scalars; 1, and 1 / sqrt(headDim) for scores, elsewhere. */
export interface Multipliers {
  embedding: number;
  /** Of the products of queries and keys. */
  attention: number;
  /** Of what attention and feed-forward network add to the residual stream. */
  residual: number;
  logits: number;
}

/** The GPT-2 family: learned positions, LayerNorm, GELU, biases everywhere. */
export interface Gpt2Config extends CommonConfig {
  architecture: "gpt2";
  /** Which GELU: exact, or its approximation with tanh. */
  gelu: "none" | "tanh";
}

/** The Gemma 3 family: norms before and behind, GELU's gate, a window in most layers. */
export interface GemmaConfig extends CommonConfig {
  architecture: "gemma3";
  rope: Rope;
  /** By which angles layers with a window are turned. */
  localRope: Rope;
  /** By layer, whether a token sees a window only. */
  isLocal: boolean[];
  /** Tokens that it sees there, itself among them. */
  slidingWindow: number;
  /** What products of queries and keys are multiplied by. */
  attentionScale: number;
}

/** The StarCoder2 family: rotary positions, LayerNorm, GELU. */
export interface StarCoder2Config extends CommonConfig {
  architecture: "starcoder2";
  rope: Rope;
  /** Tokens that a token sees, itself among them; undefined where it sees all before it. */
  slidingWindow: number | undefined;
  /** Which GELU: exact, or its approximation with tanh. */
  gelu: "none" | "tanh";
  /** All linear layers have biases, or none. */
  hasBias: boolean;
}

/** The architecture of one model. */
export type ModelConfig =
  LlamaConfig | GemmaConfig | StarCoder2Config | Gpt2Config;

/** Reads a parsed `config.json`; throws a `TypeError` that names the file and the field that is missing or wrong. */
export function parseModelConfig(
  json: unknown,
  file = "config.json",
): ModelConfig {
  const fields = new FieldReader(json, file);
  const modelType = fields.text("model_type");
  switch (modelType) {
    case "llama":
      return parseLlama(fields, {});
    case "mistral":
      return parseLlama(fields, { slidingWindow: parseWindow(fields) });
    case "qwen2":
      refuseFlags(fields, [["use_sliding_window", false]]);
      return parseLlama(fields, {
        biases: { queryKeyValue: true, attentionOutput: false, mlp: false },
      });
    case "qwen3":
      refuseFlags(fields, [["use_sliding_window", false]]);
      return parseLlama(fields, { hasQueryKeyNorm: true });
    case "granite":
      return parseLlama(fields, { multipliers: parseMultipliers(fields) });
    case "smollm3":
      refuseFlags(fields, [["use_sliding_window", false]]);
      return parseLlama(fields, {
        isRotated: parseRotatedLayers(fields),
        hasTiedEmbeddings: fields.flag("tie_word_embeddings", true),
      });
    case "phi3":
      return parseLlama(fields, {
        isFused: true,
        slidingWindow: parseWindow(fields),
      });
    case "gemma3_text":
      return parseGemma(fields);
    case "starcoder2":
      return parseStarCoder2(fields);
    case "gpt2":
      return parseGpt2(fields);
    default:
      throw fields.refuse("model_type", EXPECTED_FAMILY, {
        found: describeUnread(modelType),
      });
  }
}

/** `special` is what a model of the family has otherwise than a Llama. */
function parseLlama(
  fields: FieldReader,
  special: Partial<LlamaConfig>,
): LlamaConfig {
  const activation = fields.value("hidden_act") ?? "silu";
  if (activation !== "silu") throw fields.refuse("hidden_act", '"silu"');
  const embeddingDim = fields.positiveInteger("hidden_size");
  const numLayers = fields.layerCount("num_hidden_layers");
  const heads = parseHeads(fields, embeddingDim);
  const rope = parseRope(fields, heads);
  const hasAttentionBias = fields.flag("attention_bias", false);
  return {
    architecture: "llama",
    vocabSize: fields.positiveInteger("vocab_size"),
    embeddingDim,
    numLayers,
    ...heads,
    feedForwardDim: fields.positiveInteger("intermediate_size"),
    contextLength: Math.min(
      fields.positiveInteger("max_position_embeddings"),
      rope.longestSequence ?? Infinity,
    ),
    rope,
    isRotated: new Array<boolean>(numLayers).fill(true),
    slidingWindow: undefined,
    biases: {
      queryKeyValue: hasAttentionBias,
      attentionOutput: hasAttentionBias,
      mlp: fields.flag("mlp_bias", false),
    },
    hasQueryKeyNorm: false,
    isFused: false,
    multipliers: {
      embedding: 1,
      attention: 1 / Math.sqrt(heads.headDim),
      residual: 1,
      logits: 1,
    },
    normEpsilon: fields.positiveNumber("rms_norm_eps", 1e-6, MAX_EPSILON),
    hasTiedEmbeddings: fields.flag("tie_word_embeddings", false),
    ...parseCommon(fields),
    ...special,
  };
}

/** Tables of angles have a column for each pair of a head's numbers. */
const MAX_HEAD_DIM = 8192;

function parseHeads(fields: FieldReader, embeddingDim: number) {
  const numHeads = fields.positiveInteger("num_attention_heads");
  const numKvHeads = fields.positiveInteger("num_key_value_heads", numHeads);
  const headDim = fields.positiveInteger("head_dim", embeddingDim / numHeads);
  if (headDim % 2 !== 0 || headDim > MAX_HEAD_DIM) {
    throw fields.refuse("head_dim", `even and at most ${MAX_HEAD_DIM}`, {
      found: String(headDim),
    });
  }
  if (numHeads % numKvHeads !== 0) {
    throw fields.refuse(
      "num_attention_heads",
      `a multiple of num_key_value_heads ${numKvHeads}`,
    );
  }
  return { numHeads, numKvHeads, headDim };
}

/** The window of a model whose layers all have it. */
function parseWindow(fields: FieldReader): number | undefined {
  return fields.value("sliding_window") === undefined
    ? undefined
    : fields.positiveInteger("sliding_window");
}

function parseMultipliers(fields: FieldReader): Multipliers {
  return {
    embedding: fields.positiveNumber("embedding_multiplier", 1),
    attention: fields.positiveNumber("attention_multiplier", 1),
    residual: fields.positiveNumber("residual_multiplier", 1),
    logits: 1 / fields.positiveNumber("logits_scaling", 1),
  };
}

/** `no_rope_layers` has a 1 for each layer that is turned; without it every so many layers one is not. */
function parseRotatedLayers(fields: FieldReader): boolean[] {
  const numLayers = fields.layerCount("num_hidden_layers");
  const interval = fields.positiveInteger("no_rope_layer_interval", 4);
  const flags: unknown =
    fields.value("no_rope_layers") ??
    Array.from({ length: numLayers }, (_, layer) =>
      (layer + 1) % interval === 0 ? 0 : 1,
    );
  const isFine =
    Array.isArray(flags) &&
    flags.length === numLayers &&
    flags.every((flag) => flag === 0 || flag === 1);
  if (!isFine) throw fields.refuse("no_rope_layers", `${numLayers} of 0 and 1`);
  return (flags as number[]).map((flag) => flag === 1);
}

/** What a file leaves out is as in transformers' `Gemma3TextConfig`. */
function parseGemma(fields: FieldReader): GemmaConfig {
  const activation = fields.value("hidden_activation") ?? "gelu_pytorch_tanh";
  if (activation !== "gelu_pytorch_tanh") {
    throw fields.refuse("hidden_activation", '"gelu_pytorch_tanh"');
  }
  refuseFlags(fields, [
    ["attention_bias", false],
    ["use_bidirectional_attention", false],
  ]);
  for (const name of ["attn_logit_softcapping", "final_logit_softcapping"]) {
    if (fields.value(name) !== undefined) throw fields.refuse(name, "null");
  }
  const embeddingDim = fields.positiveInteger("hidden_size");
  const numLayers = fields.layerCount("num_hidden_layers");
  const heads = parseHeads(fields, embeddingDim);
  return {
    architecture: "gemma3",
    vocabSize: fields.positiveInteger("vocab_size"),
    embeddingDim,
    numLayers,
    ...heads,
    feedForwardDim: fields.positiveInteger("intermediate_size"),
    contextLength: fields.positiveInteger("max_position_embeddings"),
    ...parseGemmaRopes(fields, heads),
    isLocal: parseLocalLayers(fields, numLayers),
    slidingWindow: fields.positiveInteger("sliding_window", 4096),
    attentionScale:
      1 / Math.sqrt(fields.positiveNumber("query_pre_attn_scalar", 256)),
    normEpsilon: fields.positiveNumber("rms_norm_eps", 1e-6, MAX_EPSILON),
    hasTiedEmbeddings: fields.flag("tie_word_embeddings", true),
    ...parseCommon(fields),
  };
}

/** Newer files have a set of angles by kind of layer, older ones another base for layers with a window. */
function parseGemmaRopes(fields: FieldReader, heads: { headDim: number }) {
  const byKind = fields.nested("rope_parameters");
  if (byKind.value("full_attention") !== undefined) {
    return {
      rope: parseRopeField(byKind, "full_attention", heads),
      localRope: parseRopeField(byKind, "sliding_attention", heads),
    };
  }
  return {
    rope: parseRope(fields, heads),
    localRope: { base: fields.positiveNumber("rope_local_base_freq", 10_000) },
  };
}

/** `layer_types` names the kind of each layer; without it every so many layers one sees all. */
function parseLocalLayers(fields: FieldReader, numLayers: number): boolean[] {
  const pattern = fields.positiveInteger("sliding_window_pattern", 6);
  const local = "sliding_attention";
  const kinds: unknown =
    fields.value("layer_types") ??
    Array.from({ length: numLayers }, (_, layer) =>
      (layer + 1) % pattern === 0 ? "full_attention" : local,
    );
  const isFine =
    Array.isArray(kinds) &&
    kinds.length === numLayers &&
    kinds.every((kind) => kind === local || kind === "full_attention");
  if (!isFine) {
    throw fields.refuse(
      "layer_types",
      `${numLayers} of "${local}" and "full_attention"`,
    );
  }
  return (kinds as string[]).map((kind) => kind === local);
}

/** GELU by the names that transformers has for it. */
const GELUS = new Map<unknown, "none" | "tanh">([
  ["gelu", "none"],
  ["gelu_new", "tanh"],
  ["gelu_fast", "tanh"],
  ["gelu_pytorch_tanh", "tanh"],
]);

function parseGelu(
  fields: FieldReader,
  name: string,
  fallback: string,
): "none" | "tanh" {
  const gelu = GELUS.get(fields.value(name) ?? fallback);
  if (!gelu) throw fields.refuse(name, [...GELUS.keys()].join(", "));
  return gelu;
}

function parseStarCoder2(fields: FieldReader): StarCoder2Config {
  const embeddingDim = fields.positiveInteger("hidden_size");
  const heads = parseHeads(fields, embeddingDim);
  return {
    architecture: "starcoder2",
    vocabSize: fields.positiveInteger("vocab_size"),
    embeddingDim,
    numLayers: fields.layerCount("num_hidden_layers"),
    ...heads,
    feedForwardDim: fields.positiveInteger("intermediate_size"),
    contextLength: fields.positiveInteger("max_position_embeddings"),
    rope: parseRope(fields, heads),
    slidingWindow: parseWindow(fields),
    gelu: parseGelu(fields, "hidden_act", "gelu_pytorch_tanh"),
    hasBias: fields.flag("use_bias", true),
    normEpsilon: fields.positiveNumber("norm_epsilon", 1e-5, MAX_EPSILON),
    hasTiedEmbeddings: fields.flag("tie_word_embeddings", true),
    ...parseCommon(fields),
  };
}

/** GPT-2's first files leave out what had only one value then; those defaults are transformers'. */
function parseGpt2(fields: FieldReader): Gpt2Config {
  const gelu = parseGelu(fields, "activation_function", "gelu_new");
  refuseFlags(fields, [
    ["scale_attn_weights", true],
    ["scale_attn_by_inverse_layer_idx", false],
    ["add_cross_attention", false],
  ]);
  const embeddingDim = fields.positiveInteger("n_embd");
  const numHeads = fields.positiveInteger("n_head");
  const headDim = embeddingDim / numHeads;
  if (!Number.isInteger(headDim)) {
    throw fields.refuse("n_embd", `a multiple of n_head ${numHeads}`);
  }
  return {
    architecture: "gpt2",
    vocabSize: fields.positiveInteger("vocab_size"),
    embeddingDim,
    numLayers: fields.layerCount("n_layer"),
    numHeads,
    numKvHeads: numHeads,
    headDim,
    feedForwardDim: fields.positiveInteger("n_inner", 4 * embeddingDim),
    contextLength: fields.positiveInteger(
      "n_positions",
      fields.positiveInteger("n_ctx", 1024),
    ),
    normEpsilon: fields.positiveNumber("layer_norm_epsilon", 1e-5, MAX_EPSILON),
    gelu,
    hasTiedEmbeddings: fields.flag("tie_word_embeddings", true),
    ...parseCommon(fields),
  };
}

function parseCommon(fields: FieldReader) {
  return {
    bosTokenId: fields.tokenIds("bos_token_id")[0],
    eosTokenIds: fields.tokenIds("eos_token_id"),
    quantization: parseQuantization(fields),
  };
}

function parseQuantization(config: FieldReader): Quantization | undefined {
  if (config.value("inklingQuantization") === undefined) return undefined;
  const fields = config.nested("inklingQuantization");
  const version = fields.positiveInteger("version");
  if (version !== QUANTIZATION_VERSION) {
    throw fields.refuse("version", String(QUANTIZATION_VERSION));
  }
  const name =
    fields.value("name") === undefined ? undefined : fields.text("name");
  return { version, name };
}

/** Refuses flags that are set otherwise than wanted; what is wanted is also their default. */
function refuseFlags(fields: FieldReader, wanted: [string, boolean][]): void {
  for (const [name, value] of wanted) {
    if (fields.flag(name, value) !== value) {
      throw fields.refuse(name, String(value));
    }
  }
}
