// The float32 form of quantised weights that training reads.

import assert from "node:assert/strict";
import { existsSync } from "node:fs";
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

  test("stands beside the form for prefill, and neither removes the other", () => {
    const cacheFolder = inFolder("both");
    const training = openTrainingFolder(packed, cacheFolder);
    const prefill = openPrefillFolder(packed, cacheFolder);
    assert.equal(
      openTrainingFolder(packed, cacheFolder).directory,
      training.directory,
    );
    assert.ok(existsSync(training.directory) && existsSync(prefill.directory));
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
