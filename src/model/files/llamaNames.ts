// Names and shapes of a Llama model's weights, as Hugging Face writes them, and how a quantised folder groups them.
// This table is the only place where those names stand.

import type { ModelConfig } from "./config";
import {
  linearWeight,
  vectorWeight,
  type LinearGroup,
  type Weight,
} from "./weightGroups";

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
    queryKeyValue: {
      ...group("self_attn.qkv_proj", embeddingDim, [
        ["self_attn.q_proj", queryDim],
        ["self_attn.k_proj", keyDim],
        ["self_attn.v_proj", keyDim],
      ]),
      hasBias: "hasQueryKeyValueBias" in config && config.hasQueryKeyValueBias,
    },
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
export const EMBEDDING_NAME = "model.embed_tokens";

/** The weights of layer `layer`, in the order in which they are computed. */
export function layerWeights(config: ModelConfig, layer: number): Weight[] {
  const groups = layerGroups(config, layer);
  const norms = layerNormNames(layer);
  const norm = (name: string) => vectorWeight(name, config.embeddingDim);
  return [
    norm(norms.attention),
    linearWeight(groups.queryKeyValue),
    linearWeight(groups.attentionOutput),
    norm(norms.feedForward),
    linearWeight(groups.gateUp),
    linearWeight(groups.down),
  ];
}

/** The weights after the last layer, without the output head. */
export function finalWeights(config: ModelConfig): Weight[] {
  return [vectorWeight(FINAL_NORM_NAME, config.embeddingDim)];
}

/** Old checkpoints hold rotary frequencies, which follow from the config. */
export function isUnused(name: string): boolean {
  return name.endsWith(".rotary_emb.inv_freq");
}
