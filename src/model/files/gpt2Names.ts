// Names and shapes of a GPT-2 model's weights, as Hugging Face writes them.
// This table is the only place where those names stand. Matrices of layers are stored with one row per input
// ("Conv1D"), turned against those of other families, and all have biases.

import type { ModelConfig } from "./config";
import {
  linearWeight,
  vectorWeight,
  type LinearGroup,
  type Weight,
} from "./weightGroups";

const PREFIX = "transformer.";
export const EMBEDDING_NAME = `${PREFIX}wte`;
/** Learned positions, [contextLength, embeddingDim]. */
export const POSITIONS_NAME = `${PREFIX}wpe.weight`;

/** The linear layers of decoder layer `layer`, in the order in which they are computed. */
export function layerGroups(config: ModelConfig, layer: number) {
  const { embeddingDim, feedForwardDim } = config;
  const group = (
    part: string,
    { from, to }: { from: number; to: number },
  ): LinearGroup => {
    const name = `${PREFIX}h.${layer}.${part}`;
    return {
      name,
      numColumns: from,
      parts: [{ name, numRows: to }],
      hasBias: true,
      isTransposed: true,
    };
  };
  return {
    queryKeyValue: group("attn.c_attn", {
      from: embeddingDim,
      to: 3 * embeddingDim,
    }),
    attentionOutput: group("attn.c_proj", {
      from: embeddingDim,
      to: embeddingDim,
    }),
    up: group("mlp.c_fc", { from: embeddingDim, to: feedForwardDim }),
    down: group("mlp.c_proj", { from: feedForwardDim, to: embeddingDim }),
  };
}

/** Names of a layer normalisation's two vectors, each of shape [embeddingDim]. */
export interface NormNames {
  weight: string;
  bias: string;
}

const normNames = (name: string): NormNames => ({
  weight: `${PREFIX}${name}.weight`,
  bias: `${PREFIX}${name}.bias`,
});

/** The two normalisations of a layer. */
export function layerNormNames(layer: number) {
  return {
    attention: normNames(`h.${layer}.ln_1`),
    feedForward: normNames(`h.${layer}.ln_2`),
  };
}

export const FINAL_NORM_NAMES = normNames("ln_f");

/** The weights before the first layer, without the embedding. */
export function firstWeights(config: ModelConfig): Weight[] {
  const shape = [config.contextLength, config.embeddingDim];
  return [{ kind: "other", name: POSITIONS_NAME, shape }];
}

/** The weights of layer `layer`, in the order in which they are computed. */
export function layerWeights(config: ModelConfig, layer: number): Weight[] {
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
export function finalWeights(config: ModelConfig): Weight[] {
  return normWeights(config, FINAL_NORM_NAMES);
}

function normWeights(config: ModelConfig, { weight, bias }: NormNames) {
  return [weight, bias].map((name) => vectorWeight(name, config.embeddingDim));
}

/** The masks that old checkpoints hold follow from the config. */
export function isUnused(name: string): boolean {
  return /\.attn\.(masked_)?bias$/.test(name);
}

/** Checkpoints of the bare model (the first ones are) leave the prefix out. */
export function withPrefix(name: string): string {
  return name.startsWith(PREFIX) || name.startsWith("lm_head.")
    ? name
    : `${PREFIX}${name}`;
}
