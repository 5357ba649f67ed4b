import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { mock } from "node:test";
import {
  greedyRequest,
  type GenerateRequest,
  type GenerateResult,
} from "../../../src/protocol/generation";
import type {
  CheckRequest,
  DeriveRequest,
  LoadModelRequest,
} from "../../../src/protocol/worker";
import { openModelFolder } from "../../../src/model/files/modelFolder";
import { ModelHost, type HostedEngine } from "../../../src/worker/modelHost";
import { useTemporaryFolder } from "../support/temporaryFolder";
import { TINY_CONFIG } from "../support/tinyModel";

const model = {
  name: "fake",
  architecture: "llama",
  contextLength: 512,
  vocabSize: 10,
  fillsInMiddle: false,
  adapter: undefined,
  adapterFault: undefined,
  loadMs: 1,
};
const loadRequest = { modelFolder: "m", cacheFolder: "c", threads: 1 };

function request(prompt: string): GenerateRequest {
  return greedyRequest({
    prompt,
    contextTokens: 64,
    maxTokens: 4,
    cacheKey: "document",
  });
}

/** A host over an engine whose calls end when the test says so; `order` holds the prompts in the order they ran. */
function createHost({
  toDerive,
  toCheck,
  isSound = true,
  load = () => undefined,
}: {
  toDerive?: DeriveRequest;
  toCheck?: CheckRequest;
  isSound?: boolean;
  load?: (request: LoadModelRequest) => void;
} = {}) {
  const order: string[] = [];
  const cancelled = new Set<number>();
  const finish: (() => void)[] = [];
  let numDisposed = 0;
  const engine: { -readonly [K in keyof HostedEngine]: HostedEngine[K] } = {
    description: model,
    generate: (asked) => {
      order.push(asked.prompt);
      return new Promise((resolve, reject) => {
        finish.push(() =>
          asked.prompt === "bad"
            ? reject(new RangeError("bad prompt"))
            : resolve(result(asked.prompt)),
        );
      });
    },
    measureText: async ({ text }) => {
      order.push(`measure ${text}`);
      return [{ text, bits: 1 }];
    },
    classify: async (text) => {
      order.push(`classify ${text}`);
      return [{ label: "good", probability: 1 }];
    },
    useAdapter: async (adapterFolder) => {
      order.push(`adapter ${adapterFolder}`);
      return model;
    },
    toDerive,
    addPrefill: async () => {
      order.push("prefill added");
      engine.toDerive = undefined;
    },
    useMemory: (memory) =>
      void order.push(`memory of ${memory?.numDocuments ?? "nothing"}`),
    toCheck,
    dropPrefill: async () => {
      order.push("prefill dropped");
      engine.toCheck = undefined;
      engine.toDerive = { modelFolder: "m", cacheFolder: "c" };
    },
    memory: () => ({ residentBytes: 7, kvCacheBytes: 3 }),
    dispose: async () => void numDisposed++,
  };
  const host = new ModelHost({
    loadEngine: async (request) => {
      load(request);
      return engine;
    },
    derivePrefill: ({ cacheFolder }) => {
      order.push(`derive into ${cacheFolder}`);
      return new Promise((resolve) => finish.push(resolve));
    },
    startReader: () => ({
      read: async ({ open }) => {
        if (open.some(({ text }) => text === "bad")) throw new Error("bad");
        const set = open.map(({ name }) => ({
          name,
          tokenIds: Uint32Array.of(1, 2),
        }));
        return { kind: "change", set, gone: [] };
      },
      list: async () => ({ read: ["a"], leftOut: [] }),
      stop: () => void order.push("reader stopped"),
    }),
    checkPrefill: async ({ directory }) => {
      order.push(`check ${directory}`);
      return isSound;
    },
    isCancelled: (callId) => cancelled.has(callId),
    onProgress: () => undefined,
    onText: () => undefined,
  });
  return { host, order, cancelled, finish, disposed: () => numDisposed };
}

function result(text: string): GenerateResult {
  return {
    generations: [{ text, healed: "", tokens: [], stopReason: "length" }],
    promptTokens: 1,
    reusedTokens: 0,
    prefillMs: 0,
    decodeMs: 0,
  };
}

const settle = () => new Promise((resolve) => setImmediate(resolve));

suite("ModelHost", () => {
  const inFolder = useTemporaryFolder();

  test("ModelHost has weights for prefill derived after the first text, beside the next ones, and adds them between calls", async () => {
    const toDerive = { modelFolder: "m", cacheFolder: "c" };
    const { host, order, finish } = createHost({ toDerive });
    await host.load(loadRequest);
    const ask = (prompt: string, callId: number) =>
      host.generate({ callId, request: request(prompt) });
    const first = ask("first", 1);
    await settle();
    assert.deepEqual(order, ["first"]);
    finish.shift()!();
    await first;
    const second = ask("second", 2);
    await settle();
    assert.deepEqual(order, ["first", "derive into c", "second"]);
    const [endDerivation, endSecond] = finish;
    endDerivation!();
    await settle();
    assert.equal(order.length, 3, "the second call still runs");
    endSecond!();
    await second;
    await settle();
    assert.deepEqual(order.slice(3), ["prefill added"]);
  });

  test("ModelHost.readWorkspace() gives the engine a memory, keeps it true and takes it away", async () => {
    const { host, order } = createHost();
    await host.load(loadRequest);
    const read = (texts: string[], budgetBytes = 1e6) =>
      host.readWorkspace({
        budgetBytes,
        nearest: [],
        folders: [],
        open: texts.map((text) => ({ name: text, text })),
      });
    assert.deepEqual(await host.listMemory(), { read: [], leftOut: [] });
    assert.deepEqual(await read(["a", "b"]), {
      numDocuments: 2,
      sizeBytes: 48,
      hasChanged: true,
    });
    assert.deepEqual((await host.listMemory()).read, ["a"]);
    assert.equal((await read([])).hasChanged, false);
    await assert.rejects(read(["bad"]), /bad/);
    assert.equal((await read(["a"])).numDocuments, 1, "it begins anew");
    assert.equal((await read([], 0)).hasChanged, true);
    assert.deepEqual(order, [
      "memory of 2",
      "memory of 2",
      "reader stopped",
      "memory of nothing",
      "memory of 1",
      "reader stopped",
      "memory of nothing",
    ]);
  });

  suite("in idle time", () => {
    setup(() => mock.timers.enable({ apis: ["setTimeout"] }));
    teardown(() => mock.timers.reset());
    const toCheck = { directory: "weights", stamp: "1" };

    /** Asks three times with pauses of the given seconds behind each. */
    async function askWithPauses(
      { host, finish }: ReturnType<typeof createHost>,
      seconds: readonly number[],
    ): Promise<void> {
      await host.load(loadRequest);
      for (const [index, pause] of seconds.entries()) {
        const prompt = `${index}`;
        const call = host.generate({ callId: index, request: request(prompt) });
        await settle();
        finish.shift()!();
        await call;
        mock.timers.tick(1000 * pause);
        await settle();
      }
    }

    test("ModelHost checks weights for prefill once, when nobody has asked for five seconds", async () => {
      const parts = createHost({ toCheck });
      await askWithPauses(parts, [4, 4, 5, 60]);
      assert.deepEqual(parts.order, ["0", "1", "2", "check weights", "3"]);
    });

    test("ModelHost lets damaged weights for prefill go and has them made anew", async () => {
      const parts = createHost({ toCheck, isSound: false });
      await askWithPauses(parts, [60]);
      assert.deepEqual(parts.order, [
        "0",
        "check weights",
        "prefill dropped",
        "derive into c",
      ]);
      parts.finish.shift()!();
      await settle();
      assert.deepEqual(parts.order.slice(4), ["prefill added"]);
    });

    test("ModelHost does not check what it has just had made", async () => {
      const toDerive = { modelFolder: "m", cacheFolder: "c" };
      const parts = createHost({ toDerive, toCheck });
      await askWithPauses(parts, [60]);
      assert.deepEqual(parts.order, ["0", "derive into c"]);
    });
  });

  test("ModelHost.generate() runs one call at a time, the newest of the waiting first", async () => {
    const { host, order, finish } = createHost();
    await host.load(loadRequest);
    const ask = (prompt: string, callId: number) =>
      host.generate({ callId, request: request(prompt) });
    const calls = [ask("first", 1)];
    await settle();
    calls.push(ask("older", 2), ask("newer", 3));
    await settle();
    assert.deepEqual(order, ["first"]);
    for (let i = 0; i < 3; i++) {
      finish[i]!();
      await settle();
    }
    assert.deepEqual(order, ["first", "newer", "older"]);
    const texts = (await Promise.all(calls)).map((r) => r.generations[0]!.text);
    assert.deepEqual(texts, ["first", "older", "newer"]);
  });

  test("ModelHost.useAdapter() waits for the call that runs; calls that came later follow it", async () => {
    const { host, order, finish } = createHost();
    await host.load(loadRequest);
    const first = host.generate({ callId: 1, request: request("first") });
    await settle();
    const switched = host.useAdapter("a");
    const second = host.generate({ callId: 2, request: request("second") });
    await settle();
    assert.deepEqual(order, ["first"]);
    finish[0]!();
    assert.deepEqual(await switched, model);
    await settle();
    finish[1]!();
    const texts = [await first, await second].map(
      (each) => each.generations[0]!.text,
    );
    assert.deepEqual(texts, ["first", "second"]);
    assert.deepEqual(order, ["first", "adapter a", "second"]);
  });

  test("ModelHost.classify() waits for the call that runs, and for a model", async () => {
    const { host, order, finish } = createHost();
    await assert.rejects(host.classify("x"), /no model is loaded/);
    await host.load(loadRequest);
    const first = host.generate({ callId: 1, request: request("first") });
    await settle();
    const labels = host.classify("x");
    await settle();
    assert.deepEqual(order, ["first"]);
    finish[0]!();
    await first;
    assert.deepEqual(await labels, [{ label: "good", probability: 1 }]);
    assert.deepEqual(order, ["first", "classify x"]);
  });

  test("ModelHost.useAdapter() without a model says so", async () => {
    const { host } = createHost();
    await assert.rejects(host.useAdapter("a"), /no model is loaded/);
  });

  test("ModelHost.measureText() waits for the call that runs", async () => {
    const { host, order, finish } = createHost();
    await host.load(loadRequest);
    const generated = host.generate({ callId: 1, request: request("one") });
    const measured = host.measureText({ text: "two", cacheKey: "a" });
    await settle();
    assert.deepEqual(order, ["one"]);
    finish[0]!();
    await generated;
    assert.deepEqual(await measured, [{ text: "two", bits: 1 }]);
    assert.deepEqual(order, ["one", "measure two"]);
  });

  test("ModelHost.measureText() without a model says so", async () => {
    const { host } = createHost();
    await assert.rejects(
      host.measureText({ text: "a", cacheKey: "a" }),
      /no model is loaded/,
    );
  });

  test("a long text gives way to a newer call and then goes on after what it has written", async () => {
    const asked: GenerateRequest[] = [];
    const ends: (() => void)[] = [];
    const cancelChecks: (() => boolean)[] = [];
    const host = new ModelHost({
      loadEngine: async () => ({
        description: model,
        measureText: async () => [],
        classify: async () => undefined,
        generate: (each, { isCancelled }) => {
          asked.push(each);
          cancelChecks.push(isCancelled);
          const isGivingWay = asked.length === 1;
          const text = isGivingWay ? "One " : "two.";
          return new Promise((resolve) =>
            ends.push(() =>
              resolve({
                ...result(text),
                prefillMs: 5,
                generations: [
                  {
                    text,
                    healed: "",
                    tokens: [
                      {
                        tokenId: asked.length,
                        text,
                        logProbability: 0,
                        alternatives: [],
                      },
                    ],
                    stopReason: isGivingWay ? "cancelled" : "end-of-text",
                  },
                ],
              }),
            ),
          );
        },
        useAdapter: async () => model,
        toDerive: undefined,
        addPrefill: async () => undefined,
        useMemory: () => undefined,
        toCheck: undefined,
        dropPrefill: async () => undefined,
        memory: () => ({ residentBytes: 0, kvCacheBytes: 0 }),
        dispose: async () => undefined,
      }),
      derivePrefill: async () => undefined,
      startReader: () => assert.fail("nobody asked to read"),
      checkPrefill: async () => true,
      isCancelled: () => false,
      onProgress: () => undefined,
      onText: () => undefined,
    });
    await host.load(loadRequest);
    const long = { chat: [], writtenTokenIds: [], mustGoOn: true };
    const longText = host.generate({
      callId: 1,
      request: { ...request("long"), long },
    });
    await settle();
    assert.equal(cancelChecks[0]!(), false);
    const ghostText = host.generate({ callId: 2, request: request("short") });
    assert.equal(cancelChecks[0]!(), true);
    ends[0]!();
    await settle();
    assert.deepEqual(
      asked.map(({ prompt }) => prompt),
      ["long", "short"],
    );
    ends[1]!();
    await ghostText;
    await settle();
    assert.deepEqual(asked[2]!.long, {
      chat: [],
      writtenTokenIds: [1],
      mustGoOn: false,
    });
    assert.equal(asked[2]!.maxTokens, asked[0]!.maxTokens - 1);
    ends[2]!();
    const { generations, prefillMs } = await longText;
    assert.equal(generations[0]!.text, "One two.");
    assert.equal(generations[0]!.tokens.length, 2);
    assert.equal(generations[0]!.stopReason, "end-of-text");
    assert.equal(prefillMs, 10);
  });

  test("ModelHost.generate() answers a call that was cancelled while waiting before the running one ends", async () => {
    const { host, order, cancelled, finish } = createHost();
    await host.load(loadRequest);
    const first = host.generate({ callId: 1, request: request("first") });
    await settle();
    const stale = host.generate({ callId: 2, request: request("stale") });
    await settle();
    cancelled.add(2);
    const newest = host.generate({ callId: 3, request: request("newest") });
    assert.equal((await stale).generations[0]!.stopReason, "cancelled");
    finish[0]!();
    await first;
    await settle();
    finish[1]!();
    await newest;
    assert.deepEqual(order, ["first", "newest"]);
  });

  test("ModelHost.generate() rejects with the engine's error and goes on with the next call", async () => {
    const { host, finish } = createHost();
    await host.load(loadRequest);
    const bad = host.generate({ callId: 1, request: request("bad") });
    await settle();
    finish[0]!();
    await assert.rejects(bad, /bad prompt/);
    const good = host.generate({ callId: 2, request: request("good") });
    await settle();
    finish[1]!();
    assert.equal((await good).generations[0]!.text, "good");
  });

  // All suggestions stopped, and the wrong path was tried again every few seconds.
  const faults: [string, (folder: string) => void][] = [
    ["that is not there", () => undefined],
    ["that is a file", (folder) => writeFileSync(folder, "")],
    ["that is empty", (folder) => mkdirSync(folder)],
    ["whose config is damaged", (folder) => writeModel(folder, "{")],
    ["of a family that is not known", (folder) => writeModel(folder, "{}")],
    ["without weights", (folder) => writeModel(folder, CONFIG)],
    [
      "with damaged weights",
      (folder) => {
        writeModel(folder, CONFIG);
        writeFileSync(path.join(folder, "model.safetensors"), "no");
      },
    ],
  ];
  const CONFIG = JSON.stringify(TINY_CONFIG);
  function writeModel(folder: string, config: string): void {
    mkdirSync(folder);
    writeFileSync(path.join(folder, "config.json"), config);
  }
  for (const [which, make] of faults) {
    test(`ModelHost.load() goes on with the model in the package for a folder ${which}, and says why`, async () => {
      const folder = path.join(inFolder(), `model ${which}`);
      make(folder);
      const loaded: string[] = [];
      const { host } = createHost({
        load: ({ modelFolder }) => {
          if (modelFolder !== "embedded") openModelFolder(modelFolder);
          loaded.push(modelFolder);
        },
      });
      const request = { ...loadRequest, modelFolder: folder };
      await assert.rejects(host.load(request));
      const { modelFault = "" } = await host.load({
        ...request,
        fallbackFolder: "embedded",
      });
      assert.ok(modelFault.includes(folder), modelFault);
      assert.deepEqual(loaded, ["embedded"]);
      const again = await host.useAdapter(undefined);
      assert.equal(again.modelFault, modelFault);
      const good = await host.load({ ...request, modelFolder: "embedded" });
      assert.equal(good.modelFault, undefined);
    });
  }

  test("ModelHost.load() rejects when the model in the package cannot be loaded either", async () => {
    const { host } = createHost({
      load: ({ modelFolder }) => assert.fail(`no ${modelFolder}`),
    });
    const fallbackFolder = "embedded";
    for (const modelFolder of ["own", "embedded"]) {
      await assert.rejects(
        host.load({ ...loadRequest, modelFolder, fallbackFolder }),
        /no embedded/,
      );
    }
  });

  test("ModelHost.generate() rejects when no model is loaded", async () => {
    const { host } = createHost();
    await assert.rejects(
      host.generate({ callId: 1, request: request("x") }),
      /Cannot generate: no model is loaded/,
    );
  });

  test("ModelHost.load() waits for the running call, then frees the model that was there", async () => {
    const { host, finish, disposed } = createHost();
    assert.equal(host.memory().kvCacheBytes, 0);
    await host.load(loadRequest);
    const call = host.generate({ callId: 1, request: request("x") });
    const loaded = host.load(loadRequest);
    await settle();
    assert.equal(disposed(), 0);
    finish[0]!();
    await Promise.all([call, loaded]);
    assert.equal(disposed(), 1);
    assert.deepEqual(host.memory(), { residentBytes: 7, kvCacheBytes: 3 });
  });
});
