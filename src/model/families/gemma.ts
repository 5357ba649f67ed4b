// The Gemma 3 family: token ids and past keys and values in, hidden states and new keys and values out. Rotary positions
// and grouped queries as in a Llama; what differs: norms behind each block too, a gate of GELU, embeddings times the root
// of their length, and layers that see a window of tokens, turned by angles of their own, between layers that see all.
// Architecture: arXiv:2503.19786, section 2.

import * as contrib from "../../onnx/contribOperators";
import type { GraphBuilder, Value } from "../../onnx/graphBuilder";
import * as onnx from "../../onnx/operators";
import type { GemmaConfig } from "../files/config";
import {
  FINAL_NORM_NAME,
  headNormNames,
  layerGroups,
  layerNormNames,
} from "../files/gemmaNames";
import type { ModelFolder } from "../files/modelFolder";
import {
  embeddingGroup,
  headGroup,
  type LinearGroup,
} from "../files/weightNames";
import { CachedAttention } from "../layers/cachedAttention";
import type {
  Attend,
  ForwardInputs,
  Gpt,
  GptOptions,
  LayerCache,
  RotaryTables,
} from "../layers/gpt";
import { normaliseHeads, type HeadNorms } from "../layers/headNorm";
import {
  declareLinear,
  declareWeight,
  type LinearLayer,
} from "../layers/linearLayer";
import { declareRotary } from "../layers/rotaryTables";

interface GemmaLayer {
  beforeAttention: Value;
  queryKeyValue: LinearLayer;
  headNorms: HeadNorms;
  attentionOutput: LinearLayer;
  behindAttention: Value;
  beforeFeedForward: Value;
  gateUp: LinearLayer;
  down: LinearLayer;
  behindFeedForward: Value;
}

/** A Gemma 3; see `Gpt`. */
export class Gemma implements Gpt {
  readonly config: GemmaConfig;
  readonly cache: CachedAttention;
  private readonly layers: GemmaLayer[];
  private readonly embedding: LinearLayer;
  /** Declared when logits are asked for: a graph for prefill has no use for it, nor do its weights hold it. */
  private readonly declareHead: () => LinearLayer;
  private readonly finalNorm: Value;
  private readonly rotary: RotaryTables;
  private readonly localRotary: RotaryTables;
  private readonly attend: Attend;

  constructor(
    root: GraphBuilder,
    folder: ModelFolder & { config: GemmaConfig },
    options: GptOptions,
  ) {
    const { config } = folder;
    const { embeddingDim, headDim } = config;
    const { linear = declareLinear, weight = declareWeight } = options;
    this.config = config;
    const declare = (group: LinearGroup) =>
      linear(root, folder, { group, accuracyLevel: options.accuracyLevel });
    // What is stored is the distance from 1.
    const norm = (name: string, length = embeddingDim) =>
      onnx.add(root, [
        weight(root, folder, { name, shape: [length] }),
        root.floats([1]),
      ]);
    this.embedding = declare(embeddingGroup(config));
    this.declareHead = () =>
      config.hasTiedEmbeddings ? this.embedding : declare(headGroup(config));
    this.finalNorm = norm(FINAL_NORM_NAME);
    this.layers = Array.from({ length: config.numLayers }, (_, layer) => {
      const groups = layerGroups(config, layer);
      const norms = layerNormNames(layer);
      const heads = headNormNames(layer);
      return {
        beforeAttention: norm(norms.beforeAttention),
        queryKeyValue: declare(groups.queryKeyValue),
        headNorms: {
          query: norm(heads.query, headDim),
          key: norm(heads.key, headDim),
        },
        attentionOutput: declare(groups.attentionOutput),
        behindAttention: norm(norms.behindAttention),
        beforeFeedForward: norm(norms.beforeFeedForward),
        gateUp: declare(groups.gateUp),
        down: declare(groups.down),
        behindFeedForward: norm(norms.behindFeedForward),
      };
    });
    this.rotary = declareRotary(root, config.rope, config);
    this.localRotary = declareRotary(root, config.localRope, config);
    this.cache = new CachedAttention(root, config, options);
    this.attend =
      options.attend ?? ((graph, inputs) => this.cache.attend(graph, inputs));
  }

  forward(
    graph: GraphBuilder,
    inputs: ForwardInputs,
    { cacheOnly = false } = {},
  ): { hidden: Value | undefined; present: LayerCache[] } {
    const { config } = this;
    const present: LayerCache[] = [];
    let residual = onnx.mul(graph, [
      this.embedding.gatherRows(graph, inputs.tokenIds),
      graph.floats([Math.sqrt(config.embeddingDim)]),
    ]); // [1, T, embeddingDim]
    let normalised = this.normalise(
      graph,
      residual,
      this.layers[0]!.beforeAttention,
    );
    for (const [index, layer] of this.layers.entries()) {
      const isLast = index === this.layers.length - 1;
      const isLocal = config.isLocal[index];
      const attention = this.attend(graph, {
        layer: index,
        queryKeyValue: normaliseHeads(
          graph,
          layer.queryKeyValue.apply(graph, normalised),
          { norms: layer.headNorms, config },
        ), // [1, T, (numHeads + 2 numKvHeads) headDim]
        inputs,
        rotary: isLocal ? this.localRotary : this.rotary,
        scale: config.attentionScale,
        window: isLocal ? config.slidingWindow : undefined,
      });
      if (attention.present) present.push(attention.present);
      if (isLast && cacheOnly) return { hidden: undefined, present };

      const attended = contrib.skipSimplifiedLayerNormalization(
        graph,
        [
          this.normalise(
            graph,
            layer.attentionOutput.apply(graph, attention.output),
            layer.behindAttention,
          ),
          residual,
          layer.beforeFeedForward,
        ],
        config.normEpsilon,
      );
      const [gate, up] = onnx.splitLast(
        graph,
        layer.gateUp.apply(graph, attended.normalised),
        2,
      ); // each [1, T, feedForwardDim]
      const activated = onnx.mul(graph, [onnx.gelu(graph, gate!, "tanh"), up!]);
      const fed = contrib.skipSimplifiedLayerNormalization(
        graph,
        [
          this.normalise(
            graph,
            layer.down.apply(graph, activated),
            layer.behindFeedForward,
          ),
          attended.sum,
          isLast ? this.finalNorm : this.layers[index + 1]!.beforeAttention,
        ],
        config.normEpsilon,
      );
      residual = fed.sum;
      normalised = fed.normalised;
    }
    return { hidden: normalised, present };
  }

  logits(graph: GraphBuilder, hidden: Value): Value {
    return this.declareHead().apply(graph, hidden);
  }

  private normalise(graph: GraphBuilder, x: Value, weight: Value): Value {
    return contrib.simplifiedLayerNormalization(
      graph,
      [x, weight],
      this.config.normEpsilon,
    );
  }
}
