// Folders of models that have learned nothing: their sizes, the spread of their numbers, and that they run.

import assert from "node:assert/strict";
import { readdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { readFloats } from "../../../../src/model/quantise/dequantiseGroup";
import { buildForwardGraph } from "../../../../src/model/graphs/forwardGraph";
import {
  writeFreshModel,
  type FreshConfig,
} from "../../../../src/model/import/freshModel";
import type { ModelFolder } from "../../../../src/model/files/modelFolder";
import {
  allLinearGroups,
  allOtherWeights,
} from "../../../../src/model/files/weightNames";
import { assertClose } from "../../support/assertClose";
import { useSessions } from "../../support/sessions";
import { useTemporaryFolder } from "../../support/temporaryFolder";
import { createCache, forward } from "../../support/tinyGraphs";

const SIZES = {
  vocabSize: 300,
  embeddingDim: 64,
  numLayers: 2,
  numHeads: 4,
  contextLength: 128,
  endTokenId: 0,
};
const FAMILIES: FreshConfig[] = [
  { architecture: "gpt2", ...SIZES },
  { architecture: "llama", ...SIZES, numKvHeads: 2 },
];

for (const fresh of FAMILIES) {
  suite(`writeFreshModel() of a ${fresh.architecture}`, () => {
    const inFolder = useTemporaryFolder();
    const load = useSessions();
    const make = (seed: number, name = `model-${seed}`): ModelFolder =>
      writeFreshModel(inFolder(name), fresh, { seed });

    test("writes every tensor that the config asks for and no other", () => {
      const { config, tensors } = make(1);
      assert.equal(config.architecture, fresh.architecture);
      assert.deepEqual(config.eosTokenIds, [0]);
      const names = [
        ...allLinearGroups(config).flatMap(({ parts }) =>
          parts.map(({ name }) => `${name}.weight`),
        ),
        ...allOtherWeights(config).map(({ name }) => name),
      ];
      assert.deepEqual([...tensors.keys()].sort(), names.sort());
    });

    test("spreads matrices by 0.02, and by less where layers write into the residual stream", () => {
      const { config, tensors } = make(2);
      const isResidual = /(o_proj|down_proj|attn\.c_proj|mlp\.c_proj)$/;
      for (const { parts } of allLinearGroups(config)) {
        for (const { name } of parts) {
          const values = readFloats(tensors.get(`${name}.weight`)!);
          const squares = values.reduce((sum, x) => sum + x * x, 0);
          const expected = isResidual.test(name)
            ? 0.02 / Math.sqrt(2 * config.numLayers)
            : 0.02;
          // 2,048 numbers at the least: their deviation is within 1.6% of the true one in two cases of three.
          assertClose([Math.sqrt(squares / values.length)], [expected], {
            name,
            atol: 0,
            rtol: 0.1,
          });
        }
      }
    });

    test("starts norms at one and biases at zero", () => {
      const { config, tensors } = make(3);
      for (const { name, shape } of allOtherWeights(config)) {
        if (shape.length > 1) continue;
        const expected = name.endsWith(".bias") ? 0 : 1;
        const values = readFloats(tensors.get(name)!);
        assert.ok(
          values.every((value) => value === expected),
          name,
        );
      }
    });

    test("gives the same numbers for a seed and others for another", () => {
      const first = (folder: ModelFolder) => {
        const name = allLinearGroups(folder.config)[0]!.parts[0]!.name;
        return readFloats(folder.tensors.get(`${name}.weight`)!);
      };
      assert.deepEqual(first(make(4)), first(make(4, "again")));
      assert.notDeepEqual(first(make(4, "third")), first(make(5)));
    });

    test("makes a model that runs and finds all tokens about equally probable", async () => {
      const folder = make(6);
      const graph = buildForwardGraph(folder, {
        kvScales: undefined,
        accuracyLevel: 1,
        logits: "all",
      });
      const session = await load(graph, folder.directory);
      const rows = await forward(
        session,
        createCache(folder, "float32"),
        [5, 77, 299],
      );
      for (const row of rows) {
        assert.equal(row.length, fresh.vocabSize);
        assert.ok(row.every((logit) => Math.abs(logit) < 2));
      }
    });

    test("writes further files, and replaces a model only where it may", () => {
      const directory = inFolder("taken");
      const files = new Map([["tokenizer.json", { model: "BPE" }]]);
      writeFreshModel(directory, fresh, { seed: 1, files });
      assert.throws(
        () => writeFreshModel(directory, fresh, { seed: 1 }),
        /holds files already/,
      );
      writeFileSync(path.join(directory, "notes.txt"), "mine");
      writeFreshModel(directory, fresh, { seed: 2, mayReplace: true });
      assert.deepEqual(readdirSync(directory).sort(), [
        "config.json",
        "model.safetensors",
        "notes.txt",
      ]);
    });
  });
}
