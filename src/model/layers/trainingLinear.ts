// Linear layers that a gradient can pass, with what learns in them: a LoRA adapter beside frozen weights, or the weights.
// Each frozen matrix is one initializer, used by the forward product and by the backward one, turned there by the
// product itself.

import type { GraphBuilder, Value } from "../../onnx/graphBuilder";
import * as onnx from "../../onnx/operators";
import { BACKWARD_SUFFIX, FORWARD_SUFFIX } from "../files/weights";
import { declareTensor, int8Product, type LinearLayer } from "./linearLayer";
import type { ModelFolder } from "../files/modelFolder";
import type { TrainingParameters } from "./trainingParameters";
import { findTensor } from "../files/weights";
import {
  biasWeights,
  countRows,
  floatShape,
  type LinearGroup,
  type LinearPart,
} from "../files/weightGroups";

/** The adapter that a linear layer gets. */
export interface LoraShape {
  rank: number;
  /** alpha / rank */
  scale: number;
}

/** A product of rows [T, numColumns] with weights, plus `addend` [numRows]. */
type Product = (
  graph: GraphBuilder,
  rows: Value,
  addend: Value | undefined,
) => Value;

/** What a layer is made of. */
export interface LinearParts {
  /** Together they have the rows of the group. */
  products: Product[];
  /** Rows of the weights: token ids [1, T] -> [1, T, numColumns]. */
  gatherRows: LinearLayer["gatherRows"];
  /** [numRows] each; none where the layer has no bias. */
  biases: Value[];
  /** Adds to the product of rows [T, numColumns]. */
  addition?: Addition | undefined;
}

/** Adds something to `product`, which the layer has computed from `rows`. */
type Addition = (
  graph: GraphBuilder,
  values: { rows: Value; product: Value },
) => Value;

/** The layer of a group. */
export function linearOver(
  { products, gatherRows, biases, addition }: LinearParts,
  group: LinearGroup,
): LinearLayer {
  return {
    apply(graph, x) {
      const oneEach =
        biases.length > products.length ? [join(graph, biases, 0)] : biases;
      const rows = onnx.reshape(graph, [x, graph.ints([-1, group.numColumns])]); // [T, numColumns]
      const parts = products.map((multiply, index) =>
        multiply(graph, rows, oneEach[index]),
      );
      const product = join(graph, parts, -1); // [T, numRows]
      const sum = addition ? addition(graph, { rows, product }) : product;
      return onnx.reshape(graph, [sum, graph.ints([1, -1, countRows(group)])]);
    },
    gatherRows,
  };
}

/** Products with matrices as they are stored: [numRows, numColumns], or turned. */
function floatProducts(
  matrices: readonly Value[],
  { isTurned }: { isTurned: boolean },
): Pick<LinearParts, "products" | "gatherRows"> {
  return {
    products: matrices.map(
      (matrix) => (graph, rows, addend) =>
        onnx.gemm(graph, [rows, matrix], { transposeB: !isTurned, addend }),
    ),
    gatherRows: (graph, tokenIds) =>
      onnx.gather(graph, [matrices[0]!, tokenIds], 0),
  };
}

/**
 * A product in whole numbers, and so is its gradient's: rows of what goes in, x or dy, are rounded to 8 bits by their
 * largest magnitude, weights as trainingWeights.ts has rounded them.
 */
function int8Products(
  root: GraphBuilder,
  folder: ModelFolder,
  group: LinearGroup,
): Pick<LinearParts, "products" | "gatherRows"> {
  const declare = (suffix: string, numInputs: number, numOutputs: number) => {
    const name = group.name + suffix;
    return {
      matrix: declareTensor(
        root,
        findTensor(folder, name, [numInputs, numOutputs]),
      ),
      scales: declareTensor(
        root,
        findTensor(folder, `${name}Scales`, [numOutputs]),
      ),
    };
  };
  const numRows = countRows(group);
  const { numColumns } = group;
  const forward = declare(FORWARD_SUFFIX, numColumns, numRows);
  const backward = declare(BACKWARD_SUFFIX, numRows, numColumns);
  const multiply: Product = (graph, rows, addend) => {
    const numTokens = onnx.shapeOf(rows)[0]!;
    const product = graph.fused("Int8Product", [rows], {
      build: () => ({
        ...int8Product(graph, rows, forward),
        shape: [numTokens, numRows],
      }),
      gradient: ({ graph, dy }) => [
        () => ({
          ...int8Product(graph, dy, backward),
          shape: [numTokens, numColumns],
        }),
      ],
    });
    return addend ? onnx.add(graph, [product, addend]) : product;
  };
  return {
    products: [multiply],
    gatherRows() {
      throw new TypeError(
        `Cannot look up rows of ${group.name}: it is stored for products alone`,
      );
    },
  };
}

function join(graph: GraphBuilder, parts: Value[], axis: number): Value {
  return parts.length === 1 ? parts[0]! : onnx.concat(graph, parts, axis);
}

/** The weights of a group as the folder has them: int8, one float matrix (trainingWeights.ts), or one per part. */
export function declareFrozen(
  root: GraphBuilder,
  folder: ModelFolder,
  group: LinearGroup,
): LinearParts {
  const declare = (name: string, shape: number[]) =>
    declareTensor(root, findTensor(folder, name, shape));
  const biases = biasWeights(group).map(({ name, shape }) =>
    declare(name, shape),
  );
  if (folder.tensors.has(group.name + FORWARD_SUFFIX)) {
    return { ...int8Products(root, folder, group), biases };
  }
  const whole = `${group.name}.weight`;
  const isWhole = folder.config.quantization && folder.tensors.has(whole);
  const isTurned = !isWhole && (group.isTransposed ?? false);
  const matrices = isWhole
    ? [declare(whole, [countRows(group), group.numColumns])]
    : group.parts.map((part) =>
        declare(`${part.name}.weight`, floatShape(group, part)),
      );
  return { ...floatProducts(matrices, { isTurned }), biases };
}

/** Makes the weights of a group learn, from the values that the folder has. */
export function declareLearning(
  parameters: TrainingParameters,
  folder: ModelFolder,
  group: LinearGroup,
): LinearParts {
  const declare = (name: string, shape: number[]) =>
    parameters.declareStored(folder, { name, shape });
  const matrices = group.parts.map((part) =>
    declare(`${part.name}.weight`, floatShape(group, part)),
  );
  return {
    ...floatProducts(matrices, { isTurned: group.isTransposed ?? false }),
    biases: biasWeights(group).map(({ name, shape }) => declare(name, shape)),
  };
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
): Addition | undefined {
  const { rank, scale } = lora;
  const adapted = parts.filter(learns);
  if (adapted.length === 0) return undefined;
  const pairs = new Map(
    adapted.map((part) => [
      part,
      declarePair(parameters, { part, numColumns, rank }),
    ]),
  );
  return (graph, { rows, product }) => {
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
    return onnx.gemm(graph, [inner, up], { transposeB: true, addend: product });
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
