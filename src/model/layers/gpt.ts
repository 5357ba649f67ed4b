// What every family of GPTs offers to the graphs that are built from it, and what may differ between those graphs.
// Knows no family: architecture.ts chooses one.

import type { CacheSide } from "../../common/graphNames";
import type { GraphBuilder, Value } from "../../onnx/graphBuilder";
import type { KvScales } from "../files/calibration";
import type { ModelConfig } from "../files/config";
import type {
  AccuracyLevel,
  declareLinear,
  declareWeight,
} from "./linearLayer";

/** Longest sequence that graphs are made for; longer contexts than this are no use to a small model. */
export const MAX_POSITIONS = 4096;

/** How the cache of keys and values is stored. */
export type KvCacheType = "float32" | "int8";

/** Keys and values of one layer, [1, numKvHeads, positions, headDim], keys rotated where the family rotates them. */
export interface LayerCache {
  key: Value;
  value: Value;
}

/** What a forward pass on a cache is given. */
export interface CachedInputs {
  /** int64 [1, T] */
  tokenIds: Value;
  /** int32 [1]: tokens in the cache after this pass, minus one. */
  lastPosition: Value;
  /** int32 [1]: tokens in the cache after this pass. */
  totalLength: Value;
  /** One entry a layer. */
  past: LayerCache[];
}

/** Positions of a sequence, the end excluded; int64 [1] each. */
export interface PositionRange {
  start: Value;
  end: Value;
}

/** What a forward pass without a cache is given, as in training; it needs `GptOptions.attend`. */
export interface UncachedInputs {
  /** int64 [1, T] */
  tokenIds: Value;
  /** int64 [1, T]: the place of each token in its document. */
  positions: Value;
}

export type ForwardInputs = CachedInputs | UncachedInputs;

/** Cosines and sines by position, each [MAX_POSITIONS, headDim / 2]. */
export interface RotaryTables {
  cos: Value;
  sin: Value;
}

/** What one layer's attention is given. */
export interface AttentionInputs {
  layer: number;
  /** Query, key and value rows side by side: [1, T, (numHeads + 2 numKvHeads) headDim]. */
  queryKeyValue: Value;
  inputs: ForwardInputs;
  /** Absent where queries and keys are not rotated. */
  rotary: RotaryTables | undefined;
  /** What products of queries and keys are multiplied by; 1 / sqrt(headDim) without it. */
  scale?: number;
  /** Tokens that a token sees, itself among them; all before it without it. */
  window?: number | undefined;
}

/** Adds one layer's attention to a graph: output [1, T, numHeads headDim] and, where there is a cache, its new entries. */
export type Attend = (
  graph: GraphBuilder,
  inputs: AttentionInputs,
) => { output: Value; present?: LayerCache };

/** What differs between the graphs of one model. */
export interface GptOptions {
  /** Scales per layer and channel for an int8 cache; without them the cache is float32. */
  kvScales: KvScales | undefined;
  accuracyLevel: AccuracyLevel;
  /**
   * Widens an int8 cache to float32 for attention and rounds it again afterwards. Attention over an int8 cache is the
   * fastest for one row and slow for many: 512 rows at once take twice the time (docs/LOG.md).
   */
  widensCache?: boolean;
  /** Declares the linear layers; an adapter and training put their own in its place. */
  linear?: typeof declareLinear;
  /** Declares the weights outside of linear layers, such as norms; training may put its own in its place. */
  weight?: typeof declareWeight;
  /** How tokens attend to each other; without it by grouped-query attention on a cache. */
  attend?: Attend;
}

/** The cache of keys and values as inputs and outputs of graphs. */
export interface GptCache {
  /** Declares the past of every layer as inputs of `graph`, named by `prefix`. */
  declarePast(
    graph: GraphBuilder,
    names: { prefix: CacheSide; capacity: string },
  ): LayerCache[];

  /** Makes the keys and values of every layer outputs of `graph`, named by `prefix`. */
  outputPresent(
    graph: GraphBuilder,
    present: LayerCache[],
    names: { prefix: CacheSide; capacity: string },
  ): void;

  /**
   * Makes the keys and values of a run of positions outputs of `graph`: `newKey0`, `newValue0`… [1, numKvHeads, end -
   * start, headDim]. What was there before need not cross the border to Node again.
   */
  outputNew(
    graph: GraphBuilder,
    present: LayerCache[],
    positions: PositionRange,
  ): void;
}

/** A model whose weights are declared in a root graph, to be applied there or in a graph below it. */
export interface Gpt {
  readonly config: ModelConfig;
  readonly cache: GptCache;

  /**
   * All layers: hidden states [1, T, embeddingDim] after the last normalisation and the cache with this pass's tokens,
   * empty where there is none. With `cacheOnly` the last layer ends after its keys and values, and there are no hidden
   * states.
   */
  forward(
    graph: GraphBuilder,
    inputs: ForwardInputs,
    options?: { cacheOnly?: boolean },
  ): { hidden: Value | undefined; present: LayerCache[] };

  /** Hidden states [1, T, embeddingDim] -> logits [1, T, vocabSize]; to be called once. */
  logits(graph: GraphBuilder, hidden: Value): Value;
}
