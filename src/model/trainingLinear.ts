// Linear layers that a gradient can pass, with what learns in them: a LoRA adapter beside frozen weights, or the weights.
// Each frozen matrix is one initializer, used by the forward product and by the backward one, turned there by the
// product itself.

import type { GraphBuilder, Value } from "../onnx/graphBuilder";
import * as onnx from "../onnx/operators";
import { readFloats } from "./dequantiseGroup";
import { declareTensor, type LinearLayer } from "./linearLayer";
import type { ModelFolder } from "./modelFolder";
import type { TrainingParameters } from "./trainingParameters";
import { findTensor } from "./weights";
import type { LinearGroup, LinearPart } from "./weightNames";

/** The adapter that a linear layer gets. */
export interface LoraShape {
  rank: number;
  /** alpha / rank */
  scale: number;
}

/** A layer over matrices of which each is [its rows, numColumns]; together they have the rows of `group`. */
export function linearOver(
  matrices: Value[],
  { numColumns, parts }: LinearGroup,
  addition?: (graph: GraphBuilder, rows: Value) => Value,
): LinearLayer {
  const numRows = parts.reduce((sum, part) => sum + part.numRows, 0);
  return {
    apply(graph, x) {
      const rows = onnx.reshape(graph, [x, graph.ints([-1, numColumns])]); // [T, numColumns]
      const products = matrices.map((matrix) =>
        onnx.gemm(graph, [rows, matrix], { transposeB: true }),
      );
      const product =
        products.length === 1 ? products[0]! : onnx.concat(graph, products, -1); // [T, numRows]
      const sum = addition
        ? onnx.add(graph, [product, addition(graph, rows)])
        : product;
      return onnx.reshape(graph, [sum, graph.ints([1, -1, numRows])]);
    },
    gatherRows: (graph, tokenIds) =>
      onnx.gather(graph, [matrices[0]!, tokenIds], 0),
  };
}

/** The float matrices of a group: one where the folder has it whole (trainingWeights.ts), else one per part. */
export function declareFrozen(
  root: GraphBuilder,
  folder: ModelFolder,
  { name, parts, numColumns }: LinearGroup,
): Value[] {
  const numRows = parts.reduce((sum, part) => sum + part.numRows, 0);
  const isWhole = folder.tensors.has(`${name}.weight`);
  const stored = isWhole ? [{ name, numRows }] : parts;
  return stored.map((part) =>
    declareTensor(
      root,
      findTensor(folder, `${part.name}.weight`, [part.numRows, numColumns]),
    ),
  );
}

/** Makes the matrices of a group learn, from the values that the folder has. */
export function declareLearning(
  parameters: TrainingParameters,
  folder: ModelFolder,
  { parts, numColumns }: LinearGroup,
): Value[] {
  return parts.map(({ name, numRows }) => {
    const shape = [numRows, numColumns];
    const location = findTensor(folder, `${name}.weight`, shape);
    return parameters.declare({
      name: `${name}.weight`,
      shape,
      init: () => Float32Array.from(readFloats(location)),
    });
  });
}

/**
 * The adapter's share of a group (arXiv:2106.09685): scale loraB (loraA x). Parts share both products: their loraA lie
 * below each other, and each loraB stands at its rows and its ranks in a matrix that is zero elsewhere. A part that
 * `learns` refuses has none.
 */
export function declareLora(
  parameters: TrainingParameters,
  { parts, numColumns }: LinearGroup,
  { lora, learns }: { lora: LoraShape; learns: (part: LinearPart) => boolean },
): ((graph: GraphBuilder, rows: Value) => Value) | undefined {
  const { rank, scale } = lora;
  const adapted = parts.filter(learns);
  if (adapted.length === 0) return undefined;
  const pairs = new Map(
    adapted.map((part) => [
      part,
      declarePair(parameters, { part, numColumns, rank }),
    ]),
  );
  return (graph, rows) => {
    const loraAs = [...pairs.values()].map(({ loraA }) => loraA);
    const down =
      loraAs.length === 1 ? loraAs[0]! : onnx.concat(graph, loraAs, 0); // [ranks, numColumns]
    const inner = onnx.mul(graph, [
      onnx.gemm(graph, [rows, down], { transposeB: true }),
      graph.floats([scale]),
    ]); // [T, ranks]
    const blocks = parts.map((part) => {
      const loraB = pairs.get(part)?.loraB;
      const place = adapted.indexOf(part);
      const zeros = (count: number) =>
        count === 0 ? [] : [zeroMatrix(graph, [part.numRows, count * rank])];
      if (!loraB) return zeros(adapted.length)[0]!;
      const row = [
        ...zeros(place),
        loraB,
        ...zeros(adapted.length - place - 1),
      ];
      return row.length === 1 ? loraB : onnx.concat(graph, row, 1);
    }); // each [numRows, ranks]
    const up = blocks.length === 1 ? blocks[0]! : onnx.concat(graph, blocks, 0); // [numRows of all, ranks]
    return onnx.gemm(graph, [inner, up], { transposeB: true });
  };
}

function zeroMatrix(graph: GraphBuilder, shape: number[]): Value {
  return onnx.expand(graph, [graph.floats([0]), graph.ints(shape)]);
}

/** As peft starts: loraA uniform within 1 / sqrt(numColumns), which is Kaiming's bound for a = sqrt(5); loraB zero. */
function declarePair(
  parameters: TrainingParameters,
  {
    part,
    numColumns,
    rank,
  }: { part: LinearPart; numColumns: number; rank: number },
): { loraA: Value; loraB: Value } {
  const name = `base_model.model.${part.name}`;
  const bound = 1 / Math.sqrt(numColumns);
  return {
    loraA: parameters.declare({
      name: `${name}.lora_A.weight`,
      shape: [rank, numColumns],
      init: (random) =>
        Float32Array.from(
          { length: rank * numColumns },
          () => (2 * random() - 1) * bound,
        ),
    }),
    loraB: parameters.declare({
      name: `${name}.lora_B.weight`,
      shape: [part.numRows, rank],
      init: () => new Float32Array(part.numRows * rank),
    }),
  };
}
