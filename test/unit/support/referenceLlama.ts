// A Llama in plain loops and float64, written from the papers and not from our graphs, to compare them with:
// RMSNorm (arXiv:1910.07467), rotary embedding in halves (arXiv:2104.09864), grouped-query attention
// (arXiv:2305.13245), SwiGLU (arXiv:2002.05202).

import {
  dequantiseGroup,
  readFloats,
} from "../../../src/model/quantise/dequantiseGroup";
import type { ModelFolder } from "../../../src/model/files/modelFolder";
import type { LlamaConfig } from "../../../src/model/files/config";
import {
  FINAL_NORM_NAME,
  layerGroups,
  layerNormNames,
} from "../../../src/model/files/llamaNames";
import {
  embeddingGroup,
  headGroup,
} from "../../../src/model/files/weightNames";
import { findTensor } from "../../../src/model/files/weights";
import { multiply, rowOf, softmaxOf } from "./matrices";
import { llamaConfig } from "./llamaConfig";

/** What a forward pass finds for each position. */
export interface ReferenceResult {
  /** One row [vocabSize] per position. */
  logits: Float64Array[];
  /** Rotated keys and values, [layer][position]: rows [numKvHeads * headDim]. */
  keys: Float64Array[][];
  values: Float64Array[][];
}

/** Runs all tokens through the model, one position after another. */
export function referenceForward(
  folder: ModelFolder,
  tokenIds: readonly number[],
): ReferenceResult {
  const config = folder.config as LlamaConfig;
  const { embeddingDim, numLayers } = config;
  const embedding = dequantiseGroup(folder, embeddingGroup(config));
  const head = dequantiseGroup(folder, headGroup(config));
  const layers = Array.from({ length: numLayers }, (_, layer) =>
    readLayer(folder, layer),
  );
  const finalNorm = readNorm(folder, FINAL_NORM_NAME);
  const result: ReferenceResult = {
    logits: [],
    keys: layers.map(() => []),
    values: layers.map(() => []),
  };
  tokenIds.forEach((tokenId, position) => {
    let x: Float64Array = Float64Array.from(
      rowOf(embedding, { index: tokenId, length: embeddingDim }),
    );
    layers.forEach((layer, index) => {
      const attended = attend(normalise(x, layer.attentionNorm), position, {
        layer,
        keys: result.keys[index]!,
        values: result.values[index]!,
      });
      x = sum(x, attended);
      x = sum(x, feedForward(normalise(x, layer.feedForwardNorm), layer));
    });
    result.logits.push(multiply(head, normalise(x, finalNorm)));
  });
  return result;

  function normalise(vector: Float64Array, weight: Float32Array) {
    const meanSquare =
      vector.reduce((total, value) => total + value * value, 0) / vector.length;
    const root = Math.sqrt(meanSquare + config.normEpsilon);
    return vector.map((value, index) => (value / root) * weight[index]!);
  }

  function attend(
    input: Float64Array,
    position: number,
    {
      layer,
      keys,
      values,
    }: { layer: Layer; keys: Float64Array[]; values: Float64Array[] },
  ) {
    const { numHeads, numKvHeads, headDim } = config;
    const queryDim = numHeads * headDim;
    const keyDim = numKvHeads * headDim;
    const joint = multiply(layer.queryKeyValue, input);
    const query = rotate(joint.slice(0, queryDim), position);
    keys.push(rotate(joint.slice(queryDim, queryDim + keyDim), position));
    values.push(joint.slice(queryDim + keyDim));
    const output = new Float64Array(queryDim);
    for (let headIndex = 0; headIndex < numHeads; headIndex++) {
      // Neighbouring query heads share a key and value head.
      const kvHead = Math.floor(headIndex / (numHeads / numKvHeads));
      const ofHead = (row: Float64Array) =>
        rowOf(row, { index: kvHead, length: headDim });
      const ownQuery = rowOf(query, { index: headIndex, length: headDim });
      const weights = softmaxOf(
        keys.map((key) => dot(ownQuery, ofHead(key)) / Math.sqrt(headDim)),
      );
      values.forEach((value, place) => {
        ofHead(value).forEach((number, i) => {
          output[headIndex * headDim + i]! += weights[place]! * number;
        });
      });
    }
    return multiply(layer.attentionOutput, output);
  }

  /** Turns entry i of each head together with entry i + headDim / 2 by position * base^(-2i / headDim). */
  function rotate(vector: Float64Array, position: number) {
    const { headDim, rope } = config;
    const half = headDim / 2;
    const out = new Float64Array(vector.length);
    for (let start = 0; start < vector.length; start += headDim) {
      for (let i = 0; i < half; i++) {
        const angle = position * rope.base ** ((-2 * i) / headDim);
        const first = vector[start + i]!;
        const second = vector[start + half + i]!;
        out[start + i] = first * Math.cos(angle) - second * Math.sin(angle);
        out[start + half + i] =
          second * Math.cos(angle) + first * Math.sin(angle);
      }
    }
    return out;
  }

  function feedForward(input: Float64Array, layer: Layer) {
    const joint = multiply(layer.gateUp, input);
    const { feedForwardDim } = config;
    const activated = joint.slice(0, feedForwardDim).map((gate, index) => {
      const up = joint[feedForwardDim + index]!;
      return (gate / (1 + Math.exp(-gate))) * up;
    });
    return multiply(layer.down, activated);
  }
}

type Layer = ReturnType<typeof readLayer>;

function readLayer(folder: ModelFolder, layer: number) {
  const groups = layerGroups(llamaConfig(folder), layer);
  const norms = layerNormNames(layer);
  return {
    attentionNorm: readNorm(folder, norms.attention),
    feedForwardNorm: readNorm(folder, norms.feedForward),
    queryKeyValue: dequantiseGroup(folder, groups.queryKeyValue),
    attentionOutput: dequantiseGroup(folder, groups.attentionOutput),
    gateUp: dequantiseGroup(folder, groups.gateUp),
    down: dequantiseGroup(folder, groups.down),
  };
}

function readNorm(folder: ModelFolder, name: string): Float32Array {
  return readFloats(findTensor(folder, name, [folder.config.embeddingDim]));
}

function sum(a: Float64Array, b: Float64Array): Float64Array {
  return a.map((value, index) => value + b[index]!);
}

function dot(a: Float64Array, b: Float64Array): number {
  return a.reduce((total, value, index) => total + value * b[index]!, 0);
}
