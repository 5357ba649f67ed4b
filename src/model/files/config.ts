// What a GPT is in numbers: the fields of a Hugging Face `config.json` that the graphs need, under our names
// (parseConfig.ts reads them).

import type { Rope } from "./ropeConfig";

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

/**
 * The Llama family: rotary positions, RMSNorm, SwiGLU. What Mistral, Qwen2, Qwen3, Granite, SmolLM3, Phi-3 and the first
 * Gemma do otherwise is said by its fields.
 */
export interface LlamaConfig extends CommonConfig {
  architecture: "llama";
  rope: Rope;
  /** By layer, whether positions turn its queries and keys: not in every fourth layer of SmolLM3. */
  isRotated: boolean[];
  /** Tokens that a token sees, itself among them; undefined where it sees all before it. */
  slidingWindow: number | undefined;
  /** Which linear layers have biases: Qwen2's queries, keys and values have. */
  biases: { queryKeyValue: boolean; attentionOutput: boolean; mlp: boolean };
  /** Queries and keys are normalised by head, as in Qwen3. */
  hasQueryKeyNorm: boolean;
  /** Queries, keys and values are one matrix, gate and up another, as in Phi-3. */
  isFused: boolean;
  multipliers: Multipliers;
  /** What the gate goes through: SiLU, or in Gemma GELU by its approximation with tanh. */
  gate: "silu" | "gelu";
  /** Weights of norms hold their distance from 1, as in Gemma. */
  hasShiftedNorms: boolean;
}

/** Granite's four scalars; 1, and 1 / sqrt(headDim) for scores, elsewhere. */
export interface Multipliers {
  embedding: number;
  /** Of the products of queries and keys. */
  attention: number;
  /** Of what attention and feed-forward network add to the residual stream. */
  residual: number;
  logits: number;
}

/** The GPT-2 family: learned positions, LayerNorm, GELU, biases everywhere. */
export interface Gpt2Config extends CommonConfig {
  architecture: "gpt2";
  /** Which GELU: exact, or its approximation with tanh. */
  gelu: "none" | "tanh";
}

/** The Gemma 3 family: norms before and behind, GELU's gate, a window in most layers. */
export interface GemmaConfig extends CommonConfig {
  architecture: "gemma3";
  rope: Rope;
  /** By which angles layers with a window are turned. */
  localRope: Rope;
  /** By layer, whether a token sees a window only. */
  isLocal: boolean[];
  /** Tokens that it sees there, itself among them. */
  slidingWindow: number;
  /** What products of queries and keys are multiplied by. */
  attentionScale: number;
}

/** The StarCoder2 family: rotary positions, LayerNorm, GELU. */
export interface StarCoder2Config extends CommonConfig {
  architecture: "starcoder2";
  rope: Rope;
  /** Tokens that a token sees, itself among them; undefined where it sees all before it. */
  slidingWindow: number | undefined;
  /** Which GELU: exact, or its approximation with tanh. */
  gelu: "none" | "tanh";
  /** All linear layers have biases, or none. */
  hasBias: boolean;
}

/** The architecture of one model. */
export type ModelConfig =
  LlamaConfig | GemmaConfig | StarCoder2Config | Gpt2Config;
