import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import path from "node:path";
import { runFetch } from "../../../src/cli/fetch";
import { openModelFolder } from "../../../src/model/files/modelFolder";
import { ModelCache } from "../../../src/models/modelCache";
import { formatGguf, tinyGguf } from "../formats/ggufWriter";
import { HostileServer, publishModel } from "../network/hostileServer";
import { useTemporaryFolder } from "../support/temporaryFolder";

suite("runFetch()", () => {
  const inFolder = useTemporaryFolder();
  const server = new HostileServer();
  const write = {
    stdout: process.stdout.write.bind(process.stdout),
    stderr: process.stderr.write.bind(process.stderr),
  };
  suiteSetup(async () => {
    await server.start();
    process.stderr.write = () => true;
  });
  suiteTeardown(() => {
    process.stderr.write = write.stderr;
    return server.stop();
  });

  const fetched = async (...args: string[]) => {
    let printed = "";
    process.stdout.write = (text) => {
      printed += String(text);
      return true;
    };
    try {
      const places = ["--hub", server.address, "--models", inFolder("models")];
      await runFetch([...args, ...places]);
    } finally {
      process.stdout.write = write.stdout;
    }
    return printed.trim();
  };

  test("a fetched model is imported, what was fetched goes, and the second time nothing is fetched", async () => {
    const gguf = formatGguf(tinyGguf("Q8_0"));
    const files = { "a-q8.gguf": gguf, "b-q8.gguf": gguf };
    publishModel(server, { name: "owner/tiny", files });
    await assert.rejects(
      fetched("owner/tiny"),
      /several models, expected --file with one of\n +0 MB {2}a-q8\.gguf\n/,
    );
    const directory = await fetched("owner/tiny", "--file", "b-q8.gguf");
    assert.equal(openModelFolder(directory).name, "b-q8");
    const cache = new ModelCache(inFolder("models"));
    assert.deepEqual(
      cache.list().map((model) => model.directory),
      [directory],
    );
    assert.deepEqual(readdirSync(cache.fetchedFolder), []);
    const { length } = server.requests;
    assert.equal(await fetched("owner/tiny", "--file", "b-q8.gguf"), directory);
    assert.equal(server.requests.length, length + 1);
    for (const other of [directory, cache.folder, path.dirname(cache.folder)]) {
      assert.throws(
        () => cache.removeFetched(other),
        /expected what was fetched/,
      );
    }
  });
});
