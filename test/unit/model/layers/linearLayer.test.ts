// Products and rows of linear layers in every form of storage, against plain arithmetic on the weights they stand for.

import assert from "node:assert/strict";
import { GraphBuilder } from "../../../../src/onnx/graphBuilder";
import { parseModelConfig } from "../../../../src/model/files/config";
import { floatToHalf, halfToFloat } from "../../../../src/formats/float16";
import { declareLinear } from "../../../../src/model/layers/linearLayer";
import type { ModelFolder } from "../../../../src/model/files/modelFolder";
import {
  packRounded,
  unpack,
  type PackedFormat,
  type PackedMatrix,
} from "../../../../src/model/quantise/packedMatrix";
import { readSafetensorsHeader } from "../../../../src/formats/safetensors";
import {
  writeSafetensors,
  type TensorHeader,
} from "../../../../src/formats/safetensorsWriter";
import { floats, int64s } from "../../../../src/runtime/tensors";
import type { LinearGroup } from "../../../../src/model/files/weightNames";
import { assertClose } from "../../support/assertClose";
import { gaussians, multiply, rowOf } from "../../support/matrices";
import { numbersOf, useSessions } from "../../support/sessions";
import { useTemporaryFolder } from "../../support/temporaryFolder";
import { TINY_CONFIG } from "../../support/tinyModel";

const NUM_COLUMNS = 128;
const PART_ROWS = [24, 16];
const NUM_ROWS = 40;
const NUM_TOKENS = 3;

/** Sums of 128 products in fp32. */
const FLOAT_ATOL = 2e-5;

const GROUP: LinearGroup = {
  name: "group",
  numColumns: NUM_COLUMNS,
  parts: PART_ROWS.map((numRows, index) => ({ name: `part${index}`, numRows })),
};
const WEIGHTS = gaussians(1, NUM_ROWS * NUM_COLUMNS);
const X = gaussians(2, NUM_TOKENS * NUM_COLUMNS);
const rowOfX = (index: number) => rowOf(X, { index, length: NUM_COLUMNS });

interface StoredTensor extends TensorHeader {
  data: ArrayBufferView;
}

suite("declareLinear()", () => {
  const inFolder = useTemporaryFolder();
  const load = useSessions();

  function writeFolder(tensors: StoredTensor[]): ModelFolder {
    const batches = tensors.map(({ data, ...header }) => ({
      headers: [header],
      load: () => [bytesOf(data)],
    }));
    writeSafetensors(inFolder(), batches);
    return {
      directory: inFolder(),
      weightsFolder: inFolder(),
      name: "layer",
      config: parseModelConfig(TINY_CONFIG),
      tensors: readSafetensorsHeader(inFolder("model.safetensors")),
    };
  }

  /** Applies the layer to X: one array of outputs per token. */
  async function applyTo(
    folder: ModelFolder,
    accuracyLevel: 1 | 4,
  ): Promise<number[][]> {
    const session = await loadLayer(folder, accuracyLevel);
    const feeds = { x: floats(X, [1, NUM_TOKENS, NUM_COLUMNS]) };
    const { y } = await session.run(feeds, ["y"]);
    assert.deepEqual([...y!.dims], [1, NUM_TOKENS, NUM_ROWS]);
    const numbers = numbersOf(y!);
    return Array.from({ length: NUM_TOKENS }, (_, index) =>
      numbers.slice(index * NUM_ROWS, (index + 1) * NUM_ROWS),
    );
  }

  /** Multiplies rows of x by int8 weights [numColumns, numRows] of scale 1. */
  async function applyInt8(
    matrix: Int8Array,
    x: Float32Array,
    numTokens: number,
  ): Promise<number[]> {
    const folder = writeFolder([
      {
        name: "group.int8",
        dtype: "I8",
        shape: [NUM_COLUMNS, NUM_ROWS],
        data: matrix,
      },
      {
        name: "group.int8Scales",
        dtype: "F32",
        shape: [NUM_ROWS],
        data: new Float32Array(NUM_ROWS).fill(1),
      },
    ]);
    const session = await loadLayer(folder, 4);
    const feeds = { x: floats(x, [1, numTokens, NUM_COLUMNS]) };
    return numbersOf((await session.run(feeds, ["y"]))["y"]!);
  }

  async function loadLayer(folder: ModelFolder, accuracyLevel: 1 | 4) {
    const graph = new GraphBuilder();
    const layer = declareLinear(graph, folder, { group: GROUP, accuracyLevel });
    const x = graph.input("x", "float32", [1, "T", NUM_COLUMNS]);
    graph.output("y", layer.apply(graph, x), {
      type: "float32",
      shape: [1, "T", NUM_ROWS],
    });
    return await load(graph.toBytes(), inFolder());
  }

  async function gatherRows(
    folder: ModelFolder,
    rows: number[],
  ): Promise<number[]> {
    const graph = new GraphBuilder();
    const layer = declareLinear(graph, folder, {
      group: GROUP,
      accuracyLevel: 4,
    });
    const ids = graph.input("ids", "int64", [1, "T"]);
    graph.output("rows", layer.gatherRows(graph, ids), {
      type: "float32",
      shape: [1, "T", NUM_COLUMNS],
    });
    const session = await load(graph.toBytes(), inFolder());
    const feeds = { ids: int64s(rows, [1, rows.length]) };
    const outputs = await session.run(feeds, ["rows"]);
    assert.deepEqual([...outputs["rows"]!.dims], [1, rows.length, NUM_COLUMNS]);
    return numbersOf(outputs["rows"]!);
  }

  function packedTensors(format: PackedFormat) {
    const matrix = packRounded(WEIGHTS, {
      size: { numRows: NUM_ROWS, numColumns: NUM_COLUMNS },
      format,
    });
    const numBlocks = NUM_COLUMNS / format.blockSize;
    const blockBytes = (format.blockSize * format.bits) / 8;
    const perBlock = { dtype: "F16" as const, shape: [NUM_ROWS, numBlocks] };
    const tensors: StoredTensor[] = [
      {
        name: "group.packed",
        dtype: "U8",
        shape: [NUM_ROWS, numBlocks, blockBytes],
        data: matrix.packed,
      },
      { name: "group.scales", ...perBlock, data: matrix.scales },
    ];
    if (matrix.minimums) {
      const data = matrix.minimums;
      tensors.push({ name: "group.minimums", ...perBlock, data });
    }
    return { matrix, tensors };
  }

  for (const bits of [4, 8] as const) {
    for (const blockSize of [32, 64]) {
      for (const hasMinimums of [false, true]) {
        // Packing to 8 bits knows no minimums.
        if (bits === 8 && hasMinimums) continue;
        const kind = `${bits} bits in blocks of ${blockSize}${hasMinimums ? " with minimums" : ""}`;

        test(`multiplies by ${kind} as by what they stand for`, async () => {
          const format = { bits, blockSize, hasMinimums };
          const { matrix, tensors } = packedTensors(format);
          const folder = writeFolder(tensors);
          const meant = unpack(matrix);
          const rows = await applyTo(folder, 1);
          rows.forEach((row, index) =>
            assertClose(row, multiply(meant, rowOfX(index)), {
              name: `row ${index}`,
              atol: FLOAT_ATOL,
            }),
          );
        });

        test(`multiplies rounded activations by ${kind}, each at most half a step off`, async () => {
          const format = { bits, blockSize, hasMinimums };
          const { matrix, tensors } = packedTensors(format);
          const folder = writeFolder(tensors);
          const meant = unpack(matrix);
          // Half a step of each activation times its weight, less than scale * 2^(bits - 1) in size.
          const symmetric = unpack({ ...matrix, minimums: undefined });
          const rows = await applyTo(folder, 4);
          rows.forEach((row, index) => {
            const x = rowOfX(index);
            const steps = blockSteps(x, blockSize);
            const bound = multiply(symmetric.map(Math.abs), steps);
            const shiftBound = hasMinimums ? shiftErrors(matrix, x) : undefined;
            const exact = multiply(meant, x);
            row.forEach((value, place) => {
              const allowed = 0.5 * bound[place]! + (shiftBound?.[place] ?? 0);
              assertClose([value], [exact[place]!], {
                name: `output ${place} of row ${index}`,
                atol: allowed + FLOAT_ATOL,
              });
            });
          });
        });

        if (hasMinimums) continue;
        test(`looks up rows of ${kind}`, async () => {
          const format = { bits, blockSize, hasMinimums };
          const { matrix, tensors } = packedTensors(format);
          const meant = unpack(matrix);
          const wanted = [39, 0, 17, 17];
          const rows = await gatherRows(writeFolder(tensors), wanted);
          // Scales are fp16 and levels small integers: float32 holds each product exactly.
          const expected = wanted.flatMap((index) => [
            ...rowOf(meant, { index, length: NUM_COLUMNS }),
          ]);
          assertClose(rows, expected, { name: "rows" });
        });
      }
    }
  }

  test("refuses to look up rows of a packing with minimums", async () => {
    const { tensors } = packedTensors({
      bits: 4,
      blockSize: 32,
      hasMinimums: true,
    });
    await assert.rejects(
      gatherRows(writeFolder(tensors), [0]),
      /^TypeError: Cannot look up rows of group: its packing has minimums, expected a symmetric one$/,
    );
  });

  for (const dtype of ["F32", "F16", "BF16"] as const) {
    test(`multiplies by the parts of a group stored as ${dtype}, and looks up rows`, async () => {
      let numDone = 0;
      const parts = PART_ROWS.map((numRows, index) => {
        const part = WEIGHTS.subarray(
          numDone * NUM_COLUMNS,
          (numDone += numRows) * NUM_COLUMNS,
        );
        const { data, meant } = narrow(part, dtype);
        const shape = [numRows, NUM_COLUMNS];
        return { name: `part${index}.weight`, dtype, shape, data, meant };
      });
      const folder = writeFolder(
        parts.map(({ name, shape, data }) => ({ name, dtype, shape, data })),
      );
      const meant = Float32Array.from(parts.flatMap((part) => [...part.meant]));
      const rows = await applyTo(folder, 4);
      rows.forEach((row, index) =>
        assertClose(row, multiply(meant, rowOfX(index)), {
          name: `row ${index}`,
          atol: FLOAT_ATOL,
        }),
      );
      assert.deepEqual(await gatherRows(folder, [23, 1]), [
        ...rowOf(meant, { index: 23, length: NUM_COLUMNS }),
        ...rowOf(meant, { index: 1, length: NUM_COLUMNS }),
      ]);
    });
  }

  test("multiplies rounded activations by int8 weights, each at most half a step off", async () => {
    const levels = Int8Array.from(WEIGHTS, (weight) =>
      Math.max(-127, Math.min(127, Math.round(40 * weight))),
    );
    const scales = Float32Array.from(
      { length: NUM_ROWS },
      (_, row) => 0.01 + 0.001 * row,
    );
    const columnsFirst = new Int8Array(levels.length);
    const meant = new Float32Array(levels.length);
    for (let row = 0; row < NUM_ROWS; row++) {
      for (let column = 0; column < NUM_COLUMNS; column++) {
        const level = levels[row * NUM_COLUMNS + column]!;
        columnsFirst[column * NUM_ROWS + row] = level;
        meant[row * NUM_COLUMNS + column] = level * scales[row]!;
      }
    }
    const folder = writeFolder([
      {
        name: "group.int8",
        dtype: "I8",
        shape: [NUM_COLUMNS, NUM_ROWS],
        data: columnsFirst,
      },
      {
        name: "group.int8Scales",
        dtype: "F32",
        shape: [NUM_ROWS],
        data: scales,
      },
    ]);
    const rows = await applyTo(folder, 4);
    rows.forEach((row, index) => {
      const x = rowOfX(index);
      const exact = multiply(meant, x);
      // One step for the whole row: its largest magnitude is 127 steps.
      const bound = multiply(meant.map(Math.abs), blockSteps(x, NUM_COLUMNS));
      row.forEach((value, place) =>
        assertClose([value], [exact[place]!], {
          name: `output ${place} of row ${index}`,
          atol: 0.5 * bound[place]! + FLOAT_ATOL,
        }),
      );
    });
    await assert.rejects(gatherRows(folder, [0]), /stored for products alone/);
  });

  // Where the processor has no instruction of its own for it (x64 without VNNI) sums of two products overflowed.
  test("int8 weights and activations at the ends of their range do not overflow", async () => {
    const signs = WEIGHTS.map(Math.sign);
    const columnsFirst = new Int8Array(NUM_COLUMNS * NUM_ROWS);
    for (let row = 0; row < NUM_ROWS; row++) {
      for (let column = 0; column < NUM_COLUMNS; column++) {
        // Half of the rows are positive throughout.
        const sign = row % 2 === 0 ? 1 : signs[row * NUM_COLUMNS + column]!;
        columnsFirst[column * NUM_ROWS + row] = 127 * sign;
      }
    }
    const x = new Float32Array(NUM_COLUMNS).fill(1);
    const y = await applyInt8(columnsFirst, x, 1);
    const expected = Array.from({ length: NUM_ROWS }, (_, row) =>
      x.reduce(
        (sum, value, column) =>
          sum + value * columnsFirst[column * NUM_ROWS + row]!,
        0,
      ),
    );
    assertClose(y, expected, { name: "sums", rtol: 1e-6, atol: 1e-3 });
  });

  test("int8 weights take rows of zeros and of any size", async () => {
    const ones = new Int8Array(NUM_COLUMNS * NUM_ROWS).fill(1);
    const sizes = [0, 1e-6, 1, 1e6];
    const x = sizes.flatMap((size) =>
      new Array<number>(NUM_COLUMNS).fill(size),
    );
    const y = await applyInt8(ones, Float32Array.from(x), sizes.length);
    const expected = sizes.flatMap((size) =>
      new Array<number>(NUM_ROWS).fill(NUM_COLUMNS * size),
    );
    assertClose(y, expected, { name: "sums", rtol: 1e-6 });
  });

  test("refuses a tensor of a type that no graph takes", async () => {
    const folder = writeFolder([
      ...PART_ROWS.map((numRows, index) => ({
        name: `part${index}.weight`,
        dtype: "F64" as const,
        shape: [numRows, NUM_COLUMNS],
        data: new Float64Array(numRows * NUM_COLUMNS),
      })),
    ]);
    await assert.rejects(
      applyTo(folder, 1),
      /^TypeError: Cannot use a tensor of .*: its dtype is F64, expected F32, F16, BF16, U8, I8$/,
    );
  });
});

/** For each entry of x the step of its block: largest magnitude over 127. */
function blockSteps(x: Float32Array, blockSize: number): Float64Array {
  return Float64Array.from(x, (_, index) => {
    const start = index - (index % blockSize);
    const block = x.subarray(start, start + blockSize);
    return (
      block.reduce((max, value) => Math.max(max, Math.abs(value)), 0) / 127
    );
  });
}

/**
 * What is left of a minimum beside a whole zero point is at most half a step, and 7 levels hold the largest of a row:
 * rounding it moves a product by 1/28 of the row's largest scale for each unit of a block's sum.
 */
function shiftErrors(matrix: PackedMatrix, x: Float32Array): Float64Array {
  const { numRows, blockSize, scales } = matrix;
  const numBlocks = NUM_COLUMNS / blockSize;
  let sums = 0;
  for (let block = 0; block < numBlocks; block++) {
    const entries = x.subarray(block * blockSize, (block + 1) * blockSize);
    sums += Math.abs(entries.reduce((sum, value) => sum + value, 0));
  }
  return Float64Array.from({ length: numRows }, (_, row) => {
    const rowScales = scales.subarray(row * numBlocks, (row + 1) * numBlocks);
    return (Math.max(...Array.from(rowScales, halfToFloat)) / 28) * sums;
  });
}

/** Rounds to a type; gives the bits to store and the numbers that they mean. */
function narrow(values: Float32Array, dtype: "F32" | "F16" | "BF16") {
  switch (dtype) {
    case "F32":
      return { data: values, meant: values };
    case "F16": {
      const data = Uint16Array.from(values, floatToHalf);
      return { data, meant: Float32Array.from(data, halfToFloat) };
    }
    case "BF16": {
      const bits = new Uint32Array(values.slice().buffer);
      const data = Uint16Array.from(bits, (word) => word >>> 16);
      const cut = Uint32Array.from(data, (half) => half << 16);
      return { data, meant: new Float32Array(cut.buffer) };
    }
  }
}

function bytesOf(view: ArrayBufferView): Uint8Array {
  return new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
}
