// What is found of other programs' models, in places that are laid out as those programs do it, and in hostile ones.

import assert from "node:assert/strict";
import {
  cpSync,
  mkdirSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";
import { listCandidates } from "../../../src/importer/findModels";
import { inspectModel } from "../../../src/importer/inspectModel";
import type { Machine } from "../../../src/models/modelsFolder";
import { usualPlaces } from "../../../src/models/usualPlaces";
import type { ModelOrigin } from "../../../src/protocol/models";
import { formatGguf, tinyGguf } from "../formats/ggufWriter";
import { makeNamedPipe } from "../support/namedPipe";
import { makePackedModel } from "../support/packedModel";
import { useTemporaryFolder } from "../support/temporaryFolder";
import { removeTinyModel } from "../support/tinyModel";
import { makeTinyTextModel } from "../support/trainingCase";

suite("usualPlaces()", () => {
  const folders = (machine: Partial<Machine>, origin: ModelOrigin) =>
    usualPlaces({ platform: "linux", env: {}, home: "/me", ...machine })
      .filter((place) => place.origin === origin)
      .map(({ folder }) => folder);
  const cases: [ModelOrigin, Partial<Machine>, string][] = [
    ["hub-cache", {}, "/me/.cache/huggingface/hub"],
    ["hub-cache", { env: { HF_HOME: "/hf" } }, "/hf/hub"],
    ["hub-cache", { env: { HF_HUB_CACHE: "/hub", HF_HOME: "/hf" } }, "/hub"],
    ["hub-cache", { env: { XDG_CACHE_HOME: "/c" } }, "/c/huggingface/hub"],
    ["lm-studio", {}, "/me/.lmstudio/models"],
    ["lm-studio", {}, "/me/.cache/lm-studio/models"],
    ["ollama", {}, "/me/.ollama/models"],
    ["ollama", {}, "/usr/share/ollama/.ollama/models"],
    ["ollama", { env: { OLLAMA_MODELS: "/o" } }, "/o"],
    ["llama.cpp", {}, "/me/.cache/llama.cpp"],
    ["llama.cpp", { platform: "darwin" }, "/me/Library/Caches/llama.cpp"],
    [
      "llama.cpp",
      { platform: "win32", env: { LOCALAPPDATA: "/l" } },
      "/l/llama.cpp",
    ],
    ["llama.cpp", { env: { LLAMA_CACHE: "/x" } }, "/x"],
  ];
  for (const [origin, machine, expected] of cases) {
    test(`usualPlaces() of ${origin} with ${JSON.stringify(machine)}`, () => {
      assert.ok(folders(machine, origin).includes(expected));
    });
  }
});

suite("listCandidates() and inspectModel()", () => {
  const inFolder = useTemporaryFolder();
  const gguf = formatGguf(tinyGguf("Q8_0"));
  const write = (content: string | Buffer, ...names: string[]) => {
    const file = inFolder(...names);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, content);
    return file;
  };
  const namesIn = (origin: ModelOrigin, ...names: string[]) =>
    listCandidates({ origin, folder: inFolder(...names) }).map(
      ({ name }) => name,
    );

  test("a hub's cache: the revision in use, folders and files, by the names of the hub", async () => {
    const model = makeTinyTextModel(3);
    const repository = ["hub", "models--Owner--Tiny-1B"];
    cpSync(model.directory, inFolder(...repository, "snapshots", "new"), {
      recursive: true,
    });
    write("config", ...repository, "snapshots", "old", "config.json");
    write("new\n", ...repository, "refs", "main");
    // Files of a snapshot are links to blobs.
    const blob = write(gguf, "hub", "models--Owner--Tiny-GGUF", "blobs", "ab");
    const snapshot = inFolder("hub", "models--Owner--Tiny-GGUF/snapshots/one");
    mkdirSync(snapshot, { recursive: true });
    symlinkSync("../../blobs/ab", path.join(snapshot, "tiny-q8.gguf"));
    write(gguf, "hub", "models--Owner--Tiny-GGUF/snapshots/one/mmproj-x.gguf");
    symlinkSync(write(gguf, "secret.gguf"), path.join(snapshot, "out.gguf"));
    write("x", "hub", "datasets--Owner--Text", "snapshots", "a", "x.gguf");
    const found = listCandidates({
      origin: "hub-cache",
      folder: inFolder("hub"),
    });
    assert.deepEqual(
      found.map(({ name }) => name),
      ["Owner/Tiny-1B", "Owner/Tiny-GGUF/tiny-q8"],
    );
    const [folder, file] = [
      await inspectModel(found[0]!.path, found[0]),
      await inspectModel(found[1]!.path, found[1]),
    ];
    assert.deepEqual(
      [folder.fault, folder.kind, folder.isImported, folder.origin],
      [undefined, "folder", false, "hub-cache"],
    );
    assert.ok(folder.sizeBytes > 10_000);
    assert.deepEqual([file.fault, file.kind], [undefined, "gguf"]);
    assert.equal(file.sizeBytes, gguf.length);
    assert.ok(blob.endsWith("ab"));
    removeTinyModel(model);
  });

  test("Ollama's blobs by the names of their manifests", async () => {
    const digest = "ab".repeat(32);
    const manifest = (weights: string) =>
      JSON.stringify({
        layers: [
          { mediaType: "application/vnd.ollama.image.license", digest: "x" },
          { mediaType: "application/vnd.ollama.image.model", digest: weights },
        ],
      });
    const registry = ["ollama", "manifests", "registry.ollama.ai"];
    write(manifest(`sha256:${digest}`), ...registry, "library", "tiny", "q8");
    write(
      manifest(`sha256:${digest.slice(2)}00`),
      ...registry,
      "me",
      "own",
      "latest",
    );
    write(
      manifest("sha256:../../../../etc/passwd"),
      ...registry,
      "me",
      "bad",
      "x",
    );
    write("{", ...registry, "me", "broken", "x");
    write("[]", ...registry, "me", "list", "x");
    write(gguf, "ollama", "blobs", `sha256-${digest}`);
    const found = listCandidates({
      origin: "ollama",
      folder: inFolder("ollama"),
    });
    assert.deepEqual(
      found.map(({ name }) => name),
      ["tiny:q8", "me/own:latest"],
    );
    const models = await Promise.all(
      found.map((each) => inspectModel(each.path, each)),
    );
    assert.equal(models[0]?.fault, undefined);
    assert.match(models[1]?.fault ?? "", /there is no such file or folder/);
  });

  test("files of LM Studio and llama.cpp, the first of several parts", () => {
    for (const name of [
      "publisher/Model-GGUF/model-Q8_0.gguf",
      "publisher/Model-GGUF/mmproj-model.gguf",
      "publisher/Model-GGUF/README.md",
      "publisher/Big/big-00001-of-00002.gguf",
      "publisher/Big/big-00002-of-00002.gguf",
      "a/b/c/d/e/too-deep.gguf",
    ]) {
      write("x", "studio", ...name.split("/"));
    }
    assert.deepEqual(namesIn("lm-studio", "studio"), [
      "big-00001-of-00002",
      "model-Q8_0",
    ]);
    assert.deepEqual(namesIn("llama.cpp", "studio", "publisher", "Big"), [
      "big-00001-of-00002",
    ]);
    assert.deepEqual(namesIn("llama.cpp", "nowhere"), []);
    assert.deepEqual(namesIn("hub-cache", "studio"), []);
  });

  test("a hostile place is looked at in bounds, and its links lead nowhere", async () => {
    for (let at = 0; at < 300; at++) write("x", "huge", `${at}.gguf`);
    const place = { origin: "llama.cpp", folder: inFolder("huge") } as const;
    assert.equal(listCandidates(place).length, 300);
    assert.equal(listCandidates(place, { maxEntries: 100 }).length, 100);
    mkdirSync(inFolder("loop"));
    symlinkSync(inFolder("loop"), inFolder("loop", "again"));
    symlinkSync(inFolder("secret.gguf"), inFolder("loop", "link.gguf"));
    assert.deepEqual(namesIn("llama.cpp", "loop"), []);
    mkdirSync(inFolder("fake", "models--a--b", "snapshots"), {
      recursive: true,
    });
    symlinkSync("/", inFolder("fake", "models--a--b", "snapshots", "root"));
    assert.deepEqual(namesIn("hub-cache", "fake"), []);
    if (!makeNamedPipe(inFolder("pipe.gguf"))) return;
    const pipe = await inspectModel(inFolder("pipe.gguf"));
    assert.match(pipe.fault ?? "", /no ordinary file/);
  });

  test("inspectModel() calls a GGUF file by its own name, where that is one, and says by a code why it is not read", async () => {
    const named = async (metadata: Record<string, string>) => {
      const spec = tinyGguf("Q8_0");
      const bytes = formatGguf({
        ...spec,
        metadata: { ...spec.metadata, ...metadata },
      });
      const file = write(bytes, "sha256-0f1e");
      const inspected = [undefined, "hub-cache"] as const;
      const [bare, ofHub] = await Promise.all(
        inspected.map((origin) =>
          inspectModel(file, origin && { origin, name: "Owner/Name" }),
        ),
      );
      return { name: bare!.name, code: bare!.faultCode, ofHub: ofHub!.name };
    };
    const expected = { code: undefined, ofHub: "Owner/Name" };
    assert.deepEqual(await named({ "general.name": "Gemma 3 270M" }), {
      ...expected,
      name: "Gemma 3 270M",
    });
    for (const name of ["Model", "/home/me/llama 2", "x1".repeat(99)]) {
      assert.deepEqual(await named({ "general.name": name }), {
        ...expected,
        name: "sha256-0f1e",
      });
    }
    const bert = await named({ "general.architecture": "bert" });
    assert.equal(bert.code, "unread-family");
  });

  test("inspectModel() says what is wrong, and knows Inkling's own folders", async () => {
    write("GGUF", "cut.gguf");
    const cut = await inspectModel(inFolder("cut.gguf"));
    assert.match(cut.fault ?? "", /cut\.gguf/);
    const none = await inspectModel(inFolder("none"));
    assert.match(none.fault ?? "", /there is no such file or folder/);
    mkdirSync(inFolder("no-model"));
    const folder = await inspectModel(inFolder("no-model"));
    assert.match(
      folder.fault ?? "",
      /it is empty, expected a folder made by "inkling import"/,
    );
    const packed = await makePackedModel(5, inFolder("packed"));
    const own = await inspectModel(packed.directory);
    assert.deepEqual([own.fault, own.isImported], [undefined, true]);
    // A file with a hole, as large as no memory.
    const large = write(gguf, "large.gguf");
    truncateSync(large, 3e9);
    const { fault = "", sizeBytes } = await inspectModel(large, {
      totalMemoryBytes: 4e9,
    });
    assert.equal(sizeBytes, 3e9);
    assert.match(fault, /3000 MB, expected at most 2000, half of this machine/);
    rmSync(large);
    removeTinyModel(packed);
  });
});
