// The Gram matrices of a tiny model: against plain loops where the inputs are known, and on several windows.

import assert from "node:assert/strict";
import { measureGramMatrices } from "../../../../src/engine/gramMatrices";
import type { ModelFolder } from "../../../../src/model/files/modelFolder";
import { layerNormNames } from "../../../../src/model/files/llamaNames";
import { findTensor } from "../../../../src/model/files/weights";
import {
  embeddingGroup,
  layerGroups,
} from "../../../../src/model/files/weightNames";
import {
  dequantiseGroup,
  readFloats,
} from "../../../../src/model/quantise/dequantiseGroup";
import { assertClose } from "../../support/assertClose";
import { randomTokenIds } from "../../support/tinyGraphs";
import { makeTinyModel, removeTinyModel } from "../../support/tinyModel";

suite("buildGramGraph() and measureGramMatrices()", () => {
  let folder: ModelFolder;
  suiteSetup(() => {
    folder = makeTinyModel(21);
  });
  suiteTeardown(() => removeTinyModel(folder));

  test("the first layer's inputs are the normalised embeddings", async () => {
    const tokenIds = randomTokenIds(2, { count: 9 });
    const grams = await measureGramMatrices(folder, [tokenIds], { threads: 1 });
    const { queryKeyValue } = layerGroups(folder.config, 0);
    assertClose(
      grams.get(queryKeyValue!.name)!,
      gramOfNormalisedEmbeddings(folder, tokenIds),
      { name: "gram", atol: 1e-3 },
    );
  });

  test("there is one for every group of every layer, and windows add up", async () => {
    const first = randomTokenIds(3, { count: 12 });
    const second = randomTokenIds(4, { count: 7 });
    const measure = (...windows: number[][]) =>
      measureGramMatrices(folder, windows, { threads: 1 });
    const [one, other, both] = [
      await measure(first),
      await measure(second),
      await measure(first, second),
    ];
    const names = Array.from({ length: folder.config.numLayers }, (_, layer) =>
      Object.values(layerGroups(folder.config, layer)),
    )
      .flat()
      .map(({ name }) => name);
    assert.deepEqual([...both.keys()].sort(), names.sort());
    for (const name of names) {
      const sum = one.get(name)!.map((value, index) => {
        return value + other.get(name)![index]!;
      });
      assertClose(both.get(name)!, sum, { name: "gram", atol: 1e-3 });
    }
  });
});

/** X^T X of what enters the first layer, in plain loops. */
function gramOfNormalisedEmbeddings(
  folder: ModelFolder,
  tokenIds: readonly number[],
): Float32Array {
  const { embeddingDim } = folder.config;
  const { normEpsilon } = folder.config as { normEpsilon: number };
  const embedding = dequantiseGroup(folder, embeddingGroup(folder.config));
  const norm = readFloats(
    findTensor(folder, layerNormNames(0).attention, [embeddingDim]),
  );
  const gram = new Float32Array(embeddingDim * embeddingDim);
  for (const tokenId of tokenIds) {
    const row = embedding.slice(
      tokenId * embeddingDim,
      (tokenId + 1) * embeddingDim,
    );
    const meanSquare =
      row.reduce((sum, value) => sum + value * value, 0) / embeddingDim;
    const x = row.map(
      (value, index) =>
        (value / Math.sqrt(meanSquare + normEpsilon)) * norm[index]!,
    );
    for (let i = 0; i < embeddingDim; i++) {
      for (let j = 0; j < embeddingDim; j++) {
        gram[i * embeddingDim + j]! += x[i]! * x[j]!;
      }
    }
  }
  return gram;
}
