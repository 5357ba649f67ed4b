// What a GPT is in numbers: the fields of a Hugging Face `config.json` that the graphs need, under our names.

import { shownJson } from "../../common/ordinaryFile";

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

/** The Llama family, Qwen2 in it: rotary positions, RMSNorm, SwiGLU. */
export interface LlamaConfig extends CommonConfig {
  architecture: "llama";
  ropeBase: number;
  /** Queries, keys and values have biases, as in Qwen2; no other layer has any. */
  hasQueryKeyValueBias: boolean;
}

/** The GPT-2 family: learned positions, LayerNorm, GELU, biases everywhere. */
export interface Gpt2Config extends CommonConfig {
  architecture: "gpt2";
  /** Which GELU: exact, or its approximation with tanh. */
  gelu: "none" | "tanh";
}

/** The architecture of one model. */
export type ModelConfig = LlamaConfig | Gpt2Config;

/** Reads a parsed `config.json`; throws a `TypeError` that names the file and the field that is missing or wrong. */
export function parseModelConfig(
  json: unknown,
  file = "config.json",
): ModelConfig {
  const fields = new FieldReader(json, file);
  const modelType = fields.text("model_type");
  switch (modelType) {
    case "llama":
      return parseLlama(fields, { hasQueryKeyValueBias: false });
    case "qwen2":
      refuseFlags(fields, [["use_sliding_window", false]]);
      return parseLlama(fields, { hasQueryKeyValueBias: true });
    case "gpt2":
      return parseGpt2(fields);
    default:
      throw fields.refuse("model_type", '"llama", "qwen2" or "gpt2"');
  }
}

function parseLlama(
  fields: FieldReader,
  { hasQueryKeyValueBias }: { hasQueryKeyValueBias: boolean },
): LlamaConfig {
  refuseLlamaVariants(fields);
  const embeddingDim = fields.positiveInteger("hidden_size");
  const numHeads = fields.positiveInteger("num_attention_heads");
  const numKvHeads = fields.positiveInteger("num_key_value_heads", numHeads);
  const headDim = fields.positiveInteger("head_dim", embeddingDim / numHeads);
  if (numHeads % numKvHeads !== 0) {
    throw fields.refuse(
      "num_attention_heads",
      `a multiple of num_key_value_heads ${numKvHeads}`,
    );
  }
  return {
    architecture: "llama",
    vocabSize: fields.positiveInteger("vocab_size"),
    embeddingDim,
    numLayers: fields.layerCount("num_hidden_layers"),
    numHeads,
    numKvHeads,
    headDim,
    feedForwardDim: fields.positiveInteger("intermediate_size"),
    contextLength: fields.positiveInteger("max_position_embeddings"),
    ropeBase: fields
      .nested("rope_parameters")
      .positiveNumber(
        "rope_theta",
        fields.positiveNumber("rope_theta", 10_000),
      ),
    hasQueryKeyValueBias,
    normEpsilon: fields.positiveNumber("rms_norm_eps", 1e-6, MAX_EPSILON),
    hasTiedEmbeddings: fields.flag("tie_word_embeddings", false),
    ...parseCommon(fields),
  };
}

/** GELU by the names that transformers has for it. */
const GELUS = new Map<unknown, "none" | "tanh">([
  ["gelu", "none"],
  ["gelu_new", "tanh"],
  ["gelu_fast", "tanh"],
  ["gelu_pytorch_tanh", "tanh"],
]);

/** GPT-2's first files leave out what had only one value then; those defaults are transformers'. */
function parseGpt2(fields: FieldReader): Gpt2Config {
  const activation = fields.value("activation_function") ?? "gelu_new";
  const gelu = GELUS.get(activation);
  if (!gelu) {
    throw fields.refuse("activation_function", [...GELUS.keys()].join(", "));
  }
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

/** Refuses models whose weights have the usual names but are used in another way. */
function refuseLlamaVariants(fields: FieldReader): void {
  const activation = fields.value("hidden_act") ?? "silu";
  if (activation !== "silu") {
    throw fields.refuse("hidden_act", '"silu"');
  }
  refuseFlags(fields, [
    ["attention_bias", false],
    ["mlp_bias", false],
  ]);
  // Older files call it rope_scaling, with its kind under "type".
  for (const name of ["rope_scaling", "rope_parameters"]) {
    const rope = fields.nested(name);
    const kind = rope.value("rope_type") ?? rope.value("type") ?? "default";
    if (kind !== "default") {
      throw fields.refuse(name, "unscaled rotary positions");
    }
  }
}

/** No size, base or length of a model is larger; a million layers would be counted for minutes. */
const MAX_NUMBER = 1e9;
const MAX_LAYERS = 10_000;
/** What is added under the root of a norm; a larger one would be all of it. */
const MAX_EPSILON = 1;

/** Reads typed fields of a JSON object with messages that name the field. */
class FieldReader {
  private readonly object: Record<string, unknown>;

  constructor(
    json: unknown,
    private readonly file: string,
    /** What the fields' names begin with in messages. */
    private readonly prefix = "",
  ) {
    if (typeof json !== "object" || json === null || Array.isArray(json)) {
      const what = prefix === "" ? "found" : `${prefix.slice(0, -1)} is`;
      throw new TypeError(
        `Cannot read ${file}: ${what} ${shownJson(json)}, expected an object`,
      );
    }
    this.object = json as Record<string, unknown>;
  }

  value(name: string): unknown {
    return Object.hasOwn(this.object, name)
      ? (this.object[name] ?? undefined)
      : undefined;
  }

  text(name: string): string {
    const value = this.value(name);
    if (typeof value !== "string") throw this.refuse(name, "a string");
    return value;
  }

  /** The fields of an object within; of an empty one where it is missing. */
  nested(name: string): FieldReader {
    const prefix = `${this.prefix}${name}.`;
    return new FieldReader(this.value(name) ?? {}, this.file, prefix);
  }

  flag(name: string, fallback: boolean): boolean {
    const value = this.value(name) ?? fallback;
    if (typeof value !== "boolean") throw this.refuse(name, "true or false");
    return value;
  }

  positiveNumber(name: string, fallback?: number, max = MAX_NUMBER): number {
    const value = this.value(name) ?? fallback;
    if (typeof value !== "number" || !(value > 0) || !(value <= max)) {
      throw this.refuse(name, `a number above 0, at most ${max}`);
    }
    return value;
  }

  positiveInteger(name: string, fallback?: number): number {
    const value = this.positiveNumber(name, fallback);
    if (!Number.isSafeInteger(value)) throw this.refuse(name, "an integer");
    return value;
  }

  layerCount(name: string): number {
    const value = this.positiveInteger(name);
    if (value > MAX_LAYERS) throw this.refuse(name, `at most ${MAX_LAYERS}`);
    return value;
  }

  tokenIds(name: string): number[] {
    const value = this.value(name) ?? [];
    const ids: unknown[] = Array.isArray(value) ? value : [value];
    return ids.map((id) => {
      if (!Number.isSafeInteger(id) || (id as number) < 0) {
        throw this.refuse(name, "a token id or a list of them");
      }
      return id as number;
    });
  }

  refuse(name: string, expected: string): TypeError {
    return new TypeError(
      `Cannot read ${this.file}: ${this.prefix}${name} is ${shownJson(this.value(name))}, expected ${expected}`,
    );
  }
}
