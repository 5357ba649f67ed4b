// Names and shapes of a StarCoder2 model's weights, as Hugging Face writes them: a Llama's attention, GPT-2's feed-forward
// network, and layer normalisations with biases.

import type { StarCoder2Config } from "./config";
import * as llama from "./llamaNames";
import {
  linearWeight,
  vectorWeight,
  type LinearGroup,
  type Weight,
} from "./weightGroups";

export { EMBEDDING_NAME } from "./llamaNames";

/** The linear layers of decoder layer `layer`, in the order in which they are computed. */
export function layerGroups(config: StarCoder2Config, layer: number) {
  const { embeddingDim, feedForwardDim, hasBias } = config;
  const biases = {
    queryKeyValue: hasBias,
    attentionOutput: hasBias,
    mlp: hasBias,
  };
  const { queryKeyValue, attentionOutput } = llama.layerGroups(
    { ...config, biases, isFused: false },
    layer,
  );
  const group = (
    part: string,
    { from, to }: { from: number; to: number },
  ): LinearGroup => {
    const name = `model.layers.${layer}.mlp.${part}`;
    return {
      name,
      numColumns: from,
      parts: [{ name, numRows: to }],
      hasBias,
    };
  };
  return {
    queryKeyValue,
    attentionOutput,
    up: group("c_fc", { from: embeddingDim, to: feedForwardDim }),
    down: group("c_proj", { from: feedForwardDim, to: embeddingDim }),
  };
}

/** Names of a layer normalisation's two vectors, each of shape [embeddingDim]. */
export interface NormNames {
  weight: string;
  bias: string;
}

const normNames = (name: string): NormNames => ({
  weight: `${name}.weight`,
  bias: `${name}.bias`,
});

/** The two normalisations of a layer. */
export function layerNormNames(layer: number) {
  const prefix = `model.layers.${layer}`;
  return {
    attention: normNames(`${prefix}.input_layernorm`),
    feedForward: normNames(`${prefix}.post_attention_layernorm`),
  };
}

export const FINAL_NORM_NAMES = normNames("model.norm");

/** The weights of layer `layer`, in the order in which they are computed. */
export function layerWeights(
  config: StarCoder2Config,
  layer: number,
): Weight[] {
  const groups = layerGroups(config, layer);
  const norms = layerNormNames(layer);
  return [
    ...normWeights(config, norms.attention),
    linearWeight(groups.queryKeyValue),
    linearWeight(groups.attentionOutput),
    ...normWeights(config, norms.feedForward),
    linearWeight(groups.up),
    linearWeight(groups.down),
  ];
}

/** The weights after the last layer, without the output head. */
export function finalWeights(config: StarCoder2Config): Weight[] {
  return normWeights(config, FINAL_NORM_NAMES);
}

function normWeights(config: StarCoder2Config, { weight, bias }: NormNames) {
  return [weight, bias].map((name) => vectorWeight(name, config.embeddingDim));
}
