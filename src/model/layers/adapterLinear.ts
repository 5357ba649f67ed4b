// Linear layers with a LoRA adapter: y = W x + loraB (scale * loraA x), with W declared once, as without an adapter.
// Matrices that share a product share the adapter's two products too: their loraA stand below each other, and loraB
// has one block for each of them on its diagonal. Layers without an adapter cost nothing.

import type { GraphBuilder, Value } from "../../onnx/graphBuilder";
import * as contrib from "../../onnx/contribOperators";
import * as onnx from "../../onnx/operators";
import {
  declareLinear,
  type FurtherBlocks,
  type LinearLayer,
  type LinearOptions,
} from "./linearLayer";
import type { ModelFolder } from "../files/modelFolder";
import { largestMagnitude } from "../quantise/rounding";
import { packNibbles } from "../quantise/shiftBlocks";
import { findLinearWeights } from "../files/weights";
import { countRows, type LinearGroup } from "../files/weightGroups";

/** The adapter of one matrix W: y = W x + scale * loraB (loraA x). */
export interface LoraPair {
  rank: number;
  scale: number;
  /** [rank, numColumns of W] */
  loraA: Float32Array;
  /** [numRows of W, rank] */
  loraB: Float32Array;
}

/** The adapters of a model's matrices by name. */
export type LoraPairs = ReadonlyMap<string, LoraPair>;

/** Declares linear layers with `pairs` on top, for `GptOptions.linear`. */
export function adapterLinear(pairs: LoraPairs) {
  return (
    root: GraphBuilder,
    folder: ModelFolder,
    options: LinearOptions,
  ): LinearLayer => {
    const joined = joinPairs(options.group, pairs);
    if (!joined) return declareLinear(root, folder, options);
    const weights = findLinearWeights(folder, options.group);
    const isPacked = weights.kind === "packed" && options.accuracyLevel === 4;
    return isPacked
      ? declareLinear(root, folder, {
          ...options,
          further: adapterBlocks(root, joined, weights),
        })
      : addProducts(root, declareLinear(root, folder, options), joined);
  };
}

/** The adapter of a whole group. */
export interface JoinedPair {
  /** Sum of the parts' ranks. */
  rank: number;
  numRows: number;
  numColumns: number;
  /** [numColumns, rank]: the parts' loraA, turned. */
  down: Float32Array<ArrayBuffer>;
  /** [numRows, rank]: scale * loraB of each part at its rows and its columns, zeros elsewhere. */
  up: Float32Array<ArrayBuffer>;
}

/** Puts the adapters of a group's parts together; undefined where no part has one. */
export function joinPairs(
  group: LinearGroup,
  pairs: LoraPairs,
): JoinedPair | undefined {
  const { parts, numColumns } = group;
  const numRows = countRows(group);
  const rank = parts.reduce(
    (sum, { name }) => sum + (pairs.get(name)?.rank ?? 0),
    0,
  );
  if (rank === 0) return undefined;
  const down = new Float32Array(numColumns * rank);
  const up = new Float32Array(numRows * rank);
  let firstRow = 0;
  let firstRank = 0;
  for (const part of parts) {
    const pair = pairs.get(part.name);
    for (let r = 0; pair && r < pair.rank; r++) {
      for (let column = 0; column < numColumns; column++) {
        down[column * rank + firstRank + r] =
          pair.loraA[r * numColumns + column]!;
      }
      for (let row = 0; row < part.numRows; row++) {
        up[(firstRow + row) * rank + firstRank + r] =
          pair.scale * pair.loraB[row * pair.rank + r]!;
      }
    }
    firstRow += part.numRows;
    firstRank += pair?.rank ?? 0;
  }
  return { rank, numRows, numColumns, down, up };
}

/** Two thin products and an addition. */
function addProducts(
  root: GraphBuilder,
  base: LinearLayer,
  { rank, numRows, numColumns, down, up }: JoinedPair,
): LinearLayer {
  const downMatrix = root.inline("float32", down, [numColumns, rank]);
  const upMatrix = root.inline(
    "float32",
    turn(up, { numRows, numColumns: rank }),
    [rank, numRows],
  );
  return {
    ...base,
    apply(graph, x) {
      const inner = onnx.matMul(graph, [x, downMatrix]); // [1, T, rank]
      const change = onnx.matMul(graph, [inner, upMatrix]); // [1, T, numRows]
      return onnx.add(graph, [base.apply(graph, x), change]);
    },
  };
}

/**
 * The adapter inside a packed product: loraA as a small packed product of its own, loraB as further blocks behind W.
 * That costs a decoding step 5% at rank 8 on all projections; two fp32 products and an addition cost it 18%, and fp32
 * for loraA alone 8% (docs/LOG.md). A column of loraA x stands behind x several times, and the weights of its places
 * add up to more than one place's 4 bits can tell.
 */
function adapterBlocks(
  root: GraphBuilder,
  { rank, numRows, numColumns, down, up }: JoinedPair,
  { bits, blockSize }: { bits: 4 | 8; blockSize: number },
): FurtherBlocks {
  const width = paddedRank(rank, blockSize);
  const numCopies = Math.max(MIN_COPIES[bits], blockSize / width);
  const numBlocks = (numCopies * width) / blockSize;
  const rounded = roundInCopies(padRows(up, { from: rank, to: width }), {
    numRows,
    width,
    numBlocks,
    bits,
    blockSize,
  });
  const inner = declareDown(root, {
    down: padRows(down, { from: rank, to: width }),
    width,
    numColumns,
    blockSize,
  });
  return {
    numBlocks,
    ...rounded,
    columns(graph: GraphBuilder, x: Value) {
      const columns = inner(graph, x); // [1, T, width]
      return Array.from({ length: numCopies }, () => columns);
    },
  };
}

/** The product with loraA in 8 bits: [1, T, numColumns] -> [1, T, width]. */
function declareDown(
  root: GraphBuilder,
  {
    down,
    width,
    numColumns,
    blockSize,
  }: {
    down: Float32Array;
    width: number;
    numColumns: number;
    blockSize: number;
  },
) {
  const numBlocks = numColumns / blockSize;
  const size = { numRows: numColumns, numColumns: width };
  const { packed, scales } = roundInCopies(turn(down, size), {
    numRows: width,
    width: numColumns,
    numBlocks,
    bits: 8,
    blockSize,
  });
  const blocks = root.inline("uint8", packed, [width, numBlocks, blockSize]);
  const blockScales = root.inline("float32", scales, [width, numBlocks]);
  return (graph: GraphBuilder, x: Value): Value =>
    contrib.matMulNBits(graph, [x, blocks, blockScales, undefined], {
      numRows: width,
      numColumns,
      bits: 8,
      blockSize,
      accuracyLevel: 4,
    });
}

/** How often each column stands behind x at least: twice 4 bits, or once 8. */
const MIN_COPIES = { 4: 2, 8: 1 } as const;

/** The next width that fits into a block a whole number of times, or that whole blocks fill. */
function paddedRank(rank: number, blockSize: number): number {
  if (rank > blockSize) return Math.ceil(rank / blockSize) * blockSize;
  let width = blockSize;
  while (width / 2 >= rank && width % 2 === 0) width /= 2;
  return width;
}

/**
 * Rounds the rows of a matrix [numRows, width] into blocks, in which its columns stand again and again. What one block
 * leaves over goes into the next one that holds the same columns; within a block the copies share the value.
 */
export function roundInCopies(
  matrix: Float32Array,
  {
    numRows,
    width,
    numBlocks,
    bits,
    blockSize,
  }: {
    numRows: number;
    width: number;
    numBlocks: number;
    bits: 4 | 8;
    blockSize: number;
  },
): { packed: Uint8Array<ArrayBuffer>; scales: Float32Array<ArrayBuffer> } {
  const middle = 2 ** (bits - 1);
  const copiesInBlock = Math.max(1, blockSize / width);
  const columnsInBlock = blockSize / copiesInBlock;
  const mostSteps = copiesInBlock * (middle - 1);
  const values = new Uint8Array(numRows * numBlocks * blockSize);
  const scales = new Float32Array(numRows * numBlocks);
  const rest = Float32Array.from(matrix);
  for (let row = 0; row < numRows; row++) {
    for (let block = 0; block < numBlocks; block++) {
      const index = row * numBlocks + block;
      const start = row * width + ((block * columnsInBlock) % width);
      const end = start + columnsInBlock;
      const scale = largestMagnitude(rest, { start, end }) / mostSteps;
      scales[index] = scale;
      for (let column = start; column < end; column++) {
        const steps = scale === 0 ? 0 : Math.round(rest[column]! / scale);
        rest[column]! -= steps * scale;
        // As equal shares as whole numbers allow, which add up to `steps`.
        for (let copy = 0; copy < copiesInBlock; copy++) {
          values[index * blockSize + copy * columnsInBlock + column - start] =
            middle + Math.floor((steps + copy) / copiesInBlock);
        }
      }
    }
  }
  return { packed: bits === 4 ? packNibbles(values) : values, scales };
}

/** Widens rows of `from` columns to `to` with zeros behind them. */
function padRows(
  matrix: Float32Array<ArrayBuffer>,
  { from, to }: { from: number; to: number },
): Float32Array<ArrayBuffer> {
  if (from === to) return matrix;
  const numRows = matrix.length / from;
  const padded = new Float32Array(numRows * to);
  for (let row = 0; row < numRows; row++) {
    padded.set(matrix.subarray(row * from, (row + 1) * from), row * to);
  }
  return padded;
}

function turn(
  matrix: Float32Array,
  { numRows, numColumns }: { numRows: number; numColumns: number },
): Float32Array<ArrayBuffer> {
  const turned = new Float32Array(matrix.length);
  for (let row = 0; row < numRows; row++) {
    for (let column = 0; column < numColumns; column++) {
      turned[column * numRows + row] = matrix[row * numColumns + column]!;
    }
  }
  return turned;
}
