// Names and shapes of a Llama model's weights, as Hugging Face writes them, and how a quantised folder groups them.
// This table is the only place where those names stand.

import type { ModelConfig } from "./config";

/** A matrix of a linear layer, stored with one row per output: [numRows, numColumns]. */
export interface LinearPart {
  /** Full name without the ending `.weight`. */
  name: string;
  numRows: number;
}

/** Matrices that share their input, so that one product computes them all: rows of the parts below each other. */
export interface LinearGroup {
  /** Full name without ending. A quantised folder stores the whole group under it. */
  name: string;
  parts: LinearPart[];
  numColumns: number;
}

/** The linear layers of decoder layer `layer`, in the order in which they are computed. */
export function layerGroups(config: ModelConfig, layer: number) {
  const prefix = `model.layers.${layer}`;
  const { embeddingDim, feedForwardDim } = config;
  const queryDim = config.numHeads * config.headDim;
  const keyDim = config.numKvHeads * config.headDim;
  const group = (
    name: string,
    numColumns: number,
    parts: [string, number][],
  ): LinearGroup => ({
    name: `${prefix}.${name}`,
    numColumns,
    parts: parts.map(([part, numRows]) => ({
      name: `${prefix}.${part}`,
      numRows,
    })),
  });
  return {
    queryKeyValue: group("self_attn.qkv_proj", embeddingDim, [
      ["self_attn.q_proj", queryDim],
      ["self_attn.k_proj", keyDim],
      ["self_attn.v_proj", keyDim],
    ]),
    attentionOutput: group("self_attn.o_proj", queryDim, [
      ["self_attn.o_proj", embeddingDim],
    ]),
    gateUp: group("mlp.gate_up_proj", embeddingDim, [
      ["mlp.gate_proj", feedForwardDim],
      ["mlp.up_proj", feedForwardDim],
    ]),
    down: group("mlp.down_proj", feedForwardDim, [
      ["mlp.down_proj", embeddingDim],
    ]),
  };
}

/** Names of the two normalisation weights of a layer, each of shape [embeddingDim]. */
export function layerNormNames(layer: number) {
  return {
    attention: `model.layers.${layer}.input_layernorm.weight`,
    feedForward: `model.layers.${layer}.post_attention_layernorm.weight`,
  };
}

export const FINAL_NORM_NAME = "model.norm.weight";

/** The token embedding, [vocabSize, embeddingDim]; the output head too where embeddings are tied. */
export function embeddingGroup(config: ModelConfig): LinearGroup {
  const name = "model.embed_tokens";
  return {
    name,
    numColumns: config.embeddingDim,
    parts: [{ name, numRows: config.vocabSize }],
  };
}

/** The output head, [vocabSize, embeddingDim]. */
export function headGroup(config: ModelConfig): LinearGroup {
  if (config.hasTiedEmbeddings) return embeddingGroup(config);
  return {
    name: "lm_head",
    numColumns: config.embeddingDim,
    parts: [{ name: "lm_head", numRows: config.vocabSize }],
  };
}

/** Every linear group of a model. */
export function allLinearGroups(config: ModelConfig): LinearGroup[] {
  const groups = [embeddingGroup(config)];
  for (let layer = 0; layer < config.numLayers; layer++) {
    groups.push(...Object.values(layerGroups(config, layer)));
  }
  if (!config.hasTiedEmbeddings) groups.push(headGroup(config));
  return groups;
}

/** Every normalisation weight of a model. */
export function allNormNames(config: ModelConfig): string[] {
  const names: string[] = [];
  for (let layer = 0; layer < config.numLayers; layer++) {
    names.push(...Object.values(layerNormNames(layer)));
  }
  return [...names, FINAL_NORM_NAME];
}
