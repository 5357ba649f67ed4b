// Derived weights: which ones belong to which model, when they are made anew, and when they go.
import assert from "node:assert/strict";
import {
  appendFileSync,
  closeSync,
  cpSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import path from "node:path";
import { checkDerivedWeights } from "../../../../src/cli/doctor/derived";
import {
  openModelFolder,
  type ModelFolder,
} from "../../../../src/model/files/modelFolder";
import {
  findPrefillFolder,
  isPrefillSound,
  openPrefillFolder,
  stampPrefill,
} from "../../../../src/model/quantise/prefillWeights";
import { openTrainingFolder } from "../../../../src/model/quantise/trainingWeights";
import { copyModel, makePackedModel } from "../../support/packedModel";
import { useTemporaryFolder } from "../../support/temporaryFolder";

suite("Derived weights", () => {
  const inFolder = useTemporaryFolder();
  let packed: ModelFolder;
  let other: ModelFolder;
  let numCases = 0;
  suiteSetup(async () => {
    packed = await makePackedModel(4, inFolder("a", "tiny"));
    other = await makePackedModel(5, inFolder("b", "tiny"));
  });

  /** A model of the test's own in a folder of the same name, and a cache folder. */
  function newCase(model = packed) {
    const root = inFolder(`case-${numCases++}`);
    const directory = path.join(root, "tiny");
    const cacheFolder = path.join(root, "cache");
    return { folder: copyModel(model, directory), directory, cacheFolder };
  }
  const weightsOf = ({ directory }: { directory: string }) =>
    path.join(directory, "model.safetensors");
  const contentOf = (folder: ModelFolder) => readFileSync(weightsOf(folder));
  const editConfig = (
    directory: string,
    change: Record<string, unknown>,
  ): ModelFolder => {
    const file = path.join(directory, "config.json");
    const config = JSON.parse(readFileSync(file, "utf8")) as object;
    writeFileSync(file, JSON.stringify({ ...config, ...change }));
    return openModelFolder(directory);
  };
  const setTime = (file: string) => utimesSync(file, 1e9, 1e9);

  // Each makes a model out of one whose weights were derived; whether these are then used for it.
  const models: [string, boolean, (folder: ModelFolder) => ModelFolder][] = [
    ["the same model again", true, (folder) => folder],
    [
      "a copy at another path",
      true,
      (folder) => copyModel(folder, `${folder.directory}-copy`),
    ],
    [
      "a folder that was moved",
      true,
      ({ directory }) => {
        renameSync(directory, `${directory}-moved`);
        return openModelFolder(`${directory}-moved`);
      },
    ],
    [
      "files with another time",
      true,
      (folder) => {
        setTime(weightsOf(folder));
        return openModelFolder(folder.directory);
      },
    ],
    [
      "the same weights with another config",
      false,
      (folder) => {
        const copy = copyModel(folder, `${folder.directory}-copy`);
        return editConfig(copy.directory, { rope_theta: 500 });
      },
    ],
    [
      "a config that was changed in its place",
      false,
      ({ directory }) => editConfig(directory, { rms_norm_eps: 0.1 }),
    ],
    [
      "another model of the same name, size and time",
      false,
      (folder) => {
        const copy = copyModel(other, `${folder.directory}-copy/tiny`);
        setTime(weightsOf(copy));
        return openModelFolder(copy.directory);
      },
    ],
    [
      "other weights in its place, of the same size and time",
      false,
      (folder) => {
        cpSync(weightsOf(other), weightsOf(folder));
        setTime(weightsOf(folder));
        return openModelFolder(folder.directory);
      },
    ],
    [
      "one changed weight, with the old time",
      false,
      (folder) => {
        overwrite(weightsOf(folder), -100, [1, 2, 3]);
        setTime(weightsOf(folder));
        return openModelFolder(folder.directory);
      },
    ],
  ];
  for (const [name, isUsed, make] of models) {
    test(`openPrefillFolder() ${isUsed ? "takes" : "does not take"} what was derived for ${name}`, () => {
      const { directory, cacheFolder } = newCase();
      setTime(weightsOf({ directory }));
      const folder = openModelFolder(directory);
      const first = openPrefillFolder(folder, cacheFolder);
      const time = statSync(weightsOf(first), { bigint: true }).mtimeNs;
      const changed = make(folder);
      const second = openPrefillFolder(changed, cacheFolder);
      assert.equal(second.directory === first.directory, isUsed);
      assert.deepEqual(second.config, changed.config);
      if (isUsed) {
        const { mtimeNs } = statSync(weightsOf(second), { bigint: true });
        assert.equal(mtimeNs, time);
      } else {
        assert.equal(
          contentOf(second).equals(
            contentOf(openPrefillFolder(changed, inFolder(`ref-${numCases}`))),
          ),
          true,
        );
      }
      assert.equal(findPrefillFolder(changed, cacheFolder), second.directory);
    });
  }

  function overwrite(file: string, from: number, bytes: Iterable<number>) {
    const descriptor = openSync(file, "r+");
    const { size } = statSync(file);
    const at = from < 0 ? size + from : from;
    writeSync(descriptor, Uint8Array.from(bytes), 0, undefined, at);
    closeSync(descriptor);
  }

  const damages: [string, (derived: ModelFolder) => void][] = [
    [
      "zeros over its weights",
      (derived) => {
        const { size } = statSync(weightsOf(derived));
        const half = Math.floor(size / 2);
        overwrite(weightsOf(derived), half, new Uint8Array(size - half));
      },
    ],
    [
      "zeros alone",
      (derived) => {
        const { size } = statSync(weightsOf(derived));
        writeFileSync(weightsOf(derived), new Uint8Array(size));
      },
    ],
    ["a changed byte", (derived) => overwrite(weightsOf(derived), -1, [0x7e])],
    ["their end cut off", (derived) => truncateSync(weightsOf(derived), 999)],
    ["an empty file", (derived) => writeFileSync(weightsOf(derived), "")],
    ["more bytes", (derived) => appendFileSync(weightsOf(derived), "x")],
    [
      "another model's weights",
      (derived) => {
        const { directory } = openPrefillFolder(other, inFolder("other"));
        cpSync(weightsOf({ directory }), weightsOf(derived));
      },
    ],
    [
      "another config",
      ({ directory }) => void editConfig(directory, { rope_theta: 5 }),
    ],
    [
      "no config",
      ({ directory }) => rmSync(path.join(directory, "config.json")),
    ],
    [
      "no record",
      ({ directory }) => rmSync(path.join(directory, "derived.json")),
    ],
    [
      "half a record",
      ({ directory }) => truncateSync(path.join(directory, "derived.json"), 20),
    ],
  ];
  for (const [what, damage] of damages) {
    for (const open of [openPrefillFolder, openTrainingFolder]) {
      test(`${open.name}() makes weights anew that have ${what}`, () => {
        const { folder, cacheFolder } = newCase();
        const first = open(folder, cacheFolder);
        const whole = contentOf(first);
        damage(first);
        const again = open(folder, cacheFolder);
        assert.ok(contentOf(again).equals(whole));
        assert.deepEqual(again.config, folder.config);
        assert.equal(checkDerivedWeights([cacheFolder]).isOk, true);
      });
    }

    test(`the doctor tells of weights that have ${what}, and removes them`, () => {
      const { folder, cacheFolder } = newCase();
      const { directory } = openPrefillFolder(folder, cacheFolder);
      const training = openTrainingFolder(folder, cacheFolder).directory;
      damage(openModelFolder(directory));
      const check = checkDerivedWeights([inFolder("nowhere"), cacheFolder]);
      assert.equal(check.isOk, false);
      assert.match(check.found, /weights-[0-9a-f]{16}$/);
      assert.ok(!existsSync(directory));
      assert.ok(existsSync(training));
    });

    test(`isPrefillSound() sees weights that have ${what}`, () => {
      const { folder, cacheFolder } = newCase();
      const derived = openPrefillFolder(folder, cacheFolder);
      const { directory } = derived;
      const loaded = { directory, stamp: stampPrefill(directory) };
      assert.equal(isPrefillSound(loaded), true);
      damage(derived);
      assert.equal(isPrefillSound(loaded), false);
    });
  }

  test("isPrefillSound() sees that another window has made damaged weights anew", () => {
    const { folder, cacheFolder } = newCase();
    const { directory } = openPrefillFolder(folder, cacheFolder);
    const loaded = { directory, stamp: stampPrefill(directory) };
    rmSync(directory, { recursive: true });
    openPrefillFolder(folder, cacheFolder);
    assert.equal(isPrefillSound(loaded), false);
  });

  test("openPrefillFolder() removes what no model folder needs any more, and nothing else", () => {
    const { folder, directory, cacheFolder } = newCase();
    const kept = newCase(other);
    const keptWeights = openPrefillFolder(kept.folder, cacheFolder).directory;
    const gone = newCase(other);
    editConfig(gone.directory, { rope_theta: 7 });
    openPrefillFolder(openModelFolder(gone.directory), cacheFolder);
    rmSync(gone.directory, { recursive: true });
    openPrefillFolder(folder, cacheFolder);
    openTrainingFolder(folder, cacheFolder);
    const notes = ["notes", "other-0123456789abcdef"];
    const ofEarlierVersions = [
      "tiny-0123456789abcdef",
      "tiny-training-0123456789abcdef",
    ];
    for (const name of [...notes, ...ofEarlierVersions]) {
      mkdirSync(path.join(cacheFolder, name));
    }
    const changed = editConfig(directory, { rope_theta: 8 });
    const now = openPrefillFolder(changed, cacheFolder);
    assert.deepEqual(
      readdirSync(cacheFolder).sort(),
      [
        ...notes,
        ...[now.directory, keptWeights].map((each) => path.basename(each)),
      ].sort(),
    );
  });
});
