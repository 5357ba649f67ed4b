// The GPT-2 family: token ids and past keys and values in, hidden states and new keys and values out.
// Learned positions, layer normalisation before each block, GELU between two linear layers, biases everywhere.
// Architecture: Radford et al. 2019, "Language Models are Unsupervised Multitask Learners", section 2.3.

import type { GraphBuilder, Value } from "../../onnx/graphBuilder";
import * as onnx from "../../onnx/operators";
import { CachedAttention } from "../layers/cachedAttention";
import type { Gpt2Config } from "../files/config";
import type {
  Attend,
  ForwardInputs,
  Gpt,
  GptOptions,
  LayerCache,
} from "../layers/gpt";
import {
  FINAL_NORM_NAMES,
  layerGroups,
  layerNormNames,
  POSITIONS_NAME,
  type NormNames,
} from "../files/gpt2Names";
import {
  declareLinear,
  declareWeight,
  type LinearLayer,
} from "../layers/linearLayer";
import type { ModelFolder } from "../files/modelFolder";
import {
  embeddingGroup,
  headGroup,
  type LinearGroup,
} from "../files/weightNames";

interface Norm {
  weight: Value;
  bias: Value;
}

interface Gpt2Layer {
  attentionNorm: Norm;
  queryKeyValue: LinearLayer;
  attentionOutput: LinearLayer;
  feedForwardNorm: Norm;
  up: LinearLayer;
  down: LinearLayer;
}

/** A GPT-2; see `Gpt`. */
export class Gpt2 implements Gpt {
  readonly config: Gpt2Config;
  readonly cache: CachedAttention;
  private readonly layers: Gpt2Layer[];
  private readonly embedding: LinearLayer;
  /** Declared when logits are asked for: a graph for prefill has no use for it, nor do its weights hold it. */
  private readonly declareHead: () => LinearLayer;
  /** [contextLength, embeddingDim] */
  private readonly positions: Value;
  private readonly finalNorm: Norm;
  private readonly attend: Attend;

  constructor(
    root: GraphBuilder,
    folder: ModelFolder & { config: Gpt2Config },
    options: GptOptions,
  ) {
    const { config } = folder;
    const { contextLength, embeddingDim } = config;
    const { linear = declareLinear, weight = declareWeight } = options;
    this.config = config;
    const declare = (group: LinearGroup) =>
      linear(root, folder, { group, accuracyLevel: options.accuracyLevel });
    const norm = (names: NormNames): Norm => ({
      weight: weight(root, folder, {
        name: names.weight,
        shape: [embeddingDim],
      }),
      bias: weight(root, folder, { name: names.bias, shape: [embeddingDim] }),
    });
    this.embedding = declare(embeddingGroup(config));
    this.declareHead = () =>
      config.hasTiedEmbeddings ? this.embedding : declare(headGroup(config));
    this.positions = weight(root, folder, {
      name: POSITIONS_NAME,
      shape: [contextLength, embeddingDim],
    });
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
    const places =
      "positions" in inputs ? inputs.positions : cachedPositions(graph, inputs);
    let residual = onnx.add(graph, [
      this.embedding.gatherRows(graph, inputs.tokenIds),
      onnx.gather(graph, [this.positions, places], 0),
    ]); // [1, T, embeddingDim]
    for (const [index, layer] of this.layers.entries()) {
      const normalised = this.normalise(graph, residual, layer.attentionNorm);
      const attention = this.attend(graph, {
        layer: index,
        queryKeyValue: layer.queryKeyValue.apply(graph, normalised), // [1, T, 3 numHeads headDim]
        inputs,
        rotary: undefined,
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

/** int64 [1, T]: the places of the tokens of this pass, which are the last ones of the cache. */
function cachedPositions(
  graph: GraphBuilder,
  { tokenIds, totalLength }: { tokenIds: Value; totalLength: Value },
): Value {
  const scalar = graph.ints([], [0]);
  const end = onnx.reshape(graph, [
    onnx.cast(graph, totalLength, "int64"),
    scalar,
  ]);
  const count = onnx.gather(
    graph,
    [onnx.shape(graph, tokenIds), graph.ints([1], [])],
    0,
  );
  const start = onnx.sub(graph, [end, count]);
  return onnx.unsqueeze(graph, [
    onnx.range(graph, [start, end, graph.ints([1], [])]),
    graph.ints([0]),
  ]);
}
