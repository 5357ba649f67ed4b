// The trainer's real process on a tiny model: paused, resumed, stopped, and left alone when its host is killed.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import path from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { processesOfThisMachine } from "../../../src/client/processes";
import { TrainerClient } from "../../../src/client/trainerClient";
import { trainerProcessStarter } from "../../../src/client/trainerProcess";
import type { TrainingProgress } from "../../../src/protocol/training";
import { useTemporaryFolder } from "../support/temporaryFolder";
import { removeTinyModel } from "../support/tinyModel";
import {
  bundle,
  makeRequest,
  makeTinyTextModel,
} from "../support/trainingCase";

const { isAlive } = processesOfThisMachine;

suite("The trainer's process", function () {
  this.timeout(120_000);
  const inFolder = useTemporaryFolder();
  let model: ReturnType<typeof makeTinyTextModel>;
  let trainer = "";

  suiteSetup(() => {
    model = makeTinyTextModel(6);
    trainer = bundle("src/trainer/main.ts", inFolder("trainer.js"));
  });
  suiteTeardown(() => removeTinyModel(model));

  /** More steps than any test waits for. */
  function longRequest(name: string) {
    return makeRequest(inFolder(name), {
      modelFolder: model.directory,
      settings: { epochs: 100, learningRate: 1e-5 },
    });
  }

  function createClient(name: string, platform = process.platform) {
    return new TrainerClient({
      startProcess: trainerProcessStarter(trainer, { platform }),
      lockFile: inFolder(`${name}.lock`),
      title: name,
      log: () => {},
    });
  }

  test("it estimates a run from a few steps and keeps nothing", async () => {
    const request = longRequest("estimate");
    const estimate = await createClient("estimate").estimate(request);
    assert.ok(estimate.trainingTokens > 2000);
    assert.ok(estimate.heldOutTokens > 100);
    assert.ok(estimate.tokensPerSecond > 0);
    assert.ok(estimate.peakMemoryMb > 10 && estimate.seconds > 0);
    assert.ok(!existsSync(request.outFolder));
  });

  test("it rejects a request that cannot be trained, and serves the next", async () => {
    const client = createClient("wrong");
    const request = longRequest("wrong");
    await assert.rejects(
      client.estimate({ ...request, modelFolder: inFolder("none") }),
      /Cannot open model folder/,
    );
    assert.ok((await client.estimate(request)).seconds > 0);
  });

  for (const platform of ["linux", "win32"] as const) {
    const how =
      platform === "win32" ? "where no signal stops it" : "by a signal";
    test(`it makes no step while it is paused ${how}, goes on, and keeps the best when stopped`, async function () {
      if (process.platform === "win32" && platform !== "win32") this.skip();
      const name = `pause-${platform}`;
      const client = createClient(name, platform);
      const request = longRequest(name);
      const seen: TrainingProgress[] = [];
      let resumed: Promise<unknown> | undefined;
      let atPause = 0;
      let afterWait = 0;
      const outcome = await client.train(request, {
        onProgress(progress) {
          seen.push(progress);
          if (progress.phase !== "training") return;
          if (progress.step >= 3) {
            resumed ??= (async () => {
              await client.pause();
              // The block that was under way ends, and what was on its way still arrives.
              while (atPause < seen.length) {
                atPause = seen.length;
                await wait(2000);
              }
              await wait(1000);
              afterWait = seen.length;
              await client.resume();
            })();
          }
          if (afterWait > 0 && seen.length > afterWait + 2) {
            void client.stop({ keep: true });
          }
        },
        onSample() {},
        onSkipped() {},
      });
      await resumed;
      assert.equal(afterWait, atPause);
      assert.equal(outcome.ended, "stopped");
      assert.ok(
        existsSync(path.join(request.outFolder, "adapter_config.json")),
      );
      assert.ok(!existsSync(path.join(request.outFolder, "checkpoint")));
    });
  }

  test("it leaves nothing when the run is discarded", async () => {
    const client = createClient("discard");
    const request = longRequest("discard");
    const outcome = await client.train(request, {
      onProgress({ phase, step }) {
        if (phase === "training" && step === 2) {
          void client.stop({ keep: false });
        }
      },
      onSample() {},
      onSkipped() {},
    });
    assert.equal(outcome.ended, "stopped");
    assert.ok(!existsSync(path.join(request.outFolder, "adapter_config.json")));
    assert.ok(!existsSync(path.join(request.outFolder, "checkpoint")));
  });

  for (const what of ["run", "pause"] as const) {
    test(`it saves a checkpoint and ends when its host is killed while it ${what === "run" ? "trains" : "is paused"}`, async function () {
      if (process.platform === "win32") this.skip();
      const host = bundle(
        "test/unit/support/trainAsHost.ts",
        inFolder("host.js"),
      );
      const request = longRequest(`killed-${what}`);
      const lockFile = inFolder(`killed-${what}.lock`);
      const trainerId = await new Promise<number>((resolve, reject) => {
        const child = spawn(process.execPath, [
          host,
          trainer,
          lockFile,
          JSON.stringify(request),
          what,
        ]);
        let output = "";
        child.stdout.setEncoding("utf8").on("data", (text: string) => {
          output += text;
          const wanted = what === "run" ? /^step 3$/m : /^paused \d+$/m;
          if (!wanted.test(output)) return;
          child.kill("SIGKILL");
          resolve(Number(/^process (\d+)$/m.exec(output)![1]));
        });
        child.on("error", reject);
        child.on("exit", () => reject(new Error(`host ended: ${output}`)));
      });
      while (isAlive(trainerId)) await wait(50);
      assert.ok(existsSync(path.join(request.outFolder, "checkpoint")));

      const client = createClient(`killed-${what}`);
      const outcome = await client.train(
        { ...request, resume: true },
        {
          onProgress({ phase }) {
            if (phase === "training") void client.stop({ keep: false });
          },
          onSample() {},
          onSkipped() {},
        },
      );
      assert.ok(outcome.steps >= 1);
    });
  }
});
