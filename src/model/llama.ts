// The Llama family: token ids and past keys and values in, hidden states and new keys and values out.
// One description serves stepping, prefill, scoring and the decoding loop; weights are declared once in the root graph.
// Architecture: arXiv:2302.13971; grouped-query attention: arXiv:2305.13245; rotary embedding: arXiv:2104.09864.

import type { ElementType, GraphBuilder, Value } from "../onnx/graphBuilder";
import * as contrib from "../onnx/contribOperators";
import * as onnx from "../onnx/operators";
import type { KvScales } from "./calibration";
import type { ModelConfig } from "./config";
import {
  declareLinear,
  declareTensor,
  type AccuracyLevel,
  type LinearLayer,
} from "./linearLayer";
import type { ModelFolder } from "./modelFolder";
import { findTensor } from "./weights";
import {
  embeddingGroup,
  FINAL_NORM_NAME,
  headGroup,
  layerGroups,
  layerNormNames,
  type LinearGroup,
} from "./weightNames";

/** Longest sequence that rotary tables are made for; longer contexts than this are no use to a small model. */
export const MAX_POSITIONS = 4096;

/** How the cache of keys and values is stored. */
export type KvCacheType = "float32" | "int8";

/** What differs between the graphs of one model. */
export interface LlamaOptions {
  /** Scales per layer and channel for an int8 cache; without them the cache is float32. */
  kvScales: KvScales | undefined;
  accuracyLevel: AccuracyLevel;
  /**
   * Widens an int8 cache to float32 for attention and rounds it again afterwards. Attention over an int8 cache is the
   * fastest for one row and slow for many: 512 rows at once take twice the time (docs/LOG.md).
   */
  widensCache?: boolean;
}

/** Keys and values of one layer, [1, numKvHeads, positions, headDim], keys rotated. */
export interface LayerCache {
  key: Value;
  value: Value;
}

/** What a forward pass is given. */
export interface ForwardInputs {
  /** int64 [1, T] */
  tokenIds: Value;
  /** int32 [1]: tokens in the cache after this pass, minus one. */
  lastPosition: Value;
  /** int32 [1]: tokens in the cache after this pass. */
  totalLength: Value;
  /** One entry a layer. */
  past: LayerCache[];
}

interface LlamaLayer {
  attentionNorm: Value;
  queryKeyValue: LinearLayer;
  attentionOutput: LinearLayer;
  feedForwardNorm: Value;
  gateUp: LinearLayer;
  down: LinearLayer;
  cacheScales: LayerCache | undefined;
}

/** A Llama whose weights are declared in a root graph, to be applied there or in a graph below it. */
export class Llama {
  readonly config: ModelConfig;
  readonly cacheType: KvCacheType;
  private readonly layers: LlamaLayer[];
  private readonly embedding: LinearLayer;
  /** Declared when logits are asked for: a graph for prefill has no use for it, nor do its weights hold it. */
  private readonly declareHead: () => LinearLayer;
  private readonly finalNorm: Value;
  private readonly cos: Value;
  private readonly sin: Value;
  private readonly headSink: Value;

  constructor(
    root: GraphBuilder,
    private readonly folder: ModelFolder,
    private readonly options: LlamaOptions,
  ) {
    const { config } = folder;
    this.config = config;
    this.cacheType = options.kvScales ? "int8" : "float32";
    const linear = (group: LinearGroup) =>
      declareLinear(root, folder, {
        group,
        accuracyLevel: options.accuracyLevel,
      });
    this.embedding = linear(embeddingGroup(config));
    this.declareHead = () =>
      config.hasTiedEmbeddings ? this.embedding : linear(headGroup(config));
    this.finalNorm = this.declareNorm(root, FINAL_NORM_NAME);
    this.layers = Array.from({ length: config.numLayers }, (_, layer) => {
      const groups = layerGroups(config, layer);
      const norms = layerNormNames(layer);
      return {
        attentionNorm: this.declareNorm(root, norms.attention),
        queryKeyValue: linear(groups.queryKeyValue),
        attentionOutput: linear(groups.attentionOutput),
        feedForwardNorm: this.declareNorm(root, norms.feedForward),
        gateUp: linear(groups.gateUp),
        down: linear(groups.down),
        cacheScales: declareScales(root, options.kvScales, layer),
      };
    });
    const tables = rotaryTables(config);
    const tableShape = [MAX_POSITIONS, config.headDim / 2];
    this.cos = root.floats(tables.cos, tableShape);
    this.sin = root.floats(tables.sin, tableShape);
    // GroupQueryAttention takes its faster path when it has a sink, and a logit of -1e9 adds nothing to the softmax.
    this.headSink = root.floats(new Float32Array(config.numHeads).fill(-1e9), [
      config.numHeads,
    ]);
  }

  /** Declares the past of every layer as inputs of `graph`, named by `prefix`. */
  declarePast(
    graph: GraphBuilder,
    { prefix, capacity }: { prefix: string; capacity: string },
  ): LayerCache[] {
    const shape = this.cacheShape(capacity);
    return this.layers.map((_, layer) => ({
      key: graph.input(`${prefix}Key${layer}`, this.cacheType, shape),
      value: graph.input(`${prefix}Value${layer}`, this.cacheType, shape),
    }));
  }

  /** Makes the keys and values of every layer outputs of `graph`, named by `prefix`. */
  outputPresent(
    graph: GraphBuilder,
    present: LayerCache[],
    { prefix, capacity }: { prefix: string; capacity: string },
  ): void {
    const tensor: { type: ElementType; shape: (number | string)[] } = {
      type: this.cacheType,
      shape: this.cacheShape(capacity),
    };
    present.forEach(({ key, value }, layer) => {
      graph.output(`${prefix}Key${layer}`, key, tensor);
      graph.output(`${prefix}Value${layer}`, value, tensor);
    });
  }

  /**
   * All layers: hidden states [1, T, embeddingDim] after the last normalisation and the cache with this pass's tokens.
   * With `cacheOnly` the last layer ends after its keys and values, and there are no hidden states.
   */
  forward(
    graph: GraphBuilder,
    inputs: ForwardInputs,
    { cacheOnly = false } = {},
  ): { hidden: Value | undefined; present: LayerCache[] } {
    const { normEpsilon } = this.config;
    const present: LayerCache[] = [];
    let residual = this.embedding.gatherRows(graph, inputs.tokenIds); // [1, T, embeddingDim]
    let normalised = contrib.simplifiedLayerNormalization(
      graph,
      [residual, this.layers[0]!.attentionNorm],
      normEpsilon,
    );
    for (const [index, layer] of this.layers.entries()) {
      const isLast = index === this.layers.length - 1;
      const attention = this.attend(graph, {
        queryKeyValue: layer.queryKeyValue.apply(graph, normalised), // [1, T, (numHeads + 2 numKvHeads) headDim]
        layer,
        past: inputs.past[index]!,
        inputs,
      });
      present.push({ key: attention.key, value: attention.value });
      if (isLast && cacheOnly) return { hidden: undefined, present };

      const attended = contrib.skipSimplifiedLayerNormalization(
        graph,
        [
          layer.attentionOutput.apply(graph, attention.output),
          residual,
          layer.feedForwardNorm,
        ],
        normEpsilon,
      );
      const [gate, up] = onnx.splitLast(
        graph,
        layer.gateUp.apply(graph, attended.normalised),
        2,
      ); // each [1, T, feedForwardDim]
      const activated = onnx.mul(graph, [contrib.silu(graph, gate!), up!]);
      const fed = contrib.skipSimplifiedLayerNormalization(
        graph,
        [
          layer.down.apply(graph, activated),
          attended.sum,
          isLast ? this.finalNorm : this.layers[index + 1]!.attentionNorm,
        ],
        normEpsilon,
      );
      residual = fed.sum;
      normalised = fed.normalised;
    }
    return { hidden: normalised, present };
  }

  /** Hidden states [1, T, embeddingDim] -> logits [1, T, vocabSize]; to be called once. */
  logits(graph: GraphBuilder, hidden: Value): Value {
    return this.declareHead().apply(graph, hidden);
  }

  private attend(
    graph: GraphBuilder,
    {
      queryKeyValue,
      layer: { cacheScales },
      past,
      inputs: { lastPosition, totalLength },
    }: {
      queryKeyValue: Value;
      layer: LlamaLayer;
      past: LayerCache;
      inputs: ForwardInputs;
    },
  ) {
    const widening = this.options.widensCache ? cacheScales : undefined;
    const attention = contrib.groupQueryAttention(
      graph,
      {
        queryKeyValue,
        past: widening
          ? {
              key: this.widen(graph, past.key, widening.key),
              value: this.widen(graph, past.value, widening.value),
            }
          : past,
        lastPosition,
        totalLength,
        cos: this.cos,
        sin: this.sin,
        headSink: this.headSink,
        cacheScales: widening ? undefined : cacheScales,
      },
      this.config,
    );
    if (!widening) return attention;
    return {
      output: attention.output,
      key: this.narrow(graph, attention.key, widening.key),
      value: this.narrow(graph, attention.value, widening.value),
    };
  }

  /** int8 [1, numKvHeads, positions, headDim] -> float32, by scales [numKvHeads * headDim]. */
  private widen(graph: GraphBuilder, cached: Value, scales: Value): Value {
    const { numKvHeads, headDim } = this.config;
    const wide = onnx.mul(graph, [
      onnx.cast(graph, cached, "float32"),
      this.perChannel(graph, scales),
    ]);
    // A view that hides the number of positions: else ONNX Runtime takes the past's buffer for the longer present.
    return onnx.reshape(graph, [
      wide,
      graph.ints([1, numKvHeads, -1, headDim]),
    ]);
  }

  /** The reverse of `widen`; an entry that was int8 before comes back as it was. */
  private narrow(graph: GraphBuilder, wide: Value, scales: Value): Value {
    return onnx.quantizeLinear(graph, [
      onnx.div(graph, [wide, this.perChannel(graph, scales)]),
      graph.floats([1]),
      graph.inline("int8", Int8Array.of(0), []),
    ]);
  }

  private perChannel(graph: GraphBuilder, scales: Value): Value {
    const { numKvHeads, headDim } = this.config;
    return onnx.reshape(graph, [
      scales,
      graph.ints([1, numKvHeads, 1, headDim]),
    ]);
  }

  private cacheShape(capacity: string): (number | string)[] {
    return [1, this.config.numKvHeads, capacity, this.config.headDim];
  }

  private declareNorm(root: GraphBuilder, name: string): Value {
    const shape = [this.config.embeddingDim];
    return declareTensor(root, findTensor(this.folder, name, shape));
  }
}

function declareScales(
  root: GraphBuilder,
  scales: KvScales | undefined,
  layer: number,
): LayerCache | undefined {
  if (!scales) return undefined;
  const declare = (values: number[]) => root.floats(values, [values.length]);
  return {
    key: declare(scales.keys[layer]!),
    value: declare(scales.values[layer]!),
  };
}

/** Cosines and sines of position * base^(-2i / headDim), row by row (arXiv:2104.09864, equation 15). */
function rotaryTables({ headDim, ropeBase }: ModelConfig) {
  const half = headDim / 2;
  const cos = new Float32Array(MAX_POSITIONS * half);
  const sin = new Float32Array(MAX_POSITIONS * half);
  for (let position = 0; position < MAX_POSITIONS; position++) {
    for (let i = 0; i < half; i++) {
      const angle = position / ropeBase ** ((2 * i) / headDim);
      cos[position * half + i] = Math.cos(angle);
      sin[position * half + i] = Math.sin(angle);
    }
  }
  return { cos, sin };
}
