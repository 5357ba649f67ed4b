import assert from "node:assert/strict";
import {
  existsSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";
import {
  dequantiseGroup,
  readFloats,
} from "../../../../src/model/quantise/dequantiseGroup";
import {
  openModelFolder,
  type ModelFolder,
} from "../../../../src/model/files/modelFolder";
import {
  openPrefillFolder,
  findPrefillFolder,
} from "../../../../src/model/quantise/prefillWeights";
import { readTensorBytes } from "../../../../src/formats/safetensors";
import {
  allOtherWeights,
  embeddingGroup,
  layerGroups,
} from "../../../../src/model/files/weightNames";
import { assertClose } from "../../support/assertClose";
import { copyModel, makePackedModel } from "../../support/packedModel";
import { useTemporaryFolder } from "../../support/temporaryFolder";

suite("openPrefillFolder()", () => {
  const inFolder = useTemporaryFolder();
  let packed: ModelFolder;
  let numCases = 0;

  suiteSetup(async () => {
    packed = await makePackedModel(4, inFolder("tiny"));
  });

  /** A model and a cache folder of the test's own. */
  function newCase() {
    numCases++;
    const folder = copyModel(packed, inFolder(`models-${numCases}`, "tiny"));
    return { folder, cacheFolder: inFolder(`cache-${numCases}`) };
  }

  const weightsOf = (folder: ModelFolder) =>
    path.join(folder.directory, "model.safetensors");

  /** When the derived file was written, to the nanosecond. */
  const writtenAt = (derived: ModelFolder) =>
    statSync(weightsOf(derived), { bigint: true }).mtimeNs;

  test("rounds each row of a layer by its largest weight, and turns the matrix", () => {
    const { folder, cacheFolder } = newCase();
    const derived = openPrefillFolder(folder, cacheFolder);
    for (let layer = 0; layer < 2; layer++) {
      for (const group of Object.values(layerGroups(folder.config, layer))) {
        const meant = dequantiseGroup(folder, group);
        const numRows = meant.length / group.numColumns;
        const matrix = derived.tensors.get(`${group.name}.int8`)!;
        assert.deepEqual(matrix.shape, [group.numColumns, numRows]);
        const levels = new Int8Array(readTensorBytes(matrix).buffer);
        const scales = readFloats(
          derived.tensors.get(`${group.name}.int8Scales`)!,
        );
        for (let row = 0; row < numRows; row++) {
          const start = row * group.numColumns;
          const weights = meant.subarray(start, start + group.numColumns);
          const largest = Math.max(...weights.map(Math.abs));
          assertClose([scales[row]!], [largest / 127], {
            name: `scale of row ${row}`,
            rtol: 1e-6,
          });
          const rounded = weights.map(
            (_, column) => levels[column * numRows + row]! * scales[row]!,
          );
          assertClose(rounded, weights, {
            name: `row ${row} of ${group.name}`,
            atol: 0.501 * scales[row]!,
          });
        }
      }
    }
  });

  test("keeps embedding, norms and config as they are", () => {
    const { folder, cacheFolder } = newCase();
    const derived = openPrefillFolder(folder, cacheFolder);
    assert.deepEqual(derived.config, folder.config);
    const embedding = embeddingGroup(folder.config).name;
    for (const name of [
      `${embedding}.packed`,
      `${embedding}.scales`,
      ...allOtherWeights(folder.config).map(({ name }) => name),
    ]) {
      assert.deepEqual(
        readTensorBytes(derived.tensors.get(name)!),
        readTensorBytes(folder.tensors.get(name)!),
        name,
      );
    }
  });

  test("derives once and opens the same again", () => {
    const { folder, cacheFolder } = newCase();
    const first = openPrefillFolder(folder, cacheFolder);
    const time = writtenAt(first);
    const again = openPrefillFolder(
      openModelFolder(folder.directory),
      cacheFolder,
    );
    assert.equal(again.directory, first.directory);
    assert.equal(writtenAt(again), time);
    assert.equal(first.directory, findPrefillFolder(folder, cacheFolder));
    assert.deepEqual(readdirSync(cacheFolder), [
      path.basename(first.directory),
    ]);
  });

  test("takes what another window has made meanwhile", () => {
    const { folder, cacheFolder } = newCase();
    let target = "";
    // The first weight that is read finds the other window done.
    const tensors = new Map(folder.tensors);
    const racing = { ...folder, tensors };
    let time: bigint | undefined;
    const get = tensors.get.bind(tensors);
    tensors.get = (name) => {
      if (time === undefined) {
        time = 0n;
        const other = openPrefillFolder(folder, cacheFolder);
        target = other.directory;
        time = writtenAt(other);
      }
      return get(name);
    };
    const derived = openPrefillFolder(racing, cacheFolder);
    assert.equal(derived.directory, target);
    assert.equal(writtenAt(derived), time);
    assert.deepEqual(readdirSync(cacheFolder), [path.basename(target)]);
  });

  test("leaves nothing half made where it cannot write", () => {
    const { folder, cacheFolder } = newCase();
    writeFileSync(cacheFolder, "a file in the way");
    assert.throws(
      () => openPrefillFolder(folder, cacheFolder),
      /are in each other/,
    );
    assert.equal(readFileSync(cacheFolder, "utf8"), "a file in the way");
  });

  test("leaves nothing half made where the model cannot be read", () => {
    const { folder, cacheFolder } = newCase();
    folder.tensors.delete("model.norm.weight");
    assert.throws(
      () => openPrefillFolder(folder, cacheFolder),
      /model.norm.weight/,
    );
    assert.ok(!existsSync(cacheFolder));
  });
});
