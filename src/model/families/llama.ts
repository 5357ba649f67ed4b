// The Llama family (Llama, SmolLM2, Qwen2): token ids and past keys and values in, hidden states and new keys and values out.
// One description serves stepping, prefill, scoring and the decoding loop; weights are declared once in the root graph.
// Architecture: arXiv:2302.13971; grouped-query attention: arXiv:2305.13245; rotary embedding: arXiv:2104.09864.

import * as contrib from "../../onnx/contribOperators";
import type { GraphBuilder, Value } from "../../onnx/graphBuilder";
import * as onnx from "../../onnx/operators";
import { CachedAttention } from "../layers/cachedAttention";
import type { LlamaConfig } from "../files/config";
import {
  MAX_POSITIONS,
  type Attend,
  type ForwardInputs,
  type Gpt,
  type GptOptions,
  type LayerCache,
  type RotaryTables,
} from "../layers/gpt";
import {
  declareLinear,
  declareWeight,
  type LinearLayer,
} from "../layers/linearLayer";
import type { ModelFolder } from "../files/modelFolder";
import {
  FINAL_NORM_NAME,
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
    const norm = (name: string) =>
      weight(root, folder, { name, shape: [config.embeddingDim] });
    this.embedding = declare(embeddingGroup(config));
    this.declareHead = () =>
      config.hasTiedEmbeddings ? this.embedding : declare(headGroup(config));
    this.finalNorm = norm(FINAL_NORM_NAME);
    this.layers = Array.from({ length: config.numLayers }, (_, layer) => {
      const groups = layerGroups(config, layer);
      const norms = layerNormNames(layer);
      return {
        attentionNorm: norm(norms.attention),
        queryKeyValue: declare(groups.queryKeyValue),
        attentionOutput: declare(groups.attentionOutput),
        feedForwardNorm: norm(norms.feedForward),
        gateUp: declare(groups.gateUp),
        down: declare(groups.down),
      };
    });
    const tables = rotaryTables(config);
    const tableShape = [MAX_POSITIONS, config.headDim / 2];
    this.rotary = {
      cos: root.floats(tables.cos, tableShape),
      sin: root.floats(tables.sin, tableShape),
    };
    this.cache = new CachedAttention(root, config, options);
    this.attend =
      options.attend ?? ((graph, inputs) => this.cache.attend(graph, inputs));
  }

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
        layer: index,
        queryKeyValue: layer.queryKeyValue.apply(graph, normalised), // [1, T, (numHeads + 2 numKvHeads) headDim]
        inputs,
        rotary: this.rotary,
      });
      if (attention.present) present.push(attention.present);
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

  logits(graph: GraphBuilder, hidden: Value): Value {
    return this.declareHead().apply(graph, hidden);
  }
}

/** Cosines and sines of position * base^(-2i / headDim), row by row (arXiv:2104.09864, equation 15). */
function rotaryTables({ headDim, ropeBase }: LlamaConfig) {
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
