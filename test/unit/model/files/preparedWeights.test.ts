// The weights that training prepares, as they lie in the cache: measured and removed, and nothing beside them.
import assert from "node:assert/strict";
import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { openPrefillFolder } from "../../../../src/model/quantise/prefillWeights";
import { openTrainingFolder } from "../../../../src/model/quantise/trainingWeights";
import {
  preparedBytes,
  removePrepared,
} from "../../../../src/model/files/preparedWeights";
import { makePackedModel } from "../../support/packedModel";
import { useTemporaryFolder } from "../../support/temporaryFolder";

suite("prepared weights", () => {
  const inFolder = useTemporaryFolder();

  test("preparedBytes() is 0 where nothing was ever trained", () => {
    assert.equal(preparedBytes(inFolder("nothing")), 0);
  });

  test("removePrepared() removes what openTrainingFolder() has derived, and no other file", async () => {
    const cache = inFolder("cache");
    const base = await makePackedModel(4, inFolder("tiny"));
    const derived = openTrainingFolder(base, cache).directory;
    const prefill = openPrefillFolder(base, cache).directory;
    const unfinished = `${derived}.partial-abc`;
    mkdirSync(unfinished);
    writeFileSync(path.join(unfinished, "model.safetensors"), "weights");
    const before = preparedBytes(cache);
    assert.ok(before > 1000, `${before}`);
    removePrepared(cache);
    assert.equal(existsSync(derived), false);
    assert.deepEqual(
      readdirSync(cache).sort(),
      [prefill, unfinished].map((file) => path.basename(file)).sort(),
    );
    assert.equal(preparedBytes(cache), 0);
  });
});
