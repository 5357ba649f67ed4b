// What of the bundles could reach the network: the fetcher's process and the command line by our own code, and code of
// two packages that would, if anybody asked it to. The host, its page and the thread that derives weights cannot at all.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import type { Metafile } from "esbuild";

const projectFolder = path.resolve(__dirname, "../../..");
const NETWORK_MODULE =
  /^(node:)?(https?|http2|net|tls|dgram|dns|dns\/promises|undici)$/;
const NETWORK_CALL =
  /(?<![.\w])(fetch\s*\(|\?\?\s*fetch\b|new\s+(WebSocket|EventSource|XMLHttpRequest)\b)|(globalThis|window|self)\.fetch\b/;

suite("The bundles", function () {
  this.timeout(120_000);
  let contents: Map<string, Metafile>;
  suiteSetup(async () => {
    const { bundleContents } = createRequire(__filename)(
      path.join(projectFolder, "esbuild.js"),
    ) as { bundleContents(): Promise<Map<string, Metafile>> };
    contents = await bundleContents();
  });

  test("modules of the network are in the fetcher and the command line alone, by src/network alone", () => {
    const importers = [...contents].flatMap(([bundle, { inputs }]) =>
      Object.entries(inputs)
        .filter(([, { imports }]) =>
          imports.some((each) => NETWORK_MODULE.test(each.path)),
        )
        .map(([file]) => `${bundle} ${file}`),
    );
    assert.deepEqual(importers.sort(), [
      "dist/cli.js src/network/get.ts",
      "dist/cli.js src/network/proxy.ts",
      "dist/fetcher.js src/network/get.ts",
      "dist/fetcher.js src/network/proxy.ts",
    ]);
  });

  test("calls that need no module are in two packages alone, and in no bundle of the host", () => {
    const callers = new Map<string, Set<string>>();
    for (const [bundle, { inputs }] of contents) {
      for (const file of Object.keys(inputs)) {
        // What esbuild puts in place of another has no file.
        if (!/^[\w@./-]+\.[cm]?[jt]sx?$/.test(file)) continue;
        const text = readFileSync(path.join(projectFolder, file), "utf8");
        const code = text.replace(/\/\*[^]*?\*\/|^\s*\/\/.*$/gm, "");
        if (!NETWORK_CALL.test(code)) continue;
        const [, name = file] =
          /node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(file) ?? [];
        callers.set(bundle, (callers.get(bundle) ?? new Set()).add(name));
      }
    }
    const found = [...callers].map(([bundle, names]) => [
      bundle,
      [...names].sort(),
    ]);
    const packages = ["@huggingface/gguf", "@xenova/transformers"];
    assert.deepEqual(found.sort(), [
      ["dist/cli.js", packages],
      ["dist/importer.js", packages],
      ["dist/reader.js", ["@xenova/transformers"]],
      ["dist/trainer.js", ["@xenova/transformers"]],
      ["dist/worker.js", ["@xenova/transformers"]],
    ]);
  });
});
