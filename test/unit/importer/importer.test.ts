// The importer's real process on tiny models: it finds, imports and tries them, and leaves when it is told to.

import assert from "node:assert/strict";
import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { taskRunner, type RunTask } from "../../../src/client/taskProcess";
import { openModelFolder } from "../../../src/model/files/modelFolder";
import { ModelCache } from "../../../src/models/modelCache";
import type {
  FoundModel,
  ImporterContract,
  ImportProgress,
} from "../../../src/protocol/models";
import { formatGguf, tinyGguf } from "../formats/ggufWriter";
import { useTemporaryFolder } from "../support/temporaryFolder";
import { removeTinyModel } from "../support/tinyModel";
import { bundle, makeText, makeTinyTextModel } from "../support/trainingCase";

suite("The importer's process", function () {
  this.timeout(120_000);
  const inFolder = useTemporaryFolder();
  const logged: string[] = [];
  let runImporter: RunTask<ImporterContract>;
  let model: ReturnType<typeof makeTinyTextModel>;
  const never = new AbortController().signal;

  suiteSetup(() => {
    const file = bundle("src/importer/main.ts", inFolder("importer.js"));
    runImporter = taskRunner(file, {
      what: "importer",
      log: (message) => logged.push(message),
    });
    model = makeTinyTextModel(7);
    mkdirSync(inFolder("studio"));
    writeFileSync(inFolder("studio", "a.gguf"), formatGguf(tinyGguf("Q8_0")));
    writeFileSync(inFolder("studio", "b.gguf"), "no model");
  });
  suiteTeardown(() => removeTinyModel(model));

  const request = (name: string) => ({
    source: inFolder("studio", "a.gguf"),
    name,
    modelsFolder: inFolder("models"),
    derivedFolder: inFolder("derived"),
    threads: 1,
  });
  const quiet = { modelFound: () => {}, importProgress: () => {} };

  test("it finds models as it goes", async () => {
    const found: FoundModel[] = [];
    const folder = inFolder("studio");
    await runImporter(
      (rpc) =>
        rpc.request("findModels", {
          places: [
            { origin: "hub-cache", folder: inFolder("nowhere") },
            { origin: "lm-studio", folder },
          ],
        }),
      {
        signal: never,
        events: { ...quiet, modelFound: (each) => found.push(each) },
      },
    );
    assert.deepEqual(
      found.map(({ name, fault }) => [name, fault === undefined]),
      [
        ["a", true],
        ["b", false],
      ],
    );
  });

  test("it imports a file once for two windows, and tells how far it is", async () => {
    const progress: ImportProgress[] = [];
    const events = {
      ...quiet,
      importProgress: (each: ImportProgress) => progress.push(each),
    };
    const ask = () =>
      runImporter((rpc) => rpc.request("importModel", request("tiny")), {
        signal: never,
        events,
      });
    const [first, second] = await Promise.all([ask(), ask()]);
    assert.equal(first.directory, second.directory);
    assert.equal(openModelFolder(first.directory).name, "tiny");
    assert.equal(new ModelCache(inFolder("models")).list().length, 1);
    assert.equal(readdirSync(inFolder("models")).length, 1);
    assert.deepEqual(
      ["waiting", "weights", "measuring"].filter(
        (phase) => !progress.some((each) => each.phase === phase),
      ),
      [],
    );
  });

  test("an import that is cancelled leaves nothing, once the cache is cleaned", async () => {
    const controller = new AbortController();
    const cancelled = runImporter(
      (rpc) => rpc.request("importModel", request("cancelled")),
      {
        signal: controller.signal,
        events: {
          ...quiet,
          importProgress: ({ phase }) => {
            if (phase === "measuring") controller.abort(new Error("no longer"));
          },
        },
      },
    );
    await assert.rejects(cancelled, /no longer/);
    const cache = new ModelCache(inFolder("models"));
    assert.deepEqual(
      cache.list().map(({ name }) => name),
      ["tiny"],
    );
    cache.cleanUp();
    assert.equal(readdirSync(inFolder("models")).length, 1);
  });

  test("it tries a model on a text", async () => {
    const text = makeText(1, 40);
    const trial = {
      modelFolder: model.directory,
      derivedFolder: inFolder("derived"),
      threads: 1,
    };
    const figures = await runImporter(
      (rpc) => rpc.request("tryModel", { ...trial, text }),
      { signal: never },
    );
    assert.ok((figures.tokensPerSecond ?? 0) > 0, JSON.stringify(figures));
    assert.ok(figures.residentBytes > 1e6);
    // A model of random weights knows nothing: some letters' worth of bits for each.
    assert.ok((figures.bitsPerCharacter ?? 0) > 1);
    assert.notEqual(figures.sample, "");
    const empty = await runImporter(
      (rpc) => rpc.request("tryModel", { ...trial, text: "" }),
      { signal: never },
    );
    assert.equal(empty.bitsPerCharacter, undefined);
  });

  test("what is refused comes back as it was said, and a process that is lost as an error", async () => {
    const refused = runImporter(
      (rpc) =>
        rpc.request("importModel", {
          ...request("bad"),
          source: inFolder("studio", "b.gguf"),
        }),
      { signal: never, events: quiet },
    );
    await assert.rejects(refused, /b\.gguf/);
    assert.ok(!existsSync(inFolder("models", "bad")));
    writeFileSync(inFolder("crash.js"), "process.exit(3)");
    const runCrash: RunTask<ImporterContract> = taskRunner(
      inFolder("crash.js"),
      { what: "importer", log: () => {} },
    );
    await assert.rejects(
      runCrash((rpc) => rpc.request("inspectModel", { path: "x" }), {
        signal: never,
      }),
      /importer ended with code 3, expected an answer first/,
    );
    const gone = AbortSignal.abort(new Error("was aborted before"));
    await assert.rejects(
      runImporter((rpc) => rpc.request("inspectModel", { path: "x" }), {
        signal: gone,
      }),
      /was aborted before/,
    );
  });
});
