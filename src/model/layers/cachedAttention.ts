// Grouped-query attention on a cache of keys and values, float32 or int8: how every family attends except in training.
// Also declares that cache as inputs and outputs of a graph.

import {
  cacheNames,
  type CacheSide,
  type SequenceInput,
} from "../../common/graphNames";
import * as contrib from "../../onnx/contribOperators";
import type { ElementType, GraphBuilder, Value } from "../../onnx/graphBuilder";
import * as onnx from "../../onnx/operators";
import type { KvScales } from "../files/calibration";
import type { ModelConfig } from "../files/config";
import type {
  AttentionInputs,
  CachedInputs,
  GptCache,
  GptOptions,
  KvCacheType,
  LayerCache,
  PositionRange,
} from "./gpt";

/** Attention whose scales and constants are declared in a root graph. */
export class CachedAttention implements GptCache {
  private readonly cacheType: KvCacheType;
  private readonly cacheScales: (LayerCache | undefined)[];
  private readonly headSink: Value;

  constructor(
    root: GraphBuilder,
    private readonly config: ModelConfig,
    private readonly options: Pick<GptOptions, "kvScales" | "widensCache">,
  ) {
    const { kvScales } = options;
    this.cacheType = kvScales ? "int8" : "float32";
    this.cacheScales = Array.from({ length: config.numLayers }, (_, layer) =>
      declareScales(root, kvScales, layer),
    );
    // GroupQueryAttention takes its faster path when it has a sink, and a logit of -1e9 adds nothing to the softmax.
    this.headSink = root.floats(new Float32Array(config.numHeads).fill(-1e9), [
      config.numHeads,
    ]);
  }

  /** Declares the past of every layer as inputs of `graph`, named by `prefix`. */
  declarePast(
    graph: GraphBuilder,
    { prefix, capacity }: { prefix: CacheSide; capacity: string },
  ): LayerCache[] {
    const shape = this.cacheShape(capacity);
    return this.cacheScales.map((_, layer) => {
      const names = cacheNames(prefix, layer);
      return {
        key: graph.input(names.key, this.cacheType, shape),
        value: graph.input(names.value, this.cacheType, shape),
      };
    });
  }

  /** Makes the keys and values of every layer outputs of `graph`, named by `prefix`. */
  outputPresent(
    graph: GraphBuilder,
    present: LayerCache[],
    { prefix, capacity }: { prefix: CacheSide; capacity: string },
  ): void {
    this.outputCache(graph, present, { prefix, positions: capacity });
  }

  /** Makes the keys and values of a run of positions outputs of `graph`: `newKey0`, `newValue0`… */
  outputNew(
    graph: GraphBuilder,
    present: LayerCache[],
    { start, end }: PositionRange,
  ): void {
    const cut = (cached: Value) =>
      onnx.slice(graph, cached, { starts: start, ends: end, axis: 2 });
    const added = present.map(({ key, value }) => ({
      key: cut(key),
      value: cut(value),
    }));
    this.outputCache(graph, added, { prefix: "new", positions: "numNew" });
  }

  private outputCache(
    graph: GraphBuilder,
    caches: LayerCache[],
    { prefix, positions }: { prefix: CacheSide; positions: string },
  ): void {
    const tensor: { type: ElementType; shape: (number | string)[] } = {
      type: this.cacheType,
      shape: this.cacheShape(positions),
    };
    for (const [layer, cache] of caches.entries()) {
      const { key, value } = this.asStored(graph, cache, layer);
      const names = cacheNames(prefix, layer);
      graph.output(names.key, key, tensor);
      graph.output(names.value, value, tensor);
    }
  }

  /** One layer's attention on its past. */
  attend(
    graph: GraphBuilder,
    { layer, queryKeyValue, inputs, rotary, scale, window }: AttentionInputs,
  ): { output: Value; present: LayerCache } {
    if (!("past" in inputs)) {
      throw new TypeError(
        "Cannot attend: the forward pass has no past, expected one or an attention of its own in the options",
      );
    }
    const past = inputs.past[layer]!;
    const cacheScales = this.cacheScales[layer];
    const widening = this.wideningOf(layer);
    const { output, key, value } = contrib.groupQueryAttention(
      graph,
      {
        queryKeyValue,
        past: widening
          ? {
              key: this.widen(graph, past.key, widening.key),
              value: this.widen(graph, past.value, widening.value),
            }
          : past,
        lastPosition: inputs.lastPosition,
        totalLength: inputs.totalLength,
        rotary,
        headSink: this.headSink,
        cacheScales: widening ? undefined : cacheScales,
        scale,
        window,
      },
      this.config,
    );
    return { output, present: { key, value } };
  }

  /** Keys and values of a layer as the cache holds them: rounded again where they were widened. */
  private asStored(
    graph: GraphBuilder,
    { key, value }: LayerCache,
    layer: number,
  ): LayerCache {
    const widening = this.wideningOf(layer);
    if (!widening) return { key, value };
    return {
      key: this.narrow(graph, key, widening.key),
      value: this.narrow(graph, value, widening.value),
    };
  }

  private wideningOf(layer: number): LayerCache | undefined {
    return this.options.widensCache ? this.cacheScales[layer] : undefined;
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

  /** The reverse of `widen`. */
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

/** The inputs of a graph that runs tokens on a past. */
export function declareCachedInputs(
  graph: GraphBuilder,
  cache: GptCache,
): CachedInputs {
  const input = (
    name: SequenceInput,
    type: "int64" | "int32",
    shape: (number | string)[],
  ) => graph.input(name, type, shape);
  return {
    tokenIds: input("tokenIds", "int64", [1, "T"]),
    lastPosition: input("lastPosition", "int32", [1]),
    totalLength: input("totalLength", "int32", [1]),
    past: cache.declarePast(graph, { prefix: "past", capacity: "capacity" }),
  };
}

/** The positions of the tokens that a pass adds: the last T of them all. */
export function addedPositions(
  graph: GraphBuilder,
  { tokenIds, totalLength }: Pick<CachedInputs, "tokenIds" | "totalLength">,
): PositionRange {
  const end = onnx.cast(graph, totalLength, "int64");
  const numAdded = onnx.gather(
    graph,
    [onnx.shape(graph, tokenIds), graph.ints([1])],
    0,
  );
  return { start: onnx.sub(graph, [end, numAdded]), end };
}
