// The handle to the trainer process, with a process that the test plays.

import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import {
  TrainerClient,
  TrainerLeftError,
  TrainerLostError,
} from "../../../src/client/trainerClient";
import { TrainingLockedError } from "../../../src/client/trainingLock";
import type {
  TrainingProgress,
  TrainingRequest,
} from "../../../src/protocol/training";
import { useTemporaryFolder } from "../support/temporaryFolder";
import { FakeTrainerProcesses, OUTCOME, PROGRESS } from "./fakeTrainerProcess";

suite("TrainerClient", () => {
  const inFolder = useTemporaryFolder();
  const request = {} as TrainingRequest;
  let numLocks = 0;

  function createClient({ canSuspend = true, lock = `${numLocks++}` } = {}) {
    const processes = new FakeTrainerProcesses(canSuspend);
    const lockFile = inFolder(`lock-${lock}`);
    const reported: TrainingProgress[] = [];
    const client = new TrainerClient({
      startProcess: processes.start,
      lockFile,
      title: "this window",
      log: () => {},
    });
    const listener = {
      onProgress: (progress: TrainingProgress) => void reported.push(progress),
      onSample() {},
      onSkipped() {},
    };
    return { client, processes, reported, listener, lockFile };
  }

  /** Begins a run and waits until its process is there. */
  async function begin(made: ReturnType<typeof createClient>) {
    const running = made.client.train(request, made.listener);
    running.catch(() => {});
    while (!made.processes.events.includes("start")) await Promise.resolve();
    await Promise.resolve();
    return { running };
  }

  test("TrainerClient.train() gives the outcome, ends the process and frees the lock", async () => {
    const made = createClient();
    const { running } = await begin(made);
    assert.ok(existsSync(made.lockFile));
    made.processes.end();
    assert.deepEqual(await running, OUTCOME);
    assert.equal(made.processes.events.at(-1), "disconnect");
    assert.ok(!existsSync(made.lockFile));
  });

  test("TrainerClient.train() in a second window is told who trains", async () => {
    const first = createClient({ lock: "shared" });
    const second = createClient({ lock: "shared" });
    const { running } = await begin(first);
    await assert.rejects(
      second.client.train(request, second.listener),
      (error: Error) =>
        error instanceof TrainingLockedError &&
        error.message.includes("this window") &&
        error.holder.trainerProcessId === 4242,
    );
    assert.deepEqual(second.processes.events, []);
    first.processes.end();
    await running;
    const { running: later } = await begin(second);
    second.processes.end();
    await later;
  });

  test("TrainerClient.pause() stops the process by the system, once", async () => {
    const made = createClient();
    const { running } = await begin(made);
    made.processes.report();
    await made.client.pause();
    await made.client.pause();
    await made.client.resume();
    assert.deepEqual(made.reported, [PROGRESS]);
    made.processes.end();
    await running;
    assert.deepEqual(made.processes.events, [
      "start",
      "SIGSTOP",
      "SIGCONT",
      "SIGCONT",
      "disconnect",
    ]);
  });

  test("TrainerClient.pause() asks the process where the system cannot stop one", async () => {
    const made = createClient({ canSuspend: false });
    const { running } = await begin(made);
    await made.client.pause();
    await made.client.resume();
    made.processes.end();
    await running;
    assert.deepEqual(made.processes.events, [
      "start",
      "pause",
      "resume",
      "disconnect",
    ]);
  });

  test("TrainerClient.stop() wakes a paused process and asks it to end", async () => {
    const made = createClient();
    const { running } = await begin(made);
    await made.client.pause();
    await made.client.stop({ keep: true });
    assert.equal((await running).ended, "stopped");
    assert.deepEqual(made.processes.events.slice(0, 4), [
      "start",
      "SIGSTOP",
      "SIGCONT",
      "stop keep=true",
    ]);
  });

  test("TrainerClient.train() rejects with what to do when the system ends the process", async () => {
    const made = createClient();
    const { running } = await begin(made);
    made.processes.exit({ code: null, signal: "SIGKILL" });
    await assert.rejects(running, (error: Error) => {
      assert.ok(error instanceof TrainerLostError);
      assert.match(error.message, /ended from outside by SIGKILL.*memory/);
      assert.match(error.message, /resume goes on from the last checkpoint/);
      return true;
    });
    assert.ok(!existsSync(made.lockFile));
    const { running: next } = await begin(made);
    made.processes.end();
    assert.deepEqual(await next, OUTCOME);
  });

  test("TrainerClient.dispose() lets a paused process end at a checkpoint", async () => {
    const made = createClient();
    const { running } = await begin(made);
    await made.client.pause();
    await made.client.dispose();
    await assert.rejects(running, TrainerLeftError);
    assert.deepEqual(made.processes.events.slice(0, 4), [
      "start",
      "SIGSTOP",
      "SIGCONT",
      "disconnect",
    ]);
    assert.ok(!existsSync(made.lockFile));
  });

  test("TrainerClient.estimate() uses a process of its own and no lock", async () => {
    const { client, processes, lockFile } = createClient();
    assert.equal((await client.estimate(request)).seconds, 7);
    assert.equal(processes.events.at(-1), "disconnect");
    assert.ok(!existsSync(lockFile));
  });
});
