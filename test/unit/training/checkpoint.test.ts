// Checkpoints on a real disk: whole or refused.

import assert from "node:assert/strict";
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";
import { CheckpointFolder } from "../../../src/training/checkpoint";
import { Trainer, type TrainerState } from "../../../src/training/trainer";
import { useTemporaryFolder } from "../support/temporaryFolder";
import { FakeRegression, trainerOptions } from "./fakeRegression";

suite("CheckpointFolder", () => {
  const inFolder = useTemporaryFolder();

  /** Trains a little and saves two checkpoints, after steps 8 and 16. */
  async function saveTwo(name: string, key = "run") {
    const folder = inFolder(name);
    mkdirSync(folder);
    const checkpoints = new CheckpointFolder(folder, key);
    const model = new FakeRegression(2);
    const stop = new AbortController();
    let state: TrainerState | undefined;
    const trainer = new Trainer(
      model,
      trainerOptions({
        signal: stop.signal,
        stepsBetweenLooks: () => 8,
        onStep: ({ step, losses }) => {
          if (losses.at(-1)!.heldOut === undefined) return;
          if (step === 16) stop.abort();
        },
        checkpointEverySeconds: 8,
        saveCheckpoint: (now) => {
          state = now;
          checkpoints.write(model.parameters, now);
        },
      }),
    );
    await trainer.run();
    return { folder, checkpoints, model, state: state! };
  }

  test("CheckpointFolder.read() gives back what was written, bit for bit", async () => {
    const { checkpoints, model, state } = await saveTwo("whole");
    const read = checkpoints.read(model.parameters)!;
    assert.deepEqual(read.state, state);
    assert.deepEqual(
      read.parameters,
      model.parameters.map(({ values }) => values),
    );
    assert.equal(read.damage, undefined);
  });

  test("CheckpointFolder.read() refuses a damaged one and takes the one before it", async () => {
    let count = 0;
    for (const damage of [
      (file: string) => appendFileSync(file, "x"),
      (file: string) => writeFileSync(file, ""),
      (file: string) => flipByte(file, readFileSync(file).length - 3),
      (file: string) => renameSync(file, `${file}.gone`),
    ]) {
      for (const name of ["state.json", "model.safetensors"]) {
        const { folder, checkpoints, model } = await saveTwo(
          `damaged-${count++}`,
        );
        damage(path.join(folder, "checkpoint", name));
        const read = checkpoints.read(model.parameters)!;
        assert.ok(read.damage?.startsWith("checkpoint: "), read.damage);
      }
    }
  });

  test("CheckpointFolder.read() says what to do when no checkpoint is whole", async () => {
    const { folder, checkpoints, model } = await saveTwo("both-damaged");
    for (const name of ["checkpoint", "checkpoint.previous"]) {
      writeFileSync(path.join(folder, name, "model.safetensors"), "short");
    }
    assert.throws(
      () => checkpoints.read(model.parameters),
      /Cannot go on from the checkpoint .*damaged.*remove it to train from the start/,
    );
  });

  test("CheckpointFolder.read() refuses a checkpoint of other settings or text", async () => {
    const { folder, model } = await saveTwo("other");
    assert.throws(
      () => new CheckpointFolder(folder, "another").read(model.parameters),
      /made with other settings, text or weights/,
    );
  });

  test("CheckpointFolder.read() finds nothing in a new folder", () => {
    const checkpoints = new CheckpointFolder(inFolder("new"), "run");
    assert.equal(checkpoints.read([]), undefined);
  });

  test("CheckpointFolder.write() that fails half-way leaves the one before it whole", async () => {
    const { folder, checkpoints, model, state } = await saveTwo("failing");
    const before = checkpoints.read(model.parameters);
    const broken = { ...state, best: [] };
    assert.throws(() => checkpoints.write(model.parameters, broken));
    assert.deepEqual(checkpoints.read(model.parameters), before);
    assert.ok(!existsSync(path.join(folder, "checkpoint.partial")));
  });

  test("CheckpointFolder.remove() leaves nothing", async () => {
    const { folder, checkpoints } = await saveTwo("removed");
    checkpoints.remove();
    assert.deepEqual(readdirSync(folder), []);
  });
});

function flipByte(file: string, index: number): void {
  const bytes = readFileSync(file);
  bytes[index]! ^= 1;
  writeFileSync(file, bytes);
}
