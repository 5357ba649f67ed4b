import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";
import { moveAside } from "../../../src/common/atomicFile";
import { importToCache } from "../../../src/importer/importToCache";
import { openModelFolder } from "../../../src/model/files/modelFolder";
import { ModelCache } from "../../../src/models/modelCache";
import {
  defaultModelsFolder,
  type Machine,
} from "../../../src/models/modelsFolder";
import { formatGguf, tinyGguf } from "../formats/ggufWriter";
import { useTemporaryFolder } from "../support/temporaryFolder";

suite("defaultModelsFolder()", () => {
  const cases: [string, Partial<Machine>, string][] = [
    ["Linux", {}, "/home/me/.local/share/inkling/models"],
    [
      "Linux with XDG",
      { env: { XDG_DATA_HOME: "/data" } },
      "/data/inkling/models",
    ],
    [
      "macOS",
      { platform: "darwin" },
      "/home/me/Library/Application Support/inkling/models",
    ],
    [
      "Windows",
      { platform: "win32", env: { LOCALAPPDATA: "/local" } },
      "/local/inkling/models",
    ],
    ["a place of one's own", { env: { INKLING_MODELS: "/mine" } }, "/mine"],
  ];
  for (const [what, machine, expected] of cases) {
    test(`defaultModelsFolder() on ${what}`, () => {
      const whole = { platform: "linux", env: {}, home: "/home/me" } as const;
      assert.equal(defaultModelsFolder({ ...whole, ...machine }), expected);
    });
  }
});

suite("ModelCache", () => {
  const inFolder = useTemporaryFolder();
  let source: string;
  suiteSetup(() => {
    source = inFolder("my model.gguf");
    writeFileSync(source, formatGguf(tinyGguf("Q8_0")));
  });
  const options = () => ({ derivedFolder: inFolder("derived"), threads: 1 });
  const filesOf = (folder: string) => readdirSync(folder).sort();

  /** A process that is gone, and one that waits for its input's end. */
  async function processIds(): Promise<{ dead: number; alive: number; stop(): void }> {
    const dead = spawn(process.execPath, ["-e", ""]);
    await once(dead, "exit");
    const alive = spawn(process.execPath, ["-e", "process.stdin.resume()"]);
    return { dead: dead.pid!, alive: alive.pid!, stop: () => alive.stdin.end() };
  }

  test("importToCache() twice makes one model, which loads", async () => {
    const cache = new ModelCache(inFolder("twice"));
    const directories = await Promise.all([
      importToCache({ cache, source, ...options() }),
      importToCache({ cache, source, ...options() }),
    ]);
    assert.equal(directories[0], directories[1]);
    assert.deepEqual(filesOf(cache.folder), [path.basename(directories[0])]);
    assert.equal(openModelFolder(directories[0]).name, "my model");
    assert.ok(existsSync(path.join(directories[0], "calibration.json")));
    const phases: string[] = [];
    await importToCache({
      cache,
      source,
      ...options(),
      onProgress: ({ phase }) => phases.push(phase),
    });
    assert.deepEqual(phases, ["waiting"]);
  });

  test("importToCache() takes a changed source for another model", async () => {
    const cache = new ModelCache(inFolder("changed"));
    const first = cache.directoryFor(source, { name: "a/b: c" });
    assert.match(path.basename(first), /^a-b-c-[0-9a-f]{6}$/);
    const copy = inFolder("copy.gguf");
    cpSync(source, copy);
    const before = cache.directoryFor(copy, { name: "c" });
    assert.equal(cache.directoryFor(copy, { name: "c" }), before);
    utimesSync(copy, 1_000, 1_000);
    assert.notEqual(cache.directoryFor(copy, { name: "c" }), before);
    for (const name of ["", "..", "...", "/"]) {
      const directory = cache.directoryFor(source, { name });
      assert.equal(path.dirname(directory), cache.folder);
      assert.match(path.basename(directory), /^model-/);
    }
  });

  test("a refused source leaves nothing behind", async () => {
    const cache = new ModelCache(inFolder("refused"));
    writeFileSync(inFolder("bad.gguf"), "GGUF");
    await assert.rejects(
      importToCache({ cache, source: inFolder("bad.gguf"), ...options() }),
      /bad\.gguf/,
    );
    assert.ok(!existsSync(cache.folder));
  });

  test("list() has neither half-written models nor links nor what is no model", async () => {
    const { dead, alive, stop } = await processIds();
    const cache = new ModelCache(inFolder("listed"));
    const directory = await importToCache({ cache, source, ...options() });
    try {
      const partial = (processId: number) => {
        const own = partialName(directory);
        const name = own.replace(/_\d+_/, `_${processId}_`);
        cpSync(directory, path.join(cache.folder, name), { recursive: true });
        return name;
      };
      const [ofDead, ofAlive] = [partial(dead), partial(alive)];
      symlinkSync(directory, path.join(cache.folder, "link"));
      mkdirSync(path.join(cache.folder, "empty"));
      mkdirSync(path.join(cache.folder, ".fetched"));
      writeFileSync(path.join(cache.folder, "file"), "");
      assert.deepEqual(
        cache.list().map((model) => model.directory),
        [directory],
      );
      cache.cleanUp();
      const names = filesOf(cache.folder);
      assert.ok(!names.includes(ofDead) && names.includes(ofAlive));
      // What another process writes is waited for, and then taken.
      renameSync(directory, inFolder("done-by-other"));
      const waiting = cache.waitFor(directory, { pollMs: 5 });
      renameSync(inFolder("done-by-other"), directory);
      assert.equal(await waiting, true);
      renameSync(directory, inFolder("never-done"));
      const given = cache.waitFor(directory, { pollMs: 5 });
      rmSync(path.join(cache.folder, ofAlive), { recursive: true });
      assert.equal(await given, false);
    } finally {
      stop();
    }
  });

  test("cleanUp() gives up what was half fetched long ago, and nothing else", () => {
    const cache = new ModelCache(inFolder("half"));
    const make = (name: string, ageDays: number) => {
      const folder = path.join(cache.fetchedFolder, name);
      mkdirSync(folder, { recursive: true });
      const part = path.join(folder, "model.safetensors.part");
      writeFileSync(part, "half");
      const seconds = Date.now() / 1_000 - ageDays * 24 * 60 * 60;
      for (const file of [part, folder]) utimesSync(file, seconds, seconds);
      return folder;
    };
    make("old", 31);
    make("new", 29);
    // The folder is as old as its last new file; a part that grows is not.
    const growing = make("growing", 31);
    writeFileSync(path.join(growing, "model.safetensors.part"), "more");
    cache.cleanUp();
    assert.deepEqual(filesOf(cache.fetchedFolder), ["growing", "new"]);
    assert.deepEqual(filesOf(cache.folder), [".fetched"]);
  });

  test("remove() deletes models of the cache alone", async () => {
    const cache = new ModelCache(inFolder("removed"));
    const directory = await importToCache({ cache, source, ...options() });
    const elsewhere = inFolder("elsewhere");
    cpSync(directory, elsewhere, { recursive: true });
    symlinkSync(elsewhere, path.join(cache.folder, "link"));
    const others = [elsewhere, cache.folder, path.join(cache.folder, "link")];
    for (const other of [...others, `${directory}/../../elsewhere`]) {
      assert.throws(() => cache.remove(other), /it is no model in/);
    }
    assert.deepEqual(filesOf(elsewhere), filesOf(directory));
    cache.remove(directory);
    assert.deepEqual(filesOf(cache.folder), ["link"]);
    assert.deepEqual(cache.list(), []);
  });

  test("find() takes the folder's name where several models are called the same", async () => {
    const cache = new ModelCache(inFolder("found"));
    const copy = inFolder("other.gguf");
    cpSync(source, copy);
    const [first, second] = [
      await importToCache({ cache, source, name: "same", ...options() }),
      await importToCache({ cache, source: copy, name: "same", ...options() }),
    ];
    assert.notEqual(first, second);
    assert.equal(cache.find("same"), undefined);
    assert.equal(cache.find(path.basename(second))?.directory, second);
    cache.remove(second);
    assert.equal(cache.find("same")?.directory, first);
  });
});

/** The name under which this process would write a model. */
function partialName(directory: string): string {
  const copy = `${directory}-moved`;
  cpSync(directory, copy, { recursive: true });
  const moved = moveAside(copy);
  rmSync(moved, { recursive: true });
  return path.basename(moved).replace("-moved", "");
}
