// Names and shapes of a Llama model's weights, as Hugging Face writes them, and how a quantised folder groups them: for
// every member of the family (config.ts).
// This table is the only place where those names stand.

import type { LlamaConfig } from "./config";
import {
  linearWeight,
  vectorWeight,
  type LinearGroup,
  type Weight,
} from "./weightGroups";

/** What the sizes of linear layers follow from. */
type LinearSizes = Pick<
  LlamaConfig,
  | "embeddingDim"
  | "feedForwardDim"
  | "numHeads"
  | "numKvHeads"
  | "headDim"
  | "biases"
  | "isFused"
>;

/** The linear layers of decoder layer `layer`, in the order in which they are computed. */
export function layerGroups(config: LinearSizes, layer: number) {
  const prefix = `model.layers.${layer}`;
  const { embeddingDim, feedForwardDim, biases, isFused } = config;
  const queryDim = config.numHeads * config.headDim;
  const keyDim = config.numKvHeads * config.headDim;
  /** Parts as [name, rows], the whole under the group's own name where the family has them as one matrix. */
  const group = (
    name: string,
    numColumns: number,
    {
      parts,
      hasBias,
    }: { parts: [name: string, numRows: number][]; hasBias: boolean },
  ): LinearGroup => {
    const numRows = parts.reduce((sum, [, rows]) => sum + rows, 0);
    const stored = isFused ? [[name, numRows] as const] : parts;
    return {
      name: `${prefix}.${name}`,
      numColumns,
      parts: stored.map(([part, rows]) => ({
        name: `${prefix}.${part}`,
        numRows: rows,
      })),
      hasBias,
    };
  };
  return {
    queryKeyValue: group("self_attn.qkv_proj", embeddingDim, {
      parts: [
        ["self_attn.q_proj", queryDim],
        ["self_attn.k_proj", keyDim],
        ["self_attn.v_proj", keyDim],
      ],
      hasBias: biases.queryKeyValue,
    }),
    attentionOutput: group("self_attn.o_proj", queryDim, {
      parts: [["self_attn.o_proj", embeddingDim]],
      hasBias: biases.attentionOutput,
    }),
    gateUp: group("mlp.gate_up_proj", embeddingDim, {
      parts: [
        ["mlp.gate_proj", feedForwardDim],
        ["mlp.up_proj", feedForwardDim],
      ],
      hasBias: biases.mlp,
    }),
    down: group("mlp.down_proj", feedForwardDim, {
      parts: [["mlp.down_proj", embeddingDim]],
      hasBias: biases.mlp,
    }),
  };
}

/** Names of the two normalisation weights of a layer, each of shape [embeddingDim]. */
export function layerNormNames(layer: number) {
  return {
    attention: `model.layers.${layer}.input_layernorm.weight`,
    feedForward: `model.layers.${layer}.post_attention_layernorm.weight`,
  };
}

/** Names of the weights that each head's queries and keys are normalised with, each of shape [headDim]. */
export function headNormNames(layer: number) {
  return {
    query: `model.layers.${layer}.self_attn.q_norm.weight`,
    key: `model.layers.${layer}.self_attn.k_norm.weight`,
  };
}

export const FINAL_NORM_NAME = "model.norm.weight";
export const EMBEDDING_NAME = "model.embed_tokens";

/** The weights of layer `layer`, in the order in which they are computed. */
export function layerWeights(config: LlamaConfig, layer: number): Weight[] {
  const groups = layerGroups(config, layer);
  const norms = layerNormNames(layer);
  const norm = (name: string) => vectorWeight(name, config.embeddingDim);
  const headNorms = config.hasQueryKeyNorm
    ? Object.values(headNormNames(layer))
    : [];
  return [
    norm(norms.attention),
    linearWeight(groups.queryKeyValue),
    ...headNorms.map((name) => vectorWeight(name, config.headDim)),
    linearWeight(groups.attentionOutput),
    norm(norms.feedForward),
    linearWeight(groups.gateUp),
    linearWeight(groups.down),
  ];
}

/** The weights after the last layer, without the output head. */
export function finalWeights(config: LlamaConfig): Weight[] {
  return [vectorWeight(FINAL_NORM_NAME, config.embeddingDim)];
}

/** Old checkpoints hold rotary frequencies, which follow from the config. */
export function isUnused(name: string): boolean {
  return name.endsWith(".rotary_emb.inv_freq");
}
