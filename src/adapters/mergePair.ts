// Bakes an adapter into the weights that it was learned for: W + scale * loraB loraA (arXiv:2106.09685, section 4.1).

import type { LoraPair } from "../model/layers/adapterLinear";

/** Adds a pair's product to its matrix [numRows, numColumns], in place. */
export function mergePair(
  matrix: Float32Array,
  { rank, scale, loraA, loraB }: LoraPair,
): void {
  const numColumns = loraA.length / rank;
  const numRows = loraB.length / rank;
  for (let row = 0; row < numRows; row++) {
    const weights = matrix.subarray(row * numColumns, (row + 1) * numColumns);
    for (let inner = 0; inner < rank; inner++) {
      const factor = scale * loraB[row * rank + inner]!;
      const from = inner * numColumns;
      for (let column = 0; column < numColumns; column++) {
        weights[column]! += factor * loraA[from + column]!;
      }
    }
  }
}
