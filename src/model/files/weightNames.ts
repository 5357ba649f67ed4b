// The weights of a model of any family, by name and shape, for whoever reads or writes all of them.
// The names stand in the families' tables: llamaNames.ts, gemmaNames.ts, starcoder2Names.ts, gpt2Names.ts.

import { assertNever } from "../../common/assertNever";
import type { ModelConfig } from "./config";
import * as gemma from "./gemmaNames";
import * as gpt2 from "./gpt2Names";
import * as llama from "./llamaNames";
import * as starcoder2 from "./starcoder2Names";
import {
  biasWeights,
  linearWeight,
  type LinearGroup,
  type Weight,
} from "./weightGroups";

export type { LinearGroup, LinearPart, Weight } from "./weightGroups";

/** What a family's table says of the weights of one model. */
interface FamilyNames {
  embedding: string;
  layerGroups(layer: number): Record<string, LinearGroup>;
  /** Before the first layer, without the embedding. */
  firstWeights: Weight[];
  layerWeights(layer: number): Weight[];
  /** After the last layer, without the output head. */
  finalWeights: Weight[];
  /** The name here of a tensor of a file; `undefined` for one that no graph needs. */
  canonicalName(name: string): string | undefined;
}

function namesOf(config: ModelConfig): FamilyNames {
  switch (config.architecture) {
    case "llama":
      return {
        embedding: llama.EMBEDDING_NAME,
        layerGroups: (layer) => llama.layerGroups(config, layer),
        firstWeights: [],
        layerWeights: (layer) => llama.layerWeights(config, layer),
        finalWeights: llama.finalWeights(config),
        canonicalName: (name) => (llama.isUnused(name) ? undefined : name),
      };
    case "gemma3":
      return {
        embedding: gemma.EMBEDDING_NAME,
        layerGroups: (layer) => gemma.layerGroups(config, layer),
        firstWeights: [],
        layerWeights: (layer) => gemma.layerWeights(config, layer),
        finalWeights: gemma.finalWeights(config),
        canonicalName: (name) => name,
      };
    case "starcoder2":
      return {
        embedding: starcoder2.EMBEDDING_NAME,
        layerGroups: (layer) => starcoder2.layerGroups(config, layer),
        firstWeights: [],
        layerWeights: (layer) => starcoder2.layerWeights(config, layer),
        finalWeights: starcoder2.finalWeights(config),
        canonicalName: (name) => name,
      };
    case "gpt2":
      return {
        embedding: gpt2.EMBEDDING_NAME,
        layerGroups: (layer) => gpt2.layerGroups(config, layer),
        firstWeights: gpt2.firstWeights(config),
        layerWeights: (layer) => gpt2.layerWeights(config, layer),
        finalWeights: gpt2.finalWeights(config),
        canonicalName: (name) =>
          gpt2.isUnused(name) ? undefined : gpt2.withPrefix(name),
      };
    default:
      return assertNever(config);
  }
}

/** The linear layers of decoder layer `layer`, in the order in which they are computed. */
export function layerGroups(
  config: ModelConfig,
  layer: number,
): Record<string, LinearGroup> {
  return namesOf(config).layerGroups(layer);
}

/** The token embedding, [vocabSize, embeddingDim]; the output head too where embeddings are tied. */
export function embeddingGroup(config: ModelConfig): LinearGroup {
  return vocabularyGroup(config, namesOf(config).embedding);
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
  const names = namesOf(config);
  const weights = [linearWeight(embeddingGroup(config)), ...names.firstWeights];
  for (let layer = 0; layer < config.numLayers; layer++) {
    weights.push(...names.layerWeights(layer));
  }
  weights.push(...names.finalWeights);
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
  return namesOf(config).canonicalName(name);
}
