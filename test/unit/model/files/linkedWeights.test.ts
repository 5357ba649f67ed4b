// Folders of Hugging Face's cache, whose files are links to where their contents lie under their hashes: ONNX Runtime
// refuses weights that lie outside of the folder that it is given.

import assert from "node:assert/strict";
import {
  copyFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
} from "node:fs";
import path from "node:path";
import { findNextTokens } from "../../../../src/engine/nextTokens";
import { readTensorBytes } from "../../../../src/formats/safetensors";
import { writeSafetensors } from "../../../../src/formats/safetensorsWriter";
import { hashBase } from "../../../../src/model/files/baseHash";
import {
  openModelFolder,
  type ModelFolder,
} from "../../../../src/model/files/modelFolder";
import { defaultTrainingSettings } from "../../../../src/settings/defaultTrainingSettings";
import { loadLearner } from "../../../../src/trainer/learner";
import { packModel } from "../../support/packedModel";
import { useSessions } from "../../support/sessions";
import { useTemporaryFolder } from "../../support/temporaryFolder";
import { removeTinyModel } from "../../support/tinyModel";
import { makeTinyTextModel } from "../../support/trainingCase";

suite("a model folder of links", function () {
  suiteSetup(function () {
    // Windows lets few users make links, and Hugging Face's cache has none there.
    if (process.platform === "win32") this.skip();
  });
  const inFolder = useTemporaryFolder();
  useSessions();
  let tiny: ModelFolder;
  suiteSetup(() => {
    tiny = makeTinyTextModel(5);
  });
  suiteTeardown(() => removeTinyModel(tiny));

  /** Links to copies of a folder's files under other names; the answer is the folder of the links. */
  function linkTo(directory: string, name: string): string {
    const snapshot = inFolder(name, "snapshots", "0a1b");
    mkdirSync(snapshot, { recursive: true });
    mkdirSync(inFolder(name, "blobs"));
    for (const [index, file] of readdirSync(directory).sort().entries()) {
      // In another order than the names, as hashes are.
      const blob = `${9 - (index % 10)}f${index}`;
      copyFileSync(path.join(directory, file), inFolder(name, "blobs", blob));
      symlinkSync(`../../blobs/${blob}`, path.join(snapshot, file));
    }
    return snapshot;
  }

  const ask = async (modelFolder: string) =>
    await findNextTokens(
      {
        modelFolder,
        cacheFolder: inFolder("cache"),
        threads: 1,
        adapterFolder: undefined,
      },
      { prompt: "the hello", count: 4 },
    );

  test("is used, and is the same base for adapters", async () => {
    const linked = linkTo(tiny.directory, "one");
    assert.deepEqual(await ask(linked), await ask(tiny.directory));
    assert.equal(hashBase(openModelFolder(linked)), hashBase(tiny));
  });

  test("is used in shards", async () => {
    const sharded = inFolder("shards");
    mkdirSync(sharded);
    for (const name of readdirSync(tiny.directory)) {
      if (name === "model.safetensors") continue;
      copyFileSync(path.join(tiny.directory, name), path.join(sharded, name));
    }
    writeSafetensors(
      sharded,
      [...tiny.tensors].map(([name, location]) => ({
        headers: [{ name, dtype: location.dtype, shape: location.shape }],
        load: () => [readTensorBytes(location)],
      })),
      { maxShardBytes: 40_000 },
    );
    const linked = linkTo(sharded, "many");
    assert.ok(readdirSync(linked).length > 5);
    assert.deepEqual(await ask(linked), await ask(tiny.directory));
    assert.equal(
      hashBase(openModelFolder(linked)),
      hashBase(openModelFolder(sharded)),
    );
  });

  test("is learned from", async () => {
    const learner = await loadLearner(
      openModelFolder(linkTo(tiny.directory, "learned")),
      { ...defaultTrainingSettings(1), blockTokens: 16 },
    );
    await learner.dispose();
  });

  test("is imported, and what comes of it holds no link", async () => {
    await packModel(linkTo(tiny.directory, "import"), inFolder("packed"));
    rmSync(inFolder("import"), { recursive: true });
    await packModel(tiny.directory, inFolder("packed-too"));
    for (const name of ["model.safetensors", "tokenizer.json"]) {
      assert.deepEqual(
        readFileSync(inFolder("packed", name)),
        readFileSync(inFolder("packed-too", name)),
      );
    }
  });

  test("is refused where its links lead to several folders", () => {
    const folder = inFolder("several");
    mkdirSync(folder);
    copyFileSync(
      path.join(tiny.directory, "config.json"),
      path.join(folder, "config.json"),
    );
    for (const part of ["1", "2"]) {
      mkdirSync(inFolder(`blobs-${part}`));
      copyFileSync(
        path.join(tiny.directory, "model.safetensors"),
        inFolder(`blobs-${part}`, "a"),
      );
      symlinkSync(
        inFolder(`blobs-${part}`, "a"),
        path.join(folder, `model-${part}.safetensors`),
      );
    }
    assert.throws(
      () => openModelFolder(folder),
      /its weights are links into .*blobs-1 and .*blobs-2, expected all of them in one folder/,
    );
  });
});
