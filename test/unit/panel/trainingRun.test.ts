// A run from start to end over a trainer that does what it is told: pauses, typing, reload, other windows, faults.
import assert from "node:assert/strict";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { mock } from "node:test";
import {
  TrainerLeftError,
  TrainerLostError,
} from "../../../src/client/trainerClient";
import { TrainingLockedError } from "../../../src/client/trainingLock";
import { AdapterFolders } from "../../../src/adapters/adapterFolders";
import { firstState, PanelModel } from "../../../src/panel/panelModel";
import { PanelStore } from "../../../src/panel/panelStore";
import type { Trainer } from "../../../src/panel/trainer";
import { FaultError } from "../../../src/common/fault";
import type { TrainerListener } from "../../../src/protocol/training";
import { TrainingRun } from "../../../src/panel/trainingRun";
import { defaultTrainingSettings } from "../../../src/settings/defaultTrainingSettings";
import type {
  TrainingOutcome,
  TrainingProgress,
  TrainingRequest,
} from "../../../src/protocol/training";
import { writeForeignAdapter } from "../support/foreignAdapter";
import { useTemporaryFolder } from "../support/temporaryFolder";

const outcome: TrainingOutcome = {
  ended: "finished",
  steps: 10,
  seconds: 1,
  tokensPerSecond: 1,
  peakMemoryMb: 1,
  bestStep: 10,
  verdict: "helps",
  proof: undefined,
  examples: undefined,
};

function progress(part: Partial<TrainingProgress> = {}): TrainingProgress {
  return {
    phase: "training",
    fraction: 0.5,
    elapsedSeconds: 60,
    step: 5,
    steps: 10,
    tokensPerSecond: 200,
    trainingLoss: 2,
    heldOutLoss: undefined,
    secondsLeft: 1,
    residentMb: 1,
    ...part,
  };
}

/** A trainer whose runs end when the test says so. */
class HeldTrainer implements Trainer {
  readonly calls: string[] = [];
  readonly requests: TrainingRequest[] = [];
  listener: TrainerListener | undefined;
  end: (outcome: TrainingOutcome) => void = () => {};
  fail: (error: Error) => void = () => {};

  async estimate(): Promise<never> {
    throw new Error("Cannot estimate: not asked for here");
  }
  train(request: TrainingRequest, listener: TrainerListener) {
    this.calls.push("train");
    this.requests.push(request);
    this.listener = listener;
    return new Promise<TrainingOutcome>((resolve, reject) => {
      this.end = resolve;
      this.fail = reject;
    });
  }
  async pause() {
    this.calls.push("pause");
  }
  async resume() {
    this.calls.push("resume");
  }
  async stop({ keep }: { keep: boolean }) {
    this.calls.push(keep ? "keep" : "discard");
  }
  holder: { title: string } | undefined;
  findHolder() {
    return this.holder;
  }
}

suite("TrainingRun", () => {
  const inFolder = useTemporaryFolder();
  let number = 0;
  let model: PanelModel;
  let store: PanelStore;
  let adapters: AdapterFolders;
  let trainer: HeldTrainer;
  let run: TrainingRun;
  let onFinished: string[];

  /** A window; the next one has the same folders. */
  function openWindow(): void {
    model = new PanelModel(firstState({ workspace: "w", saved: store.saved }));
    trainer = new HeldTrainer();
    onFinished = [];
    run = new TrainingRun({
      model,
      store,
      adapters,
      trainer,
      log: () => {},
      onOver: (finished) => onFinished.push(finished?.adapterId ?? "nothing"),
    });
  }

  setup(() => {
    mock.timers.enable({ apis: ["setTimeout"] });
    const folder = inFolder(String(number++));
    store = new PanelStore(folder);
    adapters = new AdapterFolders(`${folder}/adapters`);
    openWindow();
  });
  teardown(() => {
    run.dispose();
    mock.timers.reset();
  });

  function stateKind(): string {
    return model.state.run?.state.kind ?? "idle";
  }

  function begin(): void {
    const request: TrainingRequest = {
      source: { kind: "examples", file: "/x.jsonl" },
      modelFolder: "/model",
      cacheFolder: "/cache",
      outFolder: adapters.directoryOf("a"),
      generalFile: undefined,
      settings: defaultTrainingSettings(1),
      resume: false,
    };
    mkdirSync(request.outFolder, { recursive: true });
    writeFileSync(`${request.outFolder}/checkpoint`, "");
    void run.begin({ adapterId: "a", name: "A", request });
  }

  test("TrainingRun goes from training over evaluation to its end, and forgets the record", async () => {
    begin();
    assert.equal(stateKind(), "preparing");
    trainer.listener?.onProgress(progress());
    assert.equal(store.saved.run?.adapterId, "a");
    trainer.listener?.onProgress(progress({ phase: "measuring-after" }));
    assert.equal(stateKind(), "evaluating");
    trainer.end(outcome);
    await settle();
    assert.deepEqual(onFinished, ["a"]);
    assert.equal(model.state.run, undefined);
    assert.equal(store.saved.run, undefined);
  });

  test("TrainingRun.pause() holds until resume(), whatever is typed meanwhile", () => {
    begin();
    trainer.listener?.onProgress(progress());
    run.pause();
    assert.equal(stateKind(), "pausedByUser");
    assert.deepEqual(store.saved.run?.state, model.state.run?.state);
    run.typed();
    mock.timers.tick(10_000);
    trainer.listener?.onProgress(progress());
    assert.equal(stateKind(), "pausedByUser");
    void run.resume();
    assert.equal(stateKind(), "training");
    assert.deepEqual(store.saved.run?.state, model.state.run?.state);
    assert.deepEqual(trainer.calls, ["train", "pause", "resume"]);
  });

  test("TrainingRun.typed() pauses at the first letter and goes on after quiet", () => {
    begin();
    run.typed();
    mock.timers.tick(2_000);
    run.typed();
    assert.equal(stateKind(), "pausedByTyping");
    mock.timers.tick(2_999);
    assert.deepEqual(trainer.calls, ["train", "pause"]);
    mock.timers.tick(1);
    assert.deepEqual(trainer.calls, ["train", "pause", "resume"]);
    assert.equal(stateKind(), "preparing");
  });

  test("TrainingRun.restore() goes on after a reload with what was shown before it", async () => {
    begin();
    trainer.listener?.onProgress(progress());
    run.dispose();
    trainer.fail(new TrainerLeftError("left"));
    await settle();
    assert.equal(model.state.notice, undefined);

    openWindow();
    const saved = store.saved.run;
    assert.ok(saved);
    void run.restore(saved);
    assert.equal(trainer.requests[0]?.resume, true);
    assert.deepEqual(model.state.run?.trainingLosses, [{ step: 5, loss: 2 }]);
  });

  test("TrainingRun.restore() leaves a run paused that its person had paused", async () => {
    begin();
    trainer.listener?.onProgress(progress());
    run.pause();
    run.dispose();
    openWindow();
    const saved = store.saved.run;
    assert.ok(saved);
    void run.restore(saved);
    assert.deepEqual(trainer.calls, []);
    assert.equal(stateKind(), "interrupted");
    void run.resume();
    await settle();
    assert.deepEqual(trainer.calls, ["train"]);
    assert.equal(trainer.requests[0]?.resume, true);
  });

  test("TrainingRun.stop() without keeping removes everything", async () => {
    begin();
    trainer.listener?.onProgress(progress());
    await run.stop({ keep: false });
    trainer.end({ ...outcome, ended: "stopped" });
    await settle();
    assert.deepEqual(onFinished, []);
    assert.equal(existsSync(adapters.root), false);
    assert.equal(store.saved.run, undefined);
  });

  test("TrainingRun keeps a run that lost its trainer and says what to do", async () => {
    begin();
    trainer.listener?.onProgress(progress());
    trainer.fail(new TrainerLostError({ code: null, signal: "SIGKILL" }));
    await settle();
    assert.equal(stateKind(), "interrupted");
    assert.deepEqual(model.state.notice, {
      code: "trainer-lost",
      end: "SIGKILL",
    });
    assert.ok(existsSync(adapters.directoryOf("a")));
    void run.resume();
    assert.equal(model.state.notice, undefined);
    assert.equal(trainer.requests[1]?.resume, true);
  });

  test("TrainingRun forgets a run that could not begin", async () => {
    begin();
    trainer.fail(new Error("Cannot train: too little text"));
    await settle();
    assert.equal(model.state.run, undefined);
    assert.equal(existsSync(adapters.root), false);
    const message = "Cannot train: too little text";
    assert.deepEqual(model.state.notice, { code: "training-failed", message });
  });

  test("TrainingRun tells a full disk apart, whichever process met it", async () => {
    begin();
    const fault = {
      code: "disk-full",
      path: "/adapters/docs",
      action: "save a checkpoint in",
      keptIn: "/tmp/docs",
    } as const;
    trainer.fail(new FaultError("Cannot save a checkpoint", fault));
    await settle();
    assert.deepEqual(model.state.notice, {
      code: "training-cannot-write",
      fault,
    });
  });

  test("TrainingRun waits while another window trains, and then begins", async () => {
    begin();
    trainer.fail(lockedBy("other window"));
    await settle();
    assert.equal(stateKind(), "waiting");
    const title = "other window";
    assert.deepEqual(model.state.notice, { code: "locked", title });
    assert.equal(store.saved.run, undefined, "nothing of its own is saved yet");
    mock.timers.tick(2_000);
    await settle();
    assert.deepEqual(trainer.calls, ["train", "train"]);
    trainer.listener?.onProgress(progress());
    assert.equal(stateKind(), "training");
    assert.equal(model.state.notice, undefined);
  });

  test("TrainingRun.cancelWaiting() gives the turn up", async () => {
    begin();
    trainer.fail(lockedBy("other window"));
    await settle();
    run.cancelWaiting();
    await settle();
    assert.equal(model.state.run, undefined);
  });

  test("TrainingRun.stop() of a run that waits gives the turn up, and leaves what can be resumed", async () => {
    begin();
    trainer.listener?.onProgress(progress());
    const saved = store.saved.run;
    assert.ok(saved);
    openWindow();
    void run.restore(saved);
    trainer.fail(lockedBy("first window"));
    await settle();
    assert.equal(stateKind(), "waiting");
    await run.stop({ keep: false });
    await settle();
    assert.equal(stateKind(), "interrupted");
    assert.deepEqual(trainer.calls, ["train", "discard"]);
    assert.ok(existsSync(adapters.directoryOf("a")));
    assert.equal(store.saved.run?.adapterId, "a");
  });

  for (const isPausedByPerson of [true, false]) {
    test(`TrainingRun.restore() reads an old record with isPausedByPerson ${isPausedByPerson}`, () => {
      const old = {
        adapterId: "a",
        name: "A",
        request: { outFolder: adapters.directoryOf("a"), resume: false },
        trainingLosses: [{ step: 5, loss: 2 }],
        heldOutLosses: [],
        samples: [],
        isPausedByPerson,
      };
      const file = path.join(path.dirname(adapters.root), "panel.json");
      mkdirSync(path.dirname(file), { recursive: true });
      writeFileSync(file, JSON.stringify({ run: old }));
      void run.restore(store.saved.run!);
      assert.equal(stateKind(), isPausedByPerson ? "interrupted" : "preparing");
      assert.deepEqual(trainer.calls, isPausedByPerson ? [] : ["train"]);
      assert.deepEqual(model.state.run?.trainingLosses, old.trainingLosses);
      assert.ok(!("isPausedByPerson" in model.state.run));
    });
  }

  /** A run that another window has, as a window that comes later finds it. */
  async function openSecondWindow(): Promise<void> {
    begin();
    trainer.listener?.onProgress(progress());
    run.pause();
    openWindow();
    const saved = store.saved.run;
    assert.ok(saved);
    await run.restore(saved);
    assert.equal(stateKind(), "interrupted");
  }

  test("TrainingRun.stop() does not remove what another window works on", async () => {
    await openSecondWindow();
    trainer.holder = { title: "first window" };
    await run.stop({ keep: false });
    assert.ok(existsSync(adapters.directoryOf("a")));
    assert.equal(store.saved.run?.adapterId, "a");
    const title = "first window";
    assert.deepEqual(model.state.notice, { code: "elsewhere", title });

    trainer.holder = undefined;
    await run.stop({ keep: false });
    assert.equal(existsSync(adapters.root), false);
    assert.equal(store.saved.run, undefined);
  });

  test("TrainingRun forgets a run that another window has made an adapter of, and leaves the adapter", async () => {
    for (const ask of ["syncWithDisk", "resume", "stop"] as const) {
      await openSecondWindow();
      const folder = adapters.directoryOf("a");
      writeForeignAdapter(folder);
      store.update({ run: undefined });
      await (ask === "stop" ? run.stop({ keep: false }) : run[ask]());
      assert.equal(model.state.run, undefined, ask);
      assert.ok(existsSync(folder));
      assert.deepEqual(trainer.calls, []);
      adapters.remove("a");
    }
  });

  test("TrainingRun does not do again what the other window has done meanwhile", async () => {
    begin();
    trainer.listener?.onProgress(progress());
    const saved = store.saved.run;
    assert.ok(saved);
    openWindow();
    void run.restore(saved);
    trainer.fail(lockedBy("first window"));
    await settle();
    store.update({ run: undefined });
    mock.timers.tick(2_000);
    await settle();
    assert.deepEqual(trainer.calls, ["train"]);
    assert.equal(stateKind(), "idle");
    assert.deepEqual(onFinished, ["nothing"]);
  });
});

function lockedBy(title: string): TrainingLockedError {
  return new TrainingLockedError({
    hostname: "here",
    processId: 1,
    processStart: "",
    trainerProcessId: undefined,
    title,
    startedAtMs: 0,
  });
}

/** Lets promises that are settled run their course. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 10; turn++) await Promise.resolve();
}
