// Names and shapes of a Gemma 3 model's weights, as Hugging Face writes them. Linear layers are called as a Llama's are;
// norms stand before and behind attention and feed-forward network, and hold their distance from 1.

import type { GemmaConfig } from "./config";
import * as llama from "./llamaNames";
import { linearWeight, vectorWeight, type Weight } from "./weightGroups";

export { EMBEDDING_NAME, FINAL_NORM_NAME, headNormNames } from "./llamaNames";

/** The linear layers of decoder layer `layer`, in the order in which they are computed. */
export function layerGroups(config: GemmaConfig, layer: number) {
  const biases = { queryKeyValue: false, attentionOutput: false, mlp: false };
  return llama.layerGroups({ ...config, biases, isFused: false }, layer);
}

/** Names of the four normalisation weights of a layer, each of shape [embeddingDim]. */
export function layerNormNames(layer: number) {
  const prefix = `model.layers.${layer}`;
  return {
    beforeAttention: `${prefix}.input_layernorm.weight`,
    behindAttention: `${prefix}.post_attention_layernorm.weight`,
    beforeFeedForward: `${prefix}.pre_feedforward_layernorm.weight`,
    behindFeedForward: `${prefix}.post_feedforward_layernorm.weight`,
  };
}

/** The weights of layer `layer`, in the order in which they are computed. */
export function layerWeights(config: GemmaConfig, layer: number): Weight[] {
  const groups = layerGroups(config, layer);
  const norms = layerNormNames(layer);
  const heads = llama.headNormNames(layer);
  const norm = (name: string) => vectorWeight(name, config.embeddingDim);
  return [
    norm(norms.beforeAttention),
    linearWeight(groups.queryKeyValue),
    vectorWeight(heads.query, config.headDim),
    vectorWeight(heads.key, config.headDim),
    linearWeight(groups.attentionOutput),
    norm(norms.behindAttention),
    norm(norms.beforeFeedForward),
    linearWeight(groups.gateUp),
    linearWeight(groups.down),
    norm(norms.behindFeedForward),
  ];
}

/** The weights after the last layer, without the output head. */
export function finalWeights(config: GemmaConfig): Weight[] {
  return [vectorWeight(llama.FINAL_NORM_NAME, config.embeddingDim)];
}
