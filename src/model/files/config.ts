// What a GPT is in numbers: the fields of a Hugging Face `config.json` that the graphs need, under our names.

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

/** Reads a parsed `config.json`; throws a `TypeError` that names the field that is missing or wrong. */
export function parseModelConfig(json: unknown): ModelConfig {
  const fields = new FieldReader(json);
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
      throw new TypeError(
        `Cannot read config.json: model_type is "${modelType}", expected "llama", "qwen2" or "gpt2"`,
      );
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
    throw new TypeError(
      `Cannot read config.json: num_attention_heads is ${numHeads}, expected a multiple of num_key_value_heads ${numKvHeads}`,
    );
  }
  return {
    architecture: "llama",
    vocabSize: fields.positiveInteger("vocab_size"),
    embeddingDim,
    numLayers: fields.positiveInteger("num_hidden_layers"),
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
    normEpsilon: fields.positiveNumber("rms_norm_eps", 1e-6),
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
    throw variantFault(
      "activation_function",
      activation,
      [...GELUS.keys()].join(", "),
    );
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
    throw variantFault(
      "n_embd",
      embeddingDim,
      `a multiple of n_head ${numHeads}`,
    );
  }
  return {
    architecture: "gpt2",
    vocabSize: fields.positiveInteger("vocab_size"),
    embeddingDim,
    numLayers: fields.positiveInteger("n_layer"),
    numHeads,
    numKvHeads: numHeads,
    headDim,
    feedForwardDim: fields.positiveInteger("n_inner", 4 * embeddingDim),
    contextLength: fields.positiveInteger(
      "n_positions",
      fields.positiveInteger("n_ctx", 1024),
    ),
    normEpsilon: fields.positiveNumber("layer_norm_epsilon", 1e-5),
    gelu,
    hasTiedEmbeddings: fields.flag("tie_word_embeddings", true),
    ...parseCommon(fields),
  };
}

function parseCommon(fields: FieldReader) {
  return {
    bosTokenId: fields.tokenIds("bos_token_id")[0],
    eosTokenIds: fields.tokenIds("eos_token_id"),
    quantization: parseQuantization(fields.value("inklingQuantization")),
  };
}

function parseQuantization(json: unknown): Quantization | undefined {
  if (json === undefined) return undefined;
  const fields = new FieldReader(json);
  const version = fields.positiveInteger("version");
  if (version !== QUANTIZATION_VERSION) {
    throw new TypeError(
      `Cannot read config.json: inklingQuantization.version is ${version}, expected ${QUANTIZATION_VERSION}`,
    );
  }
  const name =
    fields.value("name") === undefined ? undefined : fields.text("name");
  return { version, name };
}

function variantFault(name: string, value: unknown, expected: string) {
  return new TypeError(
    `Cannot read config.json: ${name} is ${JSON.stringify(value)}, expected ${expected}`,
  );
}

/** Refuses flags that are set otherwise than wanted; what is wanted is also their default. */
function refuseFlags(fields: FieldReader, wanted: [string, boolean][]): void {
  for (const [name, value] of wanted) {
    if (fields.flag(name, value) !== value) {
      throw variantFault(name, !value, String(value));
    }
  }
}

/** Refuses models whose weights have the usual names but are used in another way. */
function refuseLlamaVariants(fields: FieldReader): void {
  const activation = fields.value("hidden_act") ?? "silu";
  if (activation !== "silu") {
    throw variantFault("hidden_act", activation, '"silu"');
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
      throw variantFault(name, fields.value(name), "unscaled rotary positions");
    }
  }
}

/** Reads typed fields of a JSON object with messages that name the field. */
class FieldReader {
  private readonly object: Record<string, unknown>;

  constructor(json: unknown) {
    if (typeof json !== "object" || json === null || Array.isArray(json)) {
      throw new TypeError(
        `Cannot read config.json: found ${JSON.stringify(json)?.slice(0, 40)}, expected an object`,
      );
    }
    this.object = json as Record<string, unknown>;
  }

  value(name: string): unknown {
    return this.object[name] ?? undefined;
  }

  text(name: string): string {
    const value = this.value(name);
    if (typeof value !== "string") throw this.fault(name, "a string");
    return value;
  }

  /** The fields of an object within; of an empty one where it is missing. */
  nested(name: string): FieldReader {
    return new FieldReader(this.value(name) ?? {});
  }

  flag(name: string, fallback: boolean): boolean {
    const value = this.value(name) ?? fallback;
    if (typeof value !== "boolean") throw this.fault(name, "true or false");
    return value;
  }

  positiveNumber(name: string, fallback?: number): number {
    const value = this.value(name) ?? fallback;
    if (typeof value !== "number" || !(value > 0) || !Number.isFinite(value)) {
      throw this.fault(name, "a number above 0");
    }
    return value;
  }

  positiveInteger(name: string, fallback?: number): number {
    const value = this.positiveNumber(name, fallback);
    if (!Number.isSafeInteger(value)) throw this.fault(name, "an integer");
    return value;
  }

  tokenIds(name: string): number[] {
    const value = this.value(name) ?? [];
    const ids: unknown[] = Array.isArray(value) ? value : [value];
    return ids.map((id) => {
      if (!Number.isSafeInteger(id) || (id as number) < 0) {
        throw this.fault(name, "a token id or a list of them");
      }
      return id as number;
    });
  }

  private fault(name: string, expected: string): TypeError {
    return new TypeError(
      `Cannot read config.json: ${name} is ${JSON.stringify(this.value(name))}, expected ${expected}`,
    );
  }
}
