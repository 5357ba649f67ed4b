// The Llama family (config.ts lists its members): token ids and past keys and values in, hidden states and new keys and
// values out.
// One description serves stepping, prefill, scoring and the decoding loop; weights are declared once in the root graph.
// Architecture: arXiv:2302.13971; grouped-query attention: arXiv:2305.13245; rotary embedding: arXiv:2104.09864.

import * as contrib from "../../onnx/contribOperators";
import type { GraphBuilder, Value } from "../../onnx/graphBuilder";
import * as onnx from "../../onnx/operators";
import { CachedAttention } from "../layers/cachedAttention";
import type { LlamaConfig } from "../files/config";
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
import type { ModelFolder } from "../files/modelFolder";
import {
  FINAL_NORM_NAME,
  headNormNames,
  layerGroups,
  layerNormNames,
} from "../files/llamaNames";
import {
  embeddingGroup,
  headGroup,
  type LinearGroup,
} from "../files/weightNames";

interface LlamaLayer {
  attentionNorm: Value;
  queryKeyValue: LinearLayer;
  headNorms: HeadNorms | undefined;
  attentionOutput: LinearLayer;
  feedForwardNorm: Value;
  gateUp: LinearLayer;
  down: LinearLayer;
}

/** A Llama; see `Gpt`. */
export class Llama implements Gpt {
  readonly config: LlamaConfig;
  readonly cache: CachedAttention;
  private readonly layers: LlamaLayer[];
  private readonly embedding: LinearLayer;
  /** Declared when logits are asked for: a graph for prefill has no use for it, nor do its weights hold it. */
  private readonly declareHead: () => LinearLayer;
  private readonly finalNorm: Value;
  private readonly rotary: RotaryTables;
  private readonly attend: Attend;

  constructor(
    root: GraphBuilder,
    folder: ModelFolder & { config: LlamaConfig },
    options: GptOptions,
  ) {
    const { config } = folder;
    const { linear = declareLinear, weight = declareWeight } = options;
    this.config = config;
    const declare = (group: LinearGroup) =>
      linear(root, folder, { group, accuracyLevel: options.accuracyLevel });
    const vector = (name: string, length: number) =>
      weight(root, folder, { name, shape: [length] });
    const norm = (name: string) => vector(name, config.embeddingDim);
    this.embedding = declare(embeddingGroup(config));
    this.declareHead = () =>
      config.hasTiedEmbeddings ? this.embedding : declare(headGroup(config));
    this.finalNorm = norm(FINAL_NORM_NAME);
    this.layers = Array.from({ length: config.numLayers }, (_, layer) => {
      const groups = layerGroups(config, layer);
      const norms = layerNormNames(layer);
      const heads = headNormNames(layer);
      return {
        attentionNorm: norm(norms.attention),
        queryKeyValue: declare(groups.queryKeyValue),
        headNorms: config.hasQueryKeyNorm
          ? {
              query: vector(heads.query, config.headDim),
              key: vector(heads.key, config.headDim),
            }
          : undefined,
        attentionOutput: declare(groups.attentionOutput),
        feedForwardNorm: norm(norms.feedForward),
        gateUp: declare(groups.gateUp),
        down: declare(groups.down),
      };
    });
    this.rotary = declareRotary(root, config.rope, config);
    this.cache = new CachedAttention(root, config, options);
    this.attend =
      options.attend ?? ((graph, inputs) => this.cache.attend(graph, inputs));
  }

  forward(
    graph: GraphBuilder,
    inputs: ForwardInputs,
    { cacheOnly = false } = {},
  ): { hidden: Value | undefined; present: LayerCache[] } {
    const { normEpsilon, multipliers, isRotated, slidingWindow } = this.config;
    const present: LayerCache[] = [];
    let residual = scaled(
      graph,
      this.embedding.gatherRows(graph, inputs.tokenIds),
      multipliers.embedding,
    ); // [1, T, embeddingDim]
    let normalised = contrib.simplifiedLayerNormalization(
      graph,
      [residual, this.layers[0]!.attentionNorm],
      normEpsilon,
    );
    for (const [index, layer] of this.layers.entries()) {
      const isLast = index === this.layers.length - 1;
      const rows = layer.queryKeyValue.apply(graph, normalised); // [1, T, (numHeads + 2 numKvHeads) headDim]
      const attention = this.attend(graph, {
        layer: index,
        queryKeyValue: layer.headNorms
          ? normaliseHeads(graph, rows, {
              norms: layer.headNorms,
              config: this.config,
            })
          : rows,
        inputs,
        rotary: isRotated[index] ? this.rotary : undefined,
        scale: multipliers.attention,
        window: slidingWindow,
      });
      if (attention.present) present.push(attention.present);
      if (isLast && cacheOnly) return { hidden: undefined, present };

      const attended = contrib.skipSimplifiedLayerNormalization(
        graph,
        [
          scaled(
            graph,
            layer.attentionOutput.apply(graph, attention.output),
            multipliers.residual,
          ),
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
          scaled(
            graph,
            layer.down.apply(graph, activated),
            multipliers.residual,
          ),
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

  logits(graph: GraphBuilder, hidden: Value): Value {
    return scaled(
      graph,
      this.declareHead().apply(graph, hidden),
      this.config.multipliers.logits,
    );
  }
}

/** `x` times a number that is mostly 1, which costs nothing. */
function scaled(graph: GraphBuilder, x: Value, factor: number): Value {
  return factor === 1 ? x : onnx.mul(graph, [x, graph.floats([factor])]);
}
