// The StarCoder2 family: token ids and past keys and values in, hidden states and new keys and values out. Rotary positions
// and grouped queries as in a Llama; layer normalisation, GELU between two linear layers and biases as in GPT-2.
// Architecture: arXiv:2402.19173, section 5.

import type { GraphBuilder, Value } from "../../onnx/graphBuilder";
import * as onnx from "../../onnx/operators";
import type { StarCoder2Config } from "../files/config";
import type { ModelFolder } from "../files/modelFolder";
import {
  FINAL_NORM_NAMES,
  layerGroups,
  layerNormNames,
  type NormNames,
} from "../files/starcoder2Names";
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
import {
  declareLinear,
  declareWeight,
  type LinearLayer,
} from "../layers/linearLayer";
import { declareRotary } from "../layers/rotaryTables";

interface Norm {
  weight: Value;
  bias: Value;
}

interface StarCoder2Layer {
  attentionNorm: Norm;
  queryKeyValue: LinearLayer;
  attentionOutput: LinearLayer;
  feedForwardNorm: Norm;
  up: LinearLayer;
  down: LinearLayer;
}

/** A StarCoder2; see `Gpt`. */
export class StarCoder2 implements Gpt {
  readonly config: StarCoder2Config;
  readonly cache: CachedAttention;
  private readonly layers: StarCoder2Layer[];
  private readonly embedding: LinearLayer;
  /** Declared when logits are asked for: a graph for prefill has no use for it, nor do its weights hold it. */
  private readonly declareHead: () => LinearLayer;
  private readonly finalNorm: Norm;
  private readonly rotary: RotaryTables;
  private readonly attend: Attend;

  constructor(
    root: GraphBuilder,
    folder: ModelFolder & { config: StarCoder2Config },
    options: GptOptions,
  ) {
    const { config } = folder;
    const { linear = declareLinear, weight = declareWeight } = options;
    this.config = config;
    const declare = (group: LinearGroup) =>
      linear(root, folder, { group, accuracyLevel: options.accuracyLevel });
    const vector = (name: string) =>
      weight(root, folder, { name, shape: [config.embeddingDim] });
    const norm = (names: NormNames): Norm => ({
      weight: vector(names.weight),
      bias: vector(names.bias),
    });
    this.embedding = declare(embeddingGroup(config));
    this.declareHead = () =>
      config.hasTiedEmbeddings ? this.embedding : declare(headGroup(config));
    this.finalNorm = norm(FINAL_NORM_NAMES);
    this.layers = Array.from({ length: config.numLayers }, (_, layer) => {
      const groups = layerGroups(config, layer);
      const norms = layerNormNames(layer);
      return {
        attentionNorm: norm(norms.attention),
        queryKeyValue: declare(groups.queryKeyValue),
        attentionOutput: declare(groups.attentionOutput),
        feedForwardNorm: norm(norms.feedForward),
        up: declare(groups.up),
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
    const present: LayerCache[] = [];
    let residual = this.embedding.gatherRows(graph, inputs.tokenIds); // [1, T, embeddingDim]
    for (const [index, layer] of this.layers.entries()) {
      const normalised = this.normalise(graph, residual, layer.attentionNorm);
      const attention = this.attend(graph, {
        layer: index,
        queryKeyValue: layer.queryKeyValue.apply(graph, normalised), // [1, T, (numHeads + 2 numKvHeads) headDim]
        inputs,
        rotary: this.rotary,
        window: this.config.slidingWindow,
      });
      if (attention.present) present.push(attention.present);
      const isLast = index === this.layers.length - 1;
      if (isLast && cacheOnly) return { hidden: undefined, present };

      residual = onnx.add(graph, [
        residual,
        layer.attentionOutput.apply(graph, attention.output),
      ]);
      const activated = onnx.gelu(
        graph,
        layer.up.apply(
          graph,
          this.normalise(graph, residual, layer.feedForwardNorm),
        ),
        this.config.gelu,
      ); // [1, T, feedForwardDim]
      residual = onnx.add(graph, [
        residual,
        layer.down.apply(graph, activated),
      ]);
    }
    return { hidden: this.normalise(graph, residual, this.finalNorm), present };
  }

  logits(graph: GraphBuilder, hidden: Value): Value {
    return this.declareHead().apply(graph, hidden);
  }

  private normalise(
    graph: GraphBuilder,
    x: Value,
    { weight, bias }: Norm,
  ): Value {
    return onnx.layerNormalization(
      graph,
      [x, weight, bias],
      this.config.normEpsilon,
    );
  }
}
