import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { mock } from "node:test";
import { LoadMarkers } from "../../../src/client/loadMarkers";
import { WorkerClient } from "../../../src/client/workerClient";
import {
  greedyRequest,
  type GenerateRequest,
} from "../../../src/protocol/generation";
import { createFakeThreads, model, resultOf } from "./fakeThread";

const MINUTE_MS = 60_000;

function request(prompt: string): GenerateRequest {
  return greedyRequest({
    prompt,
    contextTokens: 64,
    maxTokens: 4,
    cacheKey: "document",
  });
}

/** Lets everything that is due happen; fake timers stand still. */
async function settle(): Promise<void> {
  for (let i = 0; i < 5; i++) {
    await new Promise((resolve) => setImmediate(resolve));
  }
}

suite("WorkerClient", () => {
  let folder: string;
  const clients: WorkerClient[] = [];

  setup(() => {
    folder = mkdtempSync(path.join(os.tmpdir(), "inkling-client-"));
    mock.timers.enable({ apis: ["setTimeout"] });
  });

  teardown(async () => {
    await Promise.all(clients.splice(0).map((client) => client.dispose()));
    mock.timers.reset();
    rmSync(folder, { recursive: true, force: true });
  });

  /** A client over fake threads, with the kinds of state it went through. */
  function createClient({ idleMs = 0 } = {}) {
    const threads = createFakeThreads();
    const settings = {
      modelFolder: "small",
      idleMs,
      adapterFolder: undefined as string | undefined,
    };
    const client = new WorkerClient({
      startThread: threads.startThread,
      markers: new LoadMarkers(folder),
      loadRequest: () => ({
        modelFolder: settings.modelFolder,
        cacheFolder: folder,
        threads: 1,
        adapterFolder: settings.adapterFolder,
      }),
      idleMs: () => settings.idleMs,
      log: () => undefined,
    });
    clients.push(client);
    const states: string[] = [];
    client.onDidChangeState((state) => states.push(state.kind));
    const ask = (prompt: string, signal = new AbortController().signal) =>
      client.generate(request(prompt), { signal });
    return { client, threads, settings, states, ask };
  }

  test("WorkerClient.generate() starts the thread on first need, loads, warms up and answers", async () => {
    const { client, threads, states, ask } = createClient();
    assert.deepEqual(threads.events, []);
    assert.deepEqual(await ask("Once"), resultOf("Once"));
    assert.deepEqual(threads.events, [
      "start",
      "load small",
      "generate The",
      "generate Once",
    ]);
    assert.deepEqual(states, ["loading", "ready"]);
    assert.deepEqual(client.state, { kind: "ready", model });
  });

  test("WorkerClient.measureText() starts the thread too, and rejects when it is aborted", async () => {
    const { client, threads } = createClient();
    const { signal } = new AbortController();
    const asked = { text: "Es war", cacheKey: "document" };
    assert.deepEqual(await client.measureText(asked, signal), [
      { text: "Es war", bits: 1 },
    ]);
    assert.equal(threads.events.at(-1), "measure Es war");
    await assert.rejects(client.measureText(asked, AbortSignal.abort()), {
      name: "AbortError",
    });
  });

  test("WorkerClient.classify() loads the model on first need and answers with labels", async () => {
    const { client, threads } = createClient();
    assert.deepEqual(await client.classify("Fine."), [
      { label: "good", probability: 1 },
    ]);
    assert.deepEqual(threads.events.slice(-2), [
      "generate The",
      "classify Fine.",
    ]);
    assert.equal(client.state.kind, "ready");
  });

  test("WorkerClient tells how far loading is", async () => {
    const { client, threads } = createClient();
    threads.onLoad = () => new Promise(() => undefined);
    client.start();
    await settle();
    threads.emitProgress(0.5);
    await settle();
    assert.deepEqual(client.state, {
      kind: "loading",
      phase: "weights",
      fraction: 0.5,
    });
  });

  test("WorkerClient.generate() rejects at once when aborted and sets the flag of its call", async () => {
    const { client, threads, ask } = createClient();
    client.start();
    await settle();
    let wasCancelled = () => false;
    threads.onGenerate = (_, isCancelled) => {
      wasCancelled = isCancelled;
      return new Promise(() => undefined);
    };
    const controller = new AbortController();
    const call = ask("stale", controller.signal);
    await settle();
    assert.equal(wasCancelled(), false);
    controller.abort();
    await assert.rejects(call, { name: "AbortError" });
    assert.equal(wasCancelled(), true);
  });

  test("WorkerClient.generate() rejects when aborted while the model loads", async () => {
    const { threads, ask } = createClient();
    threads.onLoad = () => new Promise(() => undefined);
    const controller = new AbortController();
    const call = ask("early", controller.signal);
    await settle();
    controller.abort();
    await assert.rejects(call, { name: "AbortError" });
    assert.deepEqual(threads.events, ["start", "load small"]);
  });

  test("WorkerClient.generate() hands on text of its own call only", async () => {
    const { client, threads } = createClient();
    client.start();
    await settle();
    threads.onGenerate = async ({ callId }) => {
      threads.emitText({ callId, index: 0, text: "mine" });
      threads.emitText({ callId: callId + 1, index: 0, text: "other" });
      return resultOf("");
    };
    const texts: string[] = [];
    await client.generate(request("x"), {
      signal: new AbortController().signal,
      onText: (_, text) => texts.push(text),
    });
    assert.deepEqual(texts, ["mine"]);
  });

  test("WorkerClient rejects waiting calls when the thread is lost, and is back after a second", async () => {
    const { client, threads, states, ask } = createClient();
    await ask("before");
    threads.onGenerate = () => new Promise(() => undefined);
    const call = ask("lost");
    await settle();
    threads.crash(new RangeError("out of memory"));
    await assert.rejects(call, /out of memory/);
    assert.equal(client.state.kind, "failed");
    threads.onGenerate = async () => resultOf("again");
    mock.timers.tick(999);
    await settle();
    assert.equal(client.state.kind, "failed");
    await assert.rejects(ask("too early"), /Cannot generate: .*out of memory/);
    mock.timers.tick(1);
    await settle();
    assert.equal(client.state.kind, "ready");
    assert.deepEqual(states, [
      "loading",
      "ready",
      "failed",
      "loading",
      "ready",
    ]);
    assert.deepEqual(await ask("x"), resultOf("again"));
  });

  test("WorkerClient doubles the pause with each failure up to a minute; a success resets it", async () => {
    const { client, threads, ask } = createClient();
    threads.onLoad = async () => {
      throw new Error("no weights");
    };
    client.start();
    const pausesMs: number[] = [];
    for (let i = 0; i < 8; i++) {
      await settle();
      assert.ok(client.state.kind === "failed");
      pausesMs.push(client.state.nextTryMs);
      mock.timers.tick(client.state.nextTryMs);
    }
    assert.deepEqual(
      pausesMs,
      [1, 2, 4, 8, 16, 32, 60, 60].map((seconds) => seconds * 1000),
    );
    threads.onLoad = async () => model;
    await settle();
    mock.timers.tick(MINUTE_MS);
    await settle();
    await ask("works");
    threads.crash(new Error("crash"));
    await settle();
    assert.ok(client.state.kind === "failed");
    assert.equal(client.state.nextTryMs, 1000);
  });

  test("WorkerClient keeps growing pauses when the thread dies at the first real call after each load", async () => {
    const { client, threads, ask } = createClient();
    threads.onGenerate = async ({ request: { prompt } }) => {
      if (prompt === "The") return resultOf("");
      threads.crash(new Error("crash"));
      return new Promise(() => undefined);
    };
    for (const pauseMs of [1000, 2000, 4000]) {
      await assert.rejects(ask("x"), /crash/);
      assert.ok(client.state.kind === "failed");
      assert.equal(client.state.nextTryMs, pauseMs);
      mock.timers.tick(pauseMs);
      await settle();
    }
  });

  test("WorkerClient lets the model go after idle minutes and comes back when asked", async () => {
    const { client, threads, ask } = createClient({ idleMs: 10 * MINUTE_MS });
    await ask("first");
    mock.timers.tick(9 * MINUTE_MS);
    await ask("second");
    mock.timers.tick(9 * MINUTE_MS);
    await settle();
    assert.equal(client.state.kind, "ready");
    mock.timers.tick(MINUTE_MS);
    await settle();
    assert.deepEqual(client.state, { kind: "stopped", reason: "idle" });
    assert.deepEqual(threads.events.slice(-1), ["end"]);
    assert.deepEqual(await ask("third"), resultOf("third"));
  });

  test("WorkerClient is not idle while a call runs", async () => {
    const { client, threads, ask } = createClient({ idleMs: MINUTE_MS });
    await ask("first");
    let finish = () => undefined as void;
    threads.onGenerate = () =>
      new Promise((resolve) => (finish = () => resolve(resultOf("late"))));
    const call = ask("slow");
    await settle();
    mock.timers.tick(5 * MINUTE_MS);
    await settle();
    assert.equal(client.state.kind, "ready");
    finish();
    assert.deepEqual(await call, resultOf("late"));
  });

  test("WorkerClient.reload() loads what the settings say now, in a new thread after the old one ended", async () => {
    const { client, threads, settings, ask } = createClient();
    client.reload();
    assert.deepEqual(threads.events, [], "nothing is loaded, nothing to do");
    await ask("x");
    settings.modelFolder = "large";
    client.reload();
    await settle();
    assert.deepEqual(threads.events.slice(4), [
      "end",
      "start",
      "load large",
      "generate The",
    ]);
    assert.equal(client.state.kind, "ready");
  });

  test("WorkerClient.adapterChanged() exchanges the adapter of the loaded model and tells its state", async () => {
    const { client, threads, settings, ask } = createClient();
    settings.adapterFolder = "a";
    await client.adapterChanged();
    assert.deepEqual(threads.events, [], "nothing is loaded, nothing to do");
    await ask("x");
    const fault = { ...model, adapterFault: "no such folder" };
    threads.onUseAdapter = async () => fault;
    settings.adapterFolder = "b";
    await client.adapterChanged();
    assert.deepEqual(threads.events.slice(4), ["adapter b"]);
    assert.deepEqual(client.state, { kind: "ready", model: fault });
  });

  test("WorkerClient.adapterChanged() waits for a load that began with another adapter", async () => {
    const { client, threads, settings } = createClient();
    let finishLoad = () => {};
    threads.onLoad = () =>
      new Promise((resolve) => (finishLoad = () => resolve(model)));
    client.start();
    await settle();
    settings.adapterFolder = "late";
    const changed = client.adapterChanged();
    finishLoad();
    await changed;
    assert.deepEqual(threads.events, [
      "start",
      "load small",
      "generate The",
      "adapter late",
    ]);
  });

  test("WorkerClient.adapterChanged() starts afresh when the exchange itself fails", async () => {
    const { client, threads, settings, ask } = createClient();
    await ask("x");
    threads.onUseAdapter = async () => {
      throw new Error("out of memory");
    };
    settings.adapterFolder = "a";
    await client.adapterChanged();
    assert.equal(client.state.kind, "failed");
    await settle();
    mock.timers.tick(1000);
    await settle();
    assert.equal(client.state.kind, "ready");
  });

  test("WorkerClient.restart() during a load starts one thread afresh, which answers those who wait", async () => {
    const { client, threads, ask } = createClient();
    threads.onLoad = () => new Promise(() => undefined);
    const early = ask("early");
    await settle();
    threads.onLoad = async () => model;
    client.restart();
    client.restart();
    assert.deepEqual(await early, resultOf("early"));
    assert.equal(client.state.kind, "ready");
    assert.equal(threads.events.filter((e) => e === "start").length, 2);
  });

  // A letter typed while the settings came in stayed without a suggestion until the next one.
  test("WorkerClient.reload() during a load keeps those who wait for the model that is wanted now", async () => {
    const { client, threads, settings, ask } = createClient();
    threads.onLoad = () => new Promise(() => undefined);
    const early = ask("early");
    await settle();
    threads.onLoad = async () => model;
    settings.modelFolder = "large";
    client.reload();
    assert.deepEqual(await early, resultOf("early"));
    assert.deepEqual(threads.events.slice(-4), [
      "start",
      "load large",
      "generate The",
      "generate early",
    ]);
  });

  test("WorkerClient.dispose() ends the thread, waits for it, and never starts another", async () => {
    const { client, threads, ask } = createClient();
    await ask("x");
    await client.dispose();
    assert.deepEqual(threads.events.slice(-1), ["end"]);
    const { length } = threads.events;
    client.start();
    client.restart();
    await assert.rejects(ask("y"), /Cannot generate/);
    await settle();
    assert.equal(threads.events.length, length);
    assert.deepEqual(readdirSync(folder), []);
  });

  test("WorkerClient.dispose() cancels the running call and waits until the thread has ended", async () => {
    const { client, threads, ask } = createClient();
    await ask("x");
    let isCancelled = () => false;
    let endThread = () => {};
    threads.onGenerate = (_, cancelled) => {
      isCancelled = cancelled;
      return new Promise(() => undefined);
    };
    threads.onEnd = () => new Promise((resolve) => (endThread = resolve));
    const running = ask("long");
    await settle();
    let hasEnded = false;
    const disposed = client.dispose().then(() => (hasEnded = true));
    await settle();
    assert.equal(isCancelled(), true);
    assert.equal(hasEnded, false);
    endThread();
    await assert.rejects(running, /ended/);
    await disposed;
  });

  test("WorkerClient.dispose() does not wait for ever for a thread that hangs", async () => {
    const { client, threads, ask } = createClient();
    await ask("x");
    threads.onEnd = () => new Promise(() => undefined);
    const disposed = client.dispose();
    await settle();
    mock.timers.tick(4000);
    await disposed;
  });

  test("WorkerClient.dispose() takes the marker away at once: a window closed while it loads has not crashed", async () => {
    const { client, threads } = createClient();
    threads.onLoad = () => new Promise(() => {});
    client.start();
    await settle();
    assert.equal(readdirSync(folder).length, 1);
    const disposed = client.dispose();
    assert.deepEqual(readdirSync(folder), []);
    mock.timers.tick(4000);
    await disposed;
  });

  test("WorkerClient marks a load until its first token", async () => {
    const { client, threads } = createClient();
    let isMarkedAtFirstToken = false;
    threads.onGenerate = async () => {
      isMarkedAtFirstToken = readdirSync(folder).length === 1;
      return resultOf("");
    };
    client.start();
    await settle();
    assert.equal(isMarkedAtFirstToken, true);
    assert.equal(client.state.kind, "ready");
    assert.deepEqual(readdirSync(folder), []);
  });

  test("WorkerClient takes the marker away when a load fails without ending the process", async () => {
    const { client, threads } = createClient();
    threads.onLoad = async () => {
      throw new Error("no weights");
    };
    client.start();
    await settle();
    assert.equal(client.state.kind, "failed");
    assert.deepEqual(readdirSync(folder), []);
  });

  /** A process that ended while it loaded. */
  function leaveMarker(processId: number): void {
    new LoadMarkers(folder, {
      hostname: os.hostname(),
      processId,
      bootedAtMs: 0,
      isAlive: () => false,
      startOf: () => "",
    }).write("small");
  }

  test("WorkerClient loads again after one crash, and forgets it once that went well", async () => {
    leaveMarker(2 ** 30);
    const { client, ask } = createClient();
    await ask("x");
    assert.equal(client.state.kind, "ready");
    assert.deepEqual(readdirSync(folder), []);
  });

  test("WorkerClient.reload() loads another model that the settings name while it stays off for one", async () => {
    leaveMarker(2 ** 30);
    leaveMarker(2 ** 30 + 1);
    const { client, threads, settings, ask } = createClient();
    await assert.rejects(ask("x"), /Cannot generate/);
    settings.modelFolder = "large";
    client.reload();
    assert.deepEqual(await ask("y"), resultOf("y"));
    assert.deepEqual(threads.events.slice(0, 2), ["start", "load large"]);
    settings.modelFolder = "small";
    client.reload();
    assert.equal(client.state.kind, "blocked");
  });

  test("WorkerClient stays off after two crashes until the user tries again", async () => {
    leaveMarker(2 ** 30);
    leaveMarker(2 ** 30 + 1);
    const { client, threads, ask } = createClient();
    await assert.rejects(ask("x"), /Cannot generate/);
    assert.ok(client.state.kind === "blocked");
    assert.equal(client.state.crash.modelFolder, "small");
    assert.deepEqual(threads.events, []);
    client.restart();
    await settle();
    assert.equal(client.state.kind, "ready");
    assert.deepEqual(readdirSync(folder), []);
  });
});
