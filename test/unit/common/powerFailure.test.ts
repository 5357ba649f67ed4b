// What a power failure or a kill leaves of files that are written: fsync is watched, processes are killed.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { mock } from "node:test";
import { AdapterFolders } from "../../../src/adapters/adapterFolders";
import { writeAdapter } from "../../../src/adapters/peftAdapter";
import {
  moveIntoPlace,
  removeLeftBehind,
  removeLeftBehindBelow,
  withPartialFolder,
  writeFileAtomically,
} from "../../../src/common/atomicFile";
import { exportModel } from "../../../src/model/import/exportModel";
import type { ModelFolder } from "../../../src/model/files/modelFolder";
import { writeFolder } from "../../../src/model/files/writeFolder";
import { openPrefillFolder } from "../../../src/model/quantise/prefillWeights";
import { openTrainingFolder } from "../../../src/model/quantise/trainingWeights";
import { writeResult } from "../../../src/trainer/learner";
import { CheckpointFolder } from "../../../src/training/checkpoint";
import type { TrainerState } from "../../../src/training/trainer";
import { makePackedModel } from "../support/packedModel";
import { useTemporaryFolder } from "../support/temporaryFolder";
import { tinyAdapter, tinyManifest } from "../support/tinyAdapter";
import { bundle } from "../support/trainingCase";

/** Runs `write` and answers what was renamed without being on the disk, and whose rename was not. */
function lostInPowerFailure(write: () => void): string[] {
  const opened = new Map<number, string>();
  const flushed = new Map<string, string>();
  const lost: string[] = [];
  const pending = new Set<string>();
  let numRenamed = 0;
  const stateOf = (file: string) => {
    const { ino, size, mtimeNs } = fs.statSync(file, { bigint: true });
    return `${ino} ${size} ${mtimeNs}`;
  };
  const filesOf = (file: string): string[] =>
    fs.statSync(file).isDirectory()
      ? fs.readdirSync(file).flatMap((name) => filesOf(path.join(file, name)))
      : [file];
  const { openSync, fsyncSync, renameSync } = fs;
  const mocks = [
    mock.method(fs, "openSync", (...args: Parameters<typeof openSync>) => {
      const descriptor = openSync(...args);
      opened.set(descriptor, String(args[0]));
      return descriptor;
    }),
    mock.method(fs, "fsyncSync", (descriptor: number) => {
      fsyncSync(descriptor);
      const file = opened.get(descriptor)!;
      flushed.set(file, stateOf(file));
      pending.delete(file);
    }),
    mock.method(fs, "renameSync", (from: string, to: string) => {
      numRenamed++;
      for (const file of filesOf(from)) {
        if (flushed.get(file) !== stateOf(file)) lost.push(file);
      }
      pending.add(path.dirname(path.resolve(to)));
      renameSync(from, to);
    }),
  ];
  try {
    write();
  } finally {
    for (const each of mocks) each.mock.restore();
  }
  assert.ok(numRenamed > 0, "nothing was renamed");
  return [...lost, ...pending].map((file) => path.basename(file));
}

suite("After a power failure", () => {
  const inFolder = useTemporaryFolder();
  let model: ModelFolder;
  suiteSetup(async () => {
    model = await makePackedModel(4, inFolder("model"));
    writeAdapter(inFolder("adapters", "one"), tinyAdapter(model), model);
  });
  let number = 0;
  const place = () => inFolder(`place-${number++}`, "target");
  const made = () => {
    const target = place();
    fs.mkdirSync(target, { recursive: true });
    return target;
  };

  const values = Float32Array.of(1, 2);
  const parameters = [{ name: "w", shape: [2], values, decays: true }];
  const state = {
    moments: { first: [values], second: [values] },
    best: [values],
    numbers: {},
  } as unknown as TrainerState;

  const writers: Record<string, () => void> = {
    "writeFileAtomically() of a file": () =>
      writeFileAtomically(path.join(made(), "panel.json"), "{}"),
    "moveIntoPlace() of a folder": () => {
      const target = place();
      withPartialFolder(target, (partial) => {
        fs.mkdirSync(path.join(partial, "deep"));
        fs.writeFileSync(path.join(partial, "deep", "text"), "text");
        moveIntoPlace(partial, target);
      });
    },
    "a new model folder": () =>
      writeFolder(place(), {
        mayReplace: false,
        write: (folder) => fs.writeFileSync(path.join(folder, "a"), "a"),
      }),
    "an exported model": () =>
      exportModel({ folder: model, directory: place(), dtype: "float16" }),
    "derived weights for prefill": () => openPrefillFolder(model, made()),
    "derived weights for training": () => openTrainingFolder(model, made()),
    "a new adapter": () => writeAdapter(place(), tinyAdapter(model), model),
    "an adapter in the place of another": () =>
      writeAdapter(inFolder("adapters", "one"), tinyAdapter(model), model),
    "an adapter as one file": () =>
      adapters().exportFile("one", path.join(made(), "one.safetensors")),
    "an adapter as a folder": () => adapters().export("one", made()),
    "a renamed adapter": () => void adapters().rename("one", "another"),
    "a checkpoint": () =>
      new CheckpointFolder(made(), "key").write(parameters, state),
    "a checkpoint after another": () => {
      const folder = new CheckpointFolder(made(), "key");
      folder.write(parameters, state);
      folder.write(parameters, state);
    },
    "a model that learned whole": () =>
      writeResult(made(), {
        parameters,
        base: model,
        settings: { ...tinyManifest(model).settings, method: "full" },
        manifest: tinyManifest(model),
      }),
  };
  const adapters = () => new AdapterFolders(inFolder("adapters"));

  for (const [name, write] of Object.entries(writers)) {
    test(`${name}: flushed before the rename, the folder after it`, () => {
      assert.deepEqual(lostInPowerFailure(write), []);
    });
  }

  test("a write whose flush fails leaves the old file", () => {
    const file = path.join(made(), "panel.json");
    writeFileAtomically(file, "old");
    const failing = mock.method(fs, "fsyncSync", () => {
      throw Object.assign(new Error("EIO: i/o error, fsync"), { code: "EIO" });
    });
    try {
      assert.throws(() => writeFileAtomically(file, "new"), /EIO/);
    } finally {
      failing.mock.restore();
    }
    assert.equal(fs.readFileSync(file, "utf8"), "old");
    assert.deepEqual(fs.readdirSync(path.dirname(file)), ["panel.json"]);
  });

  test("a write goes on where folders cannot be flushed", () => {
    const { fsyncSync } = fs;
    const failing = mock.method(fs, "fsyncSync", (descriptor: number) => {
      if (fs.fstatSync(descriptor).isDirectory()) {
        throw Object.assign(new Error("EINVAL"), { code: "EINVAL" });
      }
      fsyncSync(descriptor);
    });
    try {
      const file = path.join(made(), "panel.json");
      writeFileAtomically(file, "new");
      assert.equal(fs.readFileSync(file, "utf8"), "new");
    } finally {
      failing.mock.restore();
    }
  });

  suite("of a process that was killed", () => {
    let script: string;
    suiteSetup(() => {
      script = bundle(
        "test/unit/support/writeAndWait.ts",
        inFolder("write.js"),
      );
    });

    /** Kills a process in the middle of a write; answers the names in the folder then. */
    async function kill(what: string, target: string): Promise<string[]> {
      const child = spawn(process.execPath, [script, what, target]);
      await once(child.stdout, "data");
      const during = fs.readdirSync(path.dirname(target));
      removeLeftBehind(path.dirname(target));
      assert.deepEqual(
        fs.readdirSync(path.dirname(target)),
        during,
        "what is being written is left alone",
      );
      child.kill("SIGKILL");
      await once(child, "exit");
      return fs.readdirSync(path.dirname(target));
    }

    test("writeFileAtomically() leaves the old file, and the next write takes away the half one", async () => {
      const file = path.join(made(), "panel.json");
      const other = path.join(path.dirname(file), "other.json");
      writeFileAtomically(file, "old");
      writeFileAtomically(other, "other");
      assert.equal((await kill("file", file)).length, 3);
      assert.equal(fs.readFileSync(file, "utf8"), "old");
      writeFileAtomically(other, "other");
      assert.equal(fs.readdirSync(path.dirname(file)).length, 3);
      writeFileAtomically(file, "new");
      assert.deepEqual(fs.readdirSync(path.dirname(file)), [
        "other.json",
        "panel.json",
      ]);
    });

    test("withPartialFolder() leaves nothing that stays behind the next one", async () => {
      const target = made();
      fs.rmdirSync(target);
      assert.equal((await kill("folder", target)).length, 1);
      withPartialFolder(target, (partial) => moveIntoPlace(partial, target));
      assert.deepEqual(fs.readdirSync(path.dirname(target)), ["target"]);
    });

    test("removeLeftBehind() puts back a folder that was being replaced", async () => {
      const target = made();
      fs.writeFileSync(path.join(target, "text"), "old");
      const names = await kill("replacement", target);
      assert.ok(!names.includes("target"), names.join());
      removeLeftBehind(path.dirname(target));
      assert.deepEqual(fs.readdirSync(path.dirname(target)), ["target"]);
      const text = fs.readFileSync(path.join(target, "text"), "utf8");
      assert.equal(text, "old");
    });
  });

  test("removeLeftBehindBelow() takes away what lies in folders of a storage, and only that", () => {
    const storage = made();
    const places = [
      "panel.json",
      "fine-tuning/panel.json",
      "loading/loading-1-x.json",
      "unfinished/7.json",
      "adapters/one/inkling.json",
    ];
    const gone = `${createHash("sha256").update(os.hostname()).digest("hex").slice(0, 6)}_${2 ** 22 + 1}_00ff00ff`;
    for (const place of places) {
      const file = path.join(storage, place);
      fs.mkdirSync(path.dirname(file), { recursive: true });
      fs.writeFileSync(file, "{}");
      fs.writeFileSync(`${file}.partial-${gone}`, "{");
    }
    fs.mkdirSync(path.join(storage, `derived/w.partial-${gone}/deep`), {
      recursive: true,
    });
    removeLeftBehindBelow(storage);
    const left = fs.readdirSync(storage, { recursive: true }).map(String);
    assert.deepEqual(
      left.filter((name) => /partial/.test(name)),
      [],
    );
    for (const place of places) assert.ok(left.includes(path.normalize(place)));
  });

  test("removeLeftBehind() judges other machines' files by their age, and keeps what only looks alike", () => {
    const folder = made();
    const dayAndHour = Date.now() / 1000 - 25 * 3600;
    const names = [
      "model.partial-Xy12ab",
      "x.json.partial-abcdef_1_00ff00ff",
      "y.old-abcdef_1_00ff00ff",
      "model.partial",
      "a.partial-model.txt",
      "notes.old",
    ];
    for (const name of names) {
      fs.writeFileSync(path.join(folder, name), "text");
    }
    const before = fs.readdirSync(folder);
    removeLeftBehind(folder);
    assert.deepEqual(fs.readdirSync(folder), before, "they are young");
    for (const name of before) {
      fs.utimesSync(path.join(folder, name), dayAndHour, dayAndHour);
    }
    removeLeftBehind(folder);
    assert.deepEqual(fs.readdirSync(folder), [
      "a.partial-model.txt",
      "model.partial",
      "notes.old",
      "y",
    ]);
  });
});
