import assert from "node:assert/strict";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
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
  prefillFolderPath,
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

  /** Makes the model's file look as if it had been changed. */
  function touch(folder: ModelFolder): ModelFolder {
    utimesSync(weightsOf(folder), 1e9 + numCases, 1e9 + numCases);
    return openModelFolder(folder.directory);
  }

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
    assert.equal(first.directory, prefillFolderPath(folder, cacheFolder));
    assert.deepEqual(readdirSync(cacheFolder), [
      path.basename(first.directory),
    ]);
  });

  test("derives anew when the model changes, and removes what was derived before", () => {
    const { folder, cacheFolder } = newCase();
    const first = openPrefillFolder(folder, cacheFolder);
    const others = [
      "other-0123456789abcdef",
      "tiny-notes",
      "tiny-0123456789abcdef.partial-Xy12ab",
    ];
    for (const name of others) mkdirSync(path.join(cacheFolder, name));
    const second = openPrefillFolder(touch(folder), cacheFolder);
    assert.notEqual(second.directory, first.directory);
    assert.ok(!existsSync(first.directory));
    assert.deepEqual(
      readdirSync(cacheFolder).sort(),
      [...others, path.basename(second.directory)].sort(),
    );
  });

  // Each ended process left some 130 MB.
  test("removes what a process that is gone left unfinished", () => {
    const { folder, cacheFolder } = newCase();
    const old = path.join(cacheFolder, "tiny-0123456789abcdef.partial-Xy12ab");
    mkdirSync(old, { recursive: true });
    const twoHoursAgo = Date.now() / 1000 - 2 * 3600;
    utimesSync(old, twoHoursAgo, twoHoursAgo);
    openPrefillFolder(folder, cacheFolder);
    assert.ok(!existsSync(old));
  });

  test("names the folder after the model, with characters that a file's name may have", () => {
    const { folder, cacheFolder } = newCase();
    const named = { ...folder, name: "a/b: c" };
    assert.match(
      path.basename(openPrefillFolder(named, cacheFolder).directory),
      /^a_b__c-[0-9a-f]{16}$/,
    );
  });

  test("takes what another window has made meanwhile", () => {
    const { folder, cacheFolder } = newCase();
    const target = prefillFolderPath(folder, cacheFolder);
    // The first weight that is read finds the other window done.
    const tensors = new Map(folder.tensors);
    const racing = { ...folder, tensors };
    let time: bigint | undefined;
    const get = tensors.get.bind(tensors);
    tensors.get = (name) => {
      time ??= writtenAt(openPrefillFolder(folder, cacheFolder));
      return get(name);
    };
    const derived = openPrefillFolder(racing, cacheFolder);
    assert.equal(derived.directory, target);
    assert.equal(writtenAt(derived), time);
    assert.deepEqual(readdirSync(cacheFolder), [path.basename(target)]);
  });

  test("makes a damaged folder again", () => {
    const { folder, cacheFolder } = newCase();
    const first = openPrefillFolder(folder, cacheFolder);
    const whole = readFileSync(weightsOf(first));
    truncateSync(weightsOf(first), whole.length - 1);
    const again = openPrefillFolder(folder, cacheFolder);
    assert.deepEqual(readFileSync(weightsOf(again)), whole);
    rmSync(path.join(again.directory, "config.json"));
    assert.deepEqual(
      openPrefillFolder(folder, cacheFolder).config,
      folder.config,
    );
  });

  test("leaves nothing half made where it cannot write", () => {
    const { folder, cacheFolder } = newCase();
    writeFileSync(cacheFolder, "a file in the way");
    assert.throws(
      () => openPrefillFolder(folder, cacheFolder),
      /ENOTDIR|EEXIST/,
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
