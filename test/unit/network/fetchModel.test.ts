// Models from a hub that a test plays, by the fetcher's parts and by its real process.

import assert from "node:assert/strict";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";
import { taskRunner, type RunTask } from "../../../src/client/taskProcess";
import { faultOf } from "../../../src/common/fault";
import { openFolderSource } from "../../../src/model/import/folderSource";
import {
  fetchModel,
  planFetch,
  readSource,
} from "../../../src/network/fetchModel";
import type {
  FetcherContract,
  FetchProgress,
  FetchSource,
} from "../../../src/protocol/models";
import { formatGguf, tinyGguf } from "../formats/ggufWriter";
import { useTemporaryFolder } from "../support/temporaryFolder";
import { removeTinyModel } from "../support/tinyModel";
import { bundle, makeTinyTextModel } from "../support/trainingCase";
import {
  DIRECT,
  HostileServer,
  publishModel,
  REVISION,
  serve,
} from "./hostileServer";

suite("fetchModel() and planFetch()", function () {
  this.timeout(60_000);
  const inFolder = useTemporaryFolder();
  const server = new HostileServer();
  const gguf = formatGguf(tinyGguf("Q8_0"));
  suiteSetup(() => server.start());
  suiteTeardown(() => server.stop());

  const options = () => ({ ...DIRECT, hubAddress: server.address });

  const publish = (
    name: string,
    files: Record<string, Buffer>,
    more?: Record<string, unknown>,
  ) => publishModel(server, { name, files, ...(more && { more }) });

  function publishFolder(name: string): Record<string, Buffer> {
    const model = makeTinyTextModel(9);
    const files: Record<string, Buffer> = {
      "README.md": Buffer.from("# Not fetched"),
      "pytorch_model.bin": Buffer.from("not fetched"),
      "onnx/model.onnx": Buffer.from("not fetched"),
    };
    for (const each of readdirSync(model.directory)) {
      files[each] = readFileSync(path.join(model.directory, each));
    }
    removeTinyModel(model);
    publish(name, files);
    return files;
  }

  test("a model's folder: its weights, configuration and tokenizer, checked, and nothing else", async () => {
    const files = publishFolder("owner/tiny");
    const source = { kind: "hub", name: "owner/tiny" } as const;
    const plan = await planFetch(source, options());
    assert.deepEqual(
      [plan.name, plan.kind, plan.licence, plan.choices],
      ["tiny", "folder", "apache-2.0", []],
    );
    assert.ok(plan.identity.endsWith(`owner/tiny ${REVISION}`));
    const progress: FetchProgress[] = [];
    const folder = inFolder("fetched");
    const model = await fetchModel(
      { source, folder },
      { ...options(), onProgress: (each) => progress.push(each) },
    );
    assert.equal(model.path, model.folder);
    assert.deepEqual(
      readdirSync(model.path).sort(),
      Object.keys(files)
        .filter((name) => /json|model\.safetensors/.test(name))
        .sort(),
    );
    assert.equal(openFolderSource(model.path).config.architecture, "llama");
    assert.deepEqual(progress.at(-1), {
      doneBytes: plan.sizeBytes,
      totalBytes: plan.sizeBytes,
    });
    // It is there: nothing but the list is asked for again.
    const { length } = server.requests;
    await fetchModel({ source, folder }, options());
    assert.equal(server.requests.length, length + 1);
  });

  test("one GGUF file of a repository, and the choice among several", async () => {
    publish("owner/one", { "a.gguf": gguf, "mmproj-a.gguf": gguf });
    const one = { kind: "hub", name: "owner/one" } as const;
    const model = await fetchModel(
      { source: one, folder: inFolder("one") },
      options(),
    );
    assert.equal(path.basename(model.path), "a.gguf");
    assert.deepEqual(readFileSync(model.path), gguf);
    publish("owner/several", { "q4/b-q4.gguf": gguf, "b-q8.gguf": gguf });
    const several = { kind: "hub", name: "owner/several" } as const;
    const plan = await planFetch(several, options());
    assert.deepEqual(
      plan.choices.map(({ name }) => name),
      ["q4/b-q4.gguf", "b-q8.gguf"],
    );
    await assert.rejects(
      fetchModel({ source: several, folder: inFolder("several") }, options()),
      /it has several models \(q4\/b-q4\.gguf, b-q8\.gguf\), expected the choice/,
    );
    const chosen = await fetchModel(
      {
        source: { ...several, file: "q4/b-q4.gguf" },
        folder: inFolder("several"),
      },
      options(),
    );
    assert.equal(path.basename(chosen.path), "b-q4.gguf");
    await assert.rejects(
      planFetch({ ...several, file: "none.gguf" }, options()),
      /it has no file none\.gguf, expected one of q4\/b-q4\.gguf, b-q8\.gguf/,
    );
  });

  test("a GGUF file at an address; what is none is deleted", async () => {
    const good = server.on("/files/my%20model.gguf", serve(gguf));
    const fetchAddress = (url: URL) =>
      fetchModel(
        {
          source: { kind: "address", address: url.href },
          folder: inFolder("addresses"),
        },
        options(),
      );
    const { path: file, name } = await fetchAddress(good);
    assert.equal(name, "my-model");
    assert.deepEqual(readFileSync(file), gguf);
    const bad = server.on("/files/text.gguf", serve(Buffer.from("no model")));
    await assert.rejects(
      fetchAddress(bad),
      /begins with "no m", expected a GGUF/,
    );
    for (const folder of readdirSync(inFolder("addresses"))) {
      assert.ok(!existsSync(inFolder("addresses", folder, "text.gguf")));
    }
    await assert.rejects(
      fetchAddress(new URL(`${server.address}/files/model.zip`)),
      /it ends in "model\.zip", expected the address of a \.gguf file/,
    );
  });

  const hub = "https://hub.example";
  const sources: [string, FetchSource | RegExp][] = [
    ["Owner/Name-1.5B", { kind: "hub", name: "Owner/Name-1.5B" }],
    [" Owner/Name ", { kind: "hub", name: "Owner/Name" }],
    [`${hub}/Owner/Name`, { kind: "hub", name: "Owner/Name" }],
    [`${hub}/Owner/Name/tree/main`, { kind: "hub", name: "Owner/Name" }],
    [
      `${hub}/Owner/Name/blob/main/q4/a.gguf`,
      { kind: "hub", name: "Owner/Name", file: "q4/a.gguf" },
    ],
    [
      "https://other.example/a.gguf?x=1#y",
      { kind: "address", address: "https://other.example/a.gguf?x=1" },
    ],
    ["Name", /expected the name of a model at the hub, OWNER\/NAME/],
    ["../etc", /expected the name of a model/],
    ["http://other.example/a.gguf", /begins with http:, expected https:/],
    ["ftp://other.example/a.gguf", /begins with ftp:, expected https:/],
    ["https://me:pw@other.example/a.gguf", /holds a name or a password/],
    ["https://", /it is no address/],
  ];
  for (const [text, expected] of sources) {
    test(`readSource() of ${JSON.stringify(text)}`, () => {
      if (expected instanceof RegExp) {
        assert.throws(() => readSource(text, hub), expected);
        assert.ok(!/pw/.test(String(expected)));
      } else {
        assert.deepEqual(readSource(text, hub), expected);
      }
    });
  }

  const answers: [string, string | number, RegExp][] = [
    ["no model", 404, /answers 404; it has no public model of that name/],
    ["a gated model", 401, /answers 401; it has no public model/],
    ["trouble", 502, /answers 502; expected 200; try again later/],
    ["a page", "<html>", /something else than JSON; check the address/],
    ["nothing", "null", /neither config\.json with model\.safetensors nor/],
    ["a number of files", '{"siblings":7}', /neither config\.json with/],
    ["too much", `"${"x".repeat(5e6)}"`, /longer than 5 MB/],
    [
      "names that lead elsewhere",
      JSON.stringify({
        siblings: ["../config.json", "/x.gguf", "a/../../b.gguf", ".x.gguf"]
          .map((rfilename) => ({ rfilename, size: 1 }))
          .concat([{ rfilename: 7 as never, size: 1 }]),
      }),
      /neither config\.json with model\.safetensors nor a GGUF/,
    ],
  ];
  for (const [what, answer, message] of answers) {
    test(`a hub that answers with ${what}`, async () => {
      server.on("/api/models/owner/bad", (_, response) =>
        typeof answer === "number"
          ? response.writeHead(answer).end()
          : response.end(answer),
      );
      await assert.rejects(
        planFetch({ kind: "hub", name: "owner/bad" }, options()),
        message,
      );
    });
  }

  test("a file that was changed on the way is refused, whichever it is", async () => {
    const files = publishFolder("owner/changed");
    for (const name of ["model.safetensors", "config.json"]) {
      const changed = Buffer.from(files[name]!);
      changed[changed.length - 2]! ^= 1;
      const route = `/owner/changed/resolve/${REVISION}/${name}`;
      server.on(route, serve(changed));
      await assert.rejects(
        fetchModel(
          {
            source: { kind: "hub", name: "owner/changed" },
            folder: inFolder(`changed ${name}`),
          },
          options(),
        ),
        new RegExp(`${name.replace(".", "\\.")}: its checksum is`),
      );
      server.on(route, serve(files[name]!));
    }
  });

  test("a disk without room is seen before anything is asked for", async () => {
    publish("owner/huge", { "a.gguf": gguf });
    const huge = { rfilename: "a.gguf", size: 1e15 };
    publish("owner/huge", {}, { siblings: [huge] });
    const { length } = server.requests;
    const fetching = fetchModel(
      {
        source: { kind: "hub", name: "owner/huge" },
        folder: inFolder("huge"),
      },
      options(),
    );
    await assert.rejects(fetching, (error: Error) => {
      assert.equal(faultOf(error).code, "disk-full");
      return /expected at least 1000000000 MB/.test(error.message);
    });
    assert.equal(server.requests.length, length + 1);
  });

  test("two that fetch the same at once ask for it once; the lock of a process that is gone is taken over", async () => {
    publish("owner/shared", { "a.gguf": gguf });
    const source = { kind: "hub", name: "owner/shared" } as const;
    const fetch = () =>
      fetchModel({ source, folder: inFolder("shared") }, options());
    const [first, second] = await Promise.all([fetch(), fetch()]);
    assert.equal(first.path, second.path);
    const route = `/owner/shared/resolve/${REVISION}/a.gguf`;
    assert.equal(server.count(route), 1);
    mkdirSync(first.folder, { recursive: true });
    writeFileSync(path.join(first.folder, ".lock"), "elsewhere 1");
    await fetch();
    assert.ok(!existsSync(path.join(first.folder, ".lock")));
  });

  test("the fetcher's process goes on where the one before was cancelled", async () => {
    const runFetcher: RunTask<FetcherContract> = taskRunner(
      bundle("src/network/main.ts", inFolder("fetcher.js")),
      { what: "fetcher", log: () => {} },
    );
    const large = Buffer.concat([gguf, Buffer.alloc(4_000_000, 7)]);
    publish("owner/large", { "a.gguf": large });
    const route = `/owner/large/resolve/${REVISION}/a.gguf`;
    const cancel = new AbortController();
    server.on(route, (_, response) => {
      response.writeHead(200, { ETag: '"e"', "Content-Length": large.length });
      response.write(large.subarray(0, 1_000_000));
    });
    const request = {
      source: { kind: "hub", name: "owner/large" } as const,
      folder: inFolder("large"),
      hubAddress: server.address,
      proxy: "",
      noProxy: [],
    };
    const ask = (signal: AbortSignal, fetchProgress: () => void) =>
      runFetcher((rpc) => rpc.request("fetchModel", request), {
        signal,
        events: { fetchProgress },
      });
    await assert.rejects(
      ask(cancel.signal, () => cancel.abort(new Error("cancelled"))),
      /cancelled/,
    );
    server.on(route, serve(large, { etag: '"e"' }));
    const model = await ask(new AbortController().signal, () => {});
    assert.deepEqual(readFileSync(model.path), large);
    const range = server.requests.at(-1)!.headers.range ?? "";
    assert.match(range, /^bytes=[1-9]\d*-$/);
  });
});
