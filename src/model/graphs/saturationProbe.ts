// A small product that tells whether this processor's fast kernels add uint8 by int8 products exactly.
// x64 without VNNI adds pairs of them in 16 bits, which overflow: prefill would be wrong there.

import * as contrib from "../../onnx/contribOperators";
import { GraphBuilder } from "../../onnx/graphBuilder";

const NUM_ROWS = 8;
const NUM_COLUMNS = 64;
const NUM_OUTPUTS = 32;
const LARGEST_UINT8 = 255;
const LARGEST_INT8 = 127;

/** What every entry of the output is when nothing overflows. */
export const EXACT_SUM = NUM_COLUMNS * LARGEST_UINT8 * LARGEST_INT8;

/** Input: `a` uint8 [8, 64], to be filled with 255. Output: `sums` float [8, 32]. */
export function buildSaturationProbe(): {
  graph: Uint8Array;
  a: Uint8Array<ArrayBuffer>;
  dims: [number, number];
} {
  const graph = new GraphBuilder();
  const dims: [number, number] = [NUM_ROWS, NUM_COLUMNS];
  const sums = contrib.matMulIntegerToFloat(graph, {
    a: graph.input("a", "uint8", dims),
    b: graph.inline(
      "int8",
      new Int8Array(NUM_COLUMNS * NUM_OUTPUTS).fill(LARGEST_INT8),
      [NUM_COLUMNS, NUM_OUTPUTS],
    ),
    aScale: graph.floats([1]),
    bScale: graph.floats(new Array<number>(NUM_OUTPUTS).fill(1), [NUM_OUTPUTS]),
    aZeroPoint: graph.inline("uint8", Uint8Array.of(0), []),
  });
  graph.output("sums", sums, {
    type: "float32",
    shape: [NUM_ROWS, NUM_OUTPUTS],
  });
  return {
    graph: graph.toBytes(),
    a: new Uint8Array(NUM_ROWS * NUM_COLUMNS).fill(LARGEST_UINT8),
    dims,
  };
}
