// Training in a process that is killed: a real graph, a real checkpoint, kill -9.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { MANIFEST_FILE } from "../../../src/adapters/adapterNames";
import type {
  AdapterManifest,
  TrainingRequest,
} from "../../../src/protocol/training";
import { useTemporaryFolder } from "../support/temporaryFolder";
import { removeTinyModel } from "../support/tinyModel";
import {
  bundle,
  makeRequest,
  makeTinyTextModel,
} from "../support/trainingCase";

suite("Training in a process that is killed", function () {
  this.timeout(120_000);
  const inFolder = useTemporaryFolder();
  let model: ReturnType<typeof makeTinyTextModel>;
  let script = "";

  suiteSetup(() => {
    model = makeTinyTextModel(5);
    script = bundle(
      "test/unit/support/trainInProcess.ts",
      inFolder("train.js"),
    );
  });
  suiteTeardown(() => removeTinyModel(model));

  /** Runs a request in a process; kills it as soon as it reports a step after `killAfter`. */
  function train(
    request: TrainingRequest,
    killAfter = Infinity,
  ): Promise<{ output: string; signal: string | null }> {
    return new Promise((resolve, reject) => {
      const child = spawn(process.execPath, [script, JSON.stringify(request)]);
      let output = "";
      child.stdout.setEncoding("utf8").on("data", (text: string) => {
        output += text;
        const last = Number(output.trim().split("\n").at(-1));
        if (last > killAfter) child.kill("SIGKILL");
      });
      child.stderr.setEncoding("utf8").on("data", (text) => (output += text));
      child.on("error", reject);
      child.on("exit", (_, signal) => resolve({ output, signal }));
    });
  }

  function manifestOf({ outFolder }: TrainingRequest): AdapterManifest {
    return JSON.parse(
      readFileSync(path.join(outFolder, MANIFEST_FILE), "utf8"),
    ) as AdapterManifest;
  }

  test("a run killed twice and resumed has the losses of the unbroken run, number for number", async () => {
    const { directory: modelFolder } = model;
    const unbroken = makeRequest(inFolder("unbroken"), { modelFolder });
    const broken = makeRequest(inFolder("broken"), { modelFolder });
    const whole = await train(unbroken);
    const { losses, outcome } = manifestOf(unbroken);
    assert.equal(outcome.ended, "finished", whole.output);
    assert.ok(losses.length > 20);

    assert.equal((await train(broken, 5)).signal, "SIGKILL");
    assert.ok(existsSync(path.join(broken.outFolder, "checkpoint")));
    const again = await train({ ...broken, resume: true }, 12);
    assert.equal(again.signal, "SIGKILL");
    assert.match(again.output, /Going on from step \d/);
    await train({ ...broken, resume: true });

    const resumed = manifestOf(broken);
    assert.deepEqual(resumed.losses, losses);
    assert.deepEqual(resumed.outcome.trainingGraph, outcome.trainingGraph);
    assert.deepEqual(
      readFileSync(path.join(broken.outFolder, "adapter_model.safetensors")),
      readFileSync(path.join(unbroken.outFolder, "adapter_model.safetensors")),
    );
    assert.ok(!existsSync(path.join(broken.outFolder, "checkpoint")));
  });

  test("the model learns the text: held-out bits per character fall", () => {
    const { outcome } = manifestOf({
      outFolder: inFolder("unbroken", "out"),
    } as TrainingRequest);
    const { before, after } = outcome.trainingGraph!.heldOut;
    assert.ok(after < before, `${before} before, ${after} after`);
  });
});
