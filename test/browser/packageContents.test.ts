// What the installed package holds: everything that it runs on, and nothing that it does not need.
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { installedFolder } from "./support";

suite("installed package", () => {
  test("it holds the bundles, the model and the runtime of one platform", () => {
    const files = installedFiles();
    const needed = [
      "package.json",
      "dist/extension.js",
      "dist/worker.js",
      "dist/deriver.js",
      "dist/reader.js",
      "dist/importer.js",
      "dist/fetcher.js",
      "node_modules/onnxruntime-common/dist/cjs/index.js",
      "node_modules/onnxruntime-node/dist/index.js",
    ];
    assert.deepEqual(
      needed.filter((file) => !files.includes(file)),
      [],
    );
    assert.ok(files.some((file) => /^models\/[^/]+\/config\.json$/.test(file)));
    const platforms = files
      .filter((file) => file.endsWith("onnxruntime_binding.node"))
      .map((file) => file.split("/").slice(-3, -1).join("-"));
    assert.deepEqual(platforms, [`${process.platform}-${process.arch}`]);
  });

  test("it holds no sources, tests, maps or unused packages", () => {
    const unneeded = installedFiles().filter(
      (file) =>
        /^(src|test|bench|scripts|prototypes|sample|out|docs)\//.test(file) ||
        /\.(map|ts|md\.bak|vsix)$/.test(file) ||
        /^node_modules\/(?!onnxruntime-(node|common)\/)/.test(file),
    );
    assert.deepEqual(unneeded, []);
  });
});

function installedFiles(): string[] {
  return readdirSync(installedFolder(), {
    recursive: true,
    withFileTypes: true,
  })
    .filter((entry) => entry.isFile())
    .map((entry) =>
      `${entry.parentPath}/${entry.name}`.slice(installedFolder().length + 1),
    );
}
