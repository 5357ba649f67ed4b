// The weights of a model of any family, by name and shape, for whoever reads or writes all of them.
// The names stand in the families' tables: llamaNames.ts, gpt2Names.ts.

import type { ModelConfig } from "./config";
import * as gpt2 from "./gpt2Names";
import * as llama from "./llamaNames";
import {
  biasWeights,
  linearWeight,
  type LinearGroup,
  type Weight,
} from "./weightGroups";

export type { LinearGroup, LinearPart, Weight } from "./weightGroups";

/** The linear layers of decoder layer `layer`, in the order in which they are computed. */
export function layerGroups(
  config: ModelConfig,
  layer: number,
): Record<string, LinearGroup> {
  return config.architecture === "gpt2"
    ? gpt2.layerGroups(config, layer)
    : llama.layerGroups(config, layer);
}

/** The token embedding, [vocabSize, embeddingDim]; the output head too where embeddings are tied. */
export function embeddingGroup(config: ModelConfig): LinearGroup {
  const family = config.architecture === "gpt2" ? gpt2 : llama;
  return vocabularyGroup(config, family.EMBEDDING_NAME);
}

/** The output head, [vocabSize, embeddingDim]. */
export function headGroup(config: ModelConfig): LinearGroup {
  return config.hasTiedEmbeddings
    ? embeddingGroup(config)
    : vocabularyGroup(config, "lm_head");
}

function vocabularyGroup(config: ModelConfig, name: string): LinearGroup {
  return {
    name,
    numColumns: config.embeddingDim,
    parts: [{ name, numRows: config.vocabSize }],
  };
}

/** Every weight of a model in the order in which a forward pass reads it. */
export function allWeights(config: ModelConfig): Weight[] {
  const family = config.architecture === "gpt2" ? gpt2 : llama;
  const weights = [linearWeight(embeddingGroup(config))];
  if (config.architecture === "gpt2")
    weights.push(...gpt2.firstWeights(config));
  for (let layer = 0; layer < config.numLayers; layer++) {
    weights.push(...family.layerWeights(config, layer));
  }
  weights.push(...family.finalWeights(config));
  if (!config.hasTiedEmbeddings) weights.push(linearWeight(headGroup(config)));
  return weights;
}

/** Every linear group of a model. */
export function allLinearGroups(config: ModelConfig): LinearGroup[] {
  return allWeights(config).flatMap((weight) =>
    weight.kind === "linear" ? [weight.group] : [],
  );
}

/** Every weight that is no matrix of a linear layer: norms, biases, learned positions. Always floating point. */
export function allOtherWeights(
  config: ModelConfig,
): { name: string; shape: number[] }[] {
  return allWeights(config).flatMap((weight) =>
    weight.kind === "linear" ? biasWeights(weight.group) : [weight],
  );
}

/** The name that a tensor of a file goes by here; `undefined` for one that no graph needs. */
export function canonicalName(
  config: ModelConfig,
  name: string,
): string | undefined {
  if (config.hasTiedEmbeddings && name === "lm_head.weight") return undefined;
  if (config.architecture === "gpt2") {
    return gpt2.isUnused(name) ? undefined : gpt2.withPrefix(name);
  }
  return llama.isUnused(name) ? undefined : name;
}
