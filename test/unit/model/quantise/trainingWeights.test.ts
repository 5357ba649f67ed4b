// The forms of quantised weights that training reads: float32, and int8 for the products of both passes.

import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { seededRandom } from "../../../../src/common/random";
import { isFastestInt8Exact } from "../../../../src/engine/fastestInt8";
import { readTensorBytes } from "../../../../src/formats/safetensors";
import { removePrepared } from "../../../../src/model/files/preparedWeights";
import { createSession } from "../../../../src/runtime/session";
import {
  GraphModel,
  initialParameters,
} from "../../../../src/training/graphModel";
import type { LossGradients } from "../../../../src/training/trainingModel";
import {
  dequantiseGroup,
  readFloats,
} from "../../../../src/model/quantise/dequantiseGroup";
import type { ModelFolder } from "../../../../src/model/files/modelFolder";
import { openPrefillFolder } from "../../../../src/model/quantise/prefillWeights";
import { buildTrainingGraph } from "../../../../src/model/graphs/trainingGraph";
import { openTrainingFolder } from "../../../../src/model/quantise/trainingWeights";
import {
  allLinearGroups,
  allOtherWeights,
  embeddingGroup,
} from "../../../../src/model/files/weightNames";
import { makePackedModel } from "../../support/packedModel";
import { useTemporaryFolder } from "../../support/temporaryFolder";
import {
  readTrainingGolden,
  writeGoldenModel,
} from "../../support/trainingGolden";

suite("openTrainingFolder()", () => {
  const inFolder = useTemporaryFolder();
  let packed: ModelFolder;

  suiteSetup(async () => {
    packed = await makePackedModel(4, inFolder("tiny"));
  });

  test("has every weight of a quantised model as float32, groups in one piece", () => {
    const derived = openTrainingFolder(packed, inFolder("cache"));
    for (const group of allLinearGroups(packed.config)) {
      const location = derived.tensors.get(`${group.name}.weight`)!;
      const expected = dequantiseGroup(packed, group);
      assert.equal(location.dtype, "F32");
      assert.deepEqual(location.shape, [
        expected.length / group.numColumns,
        group.numColumns,
      ]);
      assert.deepEqual(readFloats(location), expected, group.name);
    }
    for (const { name } of allOtherWeights(packed.config)) {
      assert.deepEqual(
        readFloats(derived.tensors.get(name)!),
        readFloats(packed.tensors.get(name)!),
        name,
      );
    }
  });

  test("stands beside the form for prefill, and none removes another", () => {
    const cacheFolder = inFolder("both");
    const training = openTrainingFolder(packed, cacheFolder);
    const int8 = openTrainingFolder(packed, cacheFolder, "int8");
    const prefill = openPrefillFolder(packed, cacheFolder);
    for (const [form, { directory }] of [
      ["float32", training],
      ["int8", int8],
    ] as const) {
      const again = openTrainingFolder(packed, cacheFolder, form);
      assert.equal(again.directory, directory);
    }
    for (const { directory } of [training, int8, prefill]) {
      assert.ok(existsSync(directory));
    }
    assert.notEqual(training.directory, int8.directory);
    removePrepared(cacheFolder);
    assert.ok(!existsSync(training.directory) && !existsSync(int8.directory));
    assert.ok(existsSync(prefill.directory));
  });

  test("has the layers' matrices as int8 for both passes, and what lies at the ends as float32", () => {
    const derived = openTrainingFolder(packed, inFolder("cache"), "int8");
    const embedding = embeddingGroup(packed.config);
    const int8 = (name: string) => {
      const bytes = readTensorBytes(derived.tensors.get(name)!);
      const { length } = bytes;
      return new Int8Array(bytes.buffer, bytes.byteOffset, length);
    };
    for (const group of allLinearGroups(packed.config)) {
      const weights = dequantiseGroup(packed, group);
      if (group.name === embedding.name) {
        const location = derived.tensors.get(`${group.name}.weight`)!;
        assert.deepEqual(readFloats(location), weights);
        continue;
      }
      assert.equal(derived.tensors.get(`${group.name}.weight`), undefined);
      const { numColumns } = group;
      const numRows = weights.length / numColumns;
      const forward = int8(`${group.name}.int8Forward`);
      const backward = int8(`${group.name}.int8Backward`);
      const scalesOf = (side: string) =>
        readFloats(derived.tensors.get(`${group.name}.int8${side}Scales`)!);
      const byRow = scalesOf("Forward");
      const byColumn = scalesOf("Backward");
      for (let index = 0; index < weights.length; index++) {
        const row = Math.floor(index / numColumns);
        const column = index % numColumns;
        const weight = weights[index]!;
        const there = forward[column * numRows + row]! * byRow[row]!;
        const back = backward[index]! * byColumn[column]!;
        assert.ok(Math.abs(there - weight) <= 0.501 * byRow[row]!);
        assert.ok(Math.abs(back - weight) <= 0.501 * byColumn[column]!);
      }
    }
  });

  test("gives int8 gradients that point where those of float32 do, and nearly the same loss", async () => {
    const blockTokens = 32;
    const steps = [];
    for (const form of ["float32", "int8"] as const) {
      const derived = openTrainingFolder(packed, inFolder("cache"), form);
      const { graph, parameters } = buildTrainingGraph(derived, {
        method: "lora",
        rank: 2,
        alpha: 4,
        projections: ["q", "k", "v", "o", "gate", "up", "down"],
        lastLayers: 0,
        blockTokens,
      });
      const session = await createSession(graph, {
        weightsFolder: derived.weightsFolder,
        threads: 1,
        usesFastestInt8: await isFastestInt8Exact(),
      });
      const random = seededRandom(5);
      const values = initialParameters(parameters, random);
      for (const { values: each } of values) {
        each.forEach((_, index) => (each[index] = 0.2 * (random() - 0.5)));
      }
      const order = Array.from({ length: blockTokens }, (_, place) => place);
      const { vocabSize } = packed.config;
      const tokenAt = (place: number) => BigInt((place * 37) % vocabSize);
      const found = await new GraphModel(session, values).computeGradients({
        tokenIds: BigInt64Array.from(order, tokenAt),
        targetIds: BigInt64Array.from(order, (place) => tokenAt(place + 1)),
        positions: BigInt64Array.from(order, (place) => BigInt(place)),
        documentIds: new BigInt64Array(blockTokens),
        targetWeights: new Float32Array(blockTokens).fill(1),
        numTargets: blockTokens,
      });
      await session.release();
      steps.push(found);
    }
    const [exact, rounded] = steps as [LossGradients, LossGradients];
    assert.ok(Math.abs(rounded.loss / exact.loss - 1) < 0.01);
    exact.gradients.forEach((gradient, index) => {
      const other = rounded.gradients[index]!;
      assert.ok(cosine(gradient, other) > 0.97, `${index}`);
      assert.notDeepEqual(gradient, other);
    });
  });

  test("leaves an unquantised folder as it is", () => {
    const golden = readTrainingGolden();
    const folder = writeGoldenModel(inFolder("float"), golden.models.gpt2);
    assert.equal(openTrainingFolder(folder, inFolder("none")), folder);
    assert.ok(!existsSync(inFolder("none")));
  });

  test("gives a graph the same parameters that the float model has", () => {
    const derived = openTrainingFolder(packed, inFolder("cache"));
    const { parameters } = buildTrainingGraph(derived, {
      method: "lora",
      rank: 2,
      alpha: 4,
      projections: ["q", "k", "v", "gate"],
      lastLayers: 1,
      blockTokens: 8,
    });
    const prefix = "base_model.model.model.layers.1";
    assert.deepEqual(
      parameters.map(({ name, shape }) => [name, shape]),
      [
        ["self_attn.q_proj", 64],
        ["self_attn.k_proj", 32],
        ["self_attn.v_proj", 32],
        ["mlp.gate_proj", 96],
      ].flatMap(([part, numRows]) => [
        [`${prefix}.${part}.lora_A.weight`, [2, 64]],
        [`${prefix}.${part}.lora_B.weight`, [numRows, 2]],
      ]),
    );
  });
});

function cosine(a: Float32Array, b: Float32Array): number {
  const dot = (x: Float32Array, y: Float32Array) =>
    x.reduce((sum, value, index) => sum + value * y[index]!, 0);
  return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
}
