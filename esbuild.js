// Builds one bundle each for the extension host, the worker thread, the command line and each of the two pages.
// node esbuild.js [--production] [--watch] [--bench]
const esbuild = require("esbuild");

const production = process.argv.includes("--production");

/** Replaces optional parts of transformers.js that Inkling never calls, so that they stay out of the package. */
const withoutUnusedParts = {
  name: "without-unused-parts",
  setup(build) {
    build.onResolve({ filter: /^(sharp|onnxruntime-web(\/.*)?)$/ }, (args) => ({
      path: args.path,
      namespace: "empty",
    }));
    build.onLoad({ filter: /.*/, namespace: "empty" }, () => ({
      contents: "module.exports = {};",
    }));
  },
};

/** @type {import("esbuild").BuildOptions} */
const shared = {
  bundle: true,
  platform: "node",
  format: "cjs",
  target: "node20",
  external: ["vscode", "onnxruntime-node"],
  sourcemap: !production,
  minify: production,
  legalComments: "none",
  plugins: [withoutUnusedParts],
  logLevel: process.argv.includes("--quiet") ? "warning" : "info",
};

/** The pages of the panel and of the counters run in the browser of the workbench. */
const browser = { platform: "browser", format: "iife", target: "es2022" };

const products = [
  { entryPoints: ["src/extension.ts"], outfile: "dist/extension.js" },
  { entryPoints: ["src/worker/main.ts"], outfile: "dist/worker.js" },
  { entryPoints: ["src/worker/deriver.ts"], outfile: "dist/deriver.js" },
  { entryPoints: ["src/worker/reader.ts"], outfile: "dist/reader.js" },
  { entryPoints: ["src/trainer/main.ts"], outfile: "dist/trainer.js" },
  { entryPoints: ["src/cli/main.ts"], outfile: "dist/cli.js" },
  {
    entryPoints: ["src/webview/main.ts"],
    outfile: "dist/webview.js",
    ...browser,
  },
  {
    entryPoints: ["src/webview/panel.css"],
    outfile: "dist/webview.css",
    ...browser,
  },
  {
    entryPoints: ["src/webview/counters/main.ts"],
    outfile: "dist/counters.js",
    ...browser,
  },
  {
    entryPoints: ["src/webview/counters/counters.css"],
    outfile: "dist/counters.css",
    ...browser,
  },
];

/** Benchmarks of the engine, which are no part of the package: node esbuild.js --bench. */
const benchmarks = [
  { entryPoints: ["bench/main.ts"], outfile: "out/bench.js" },
];

async function main() {
  const bundles = process.argv.includes("--bench") ? benchmarks : products;
  const contexts = await Promise.all(
    bundles.map((bundle) => esbuild.context({ ...shared, ...bundle })),
  );
  if (process.argv.includes("--watch")) {
    await Promise.all(contexts.map((context) => context.watch()));
    return;
  }
  await Promise.all(contexts.map((context) => context.rebuild()));
  await Promise.all(contexts.map((context) => context.dispose()));
}

/** Names of the packages whose code is in the bundles. */
async function bundledPackages() {
  const results = await Promise.all(
    products.map((bundle) =>
      esbuild.build({
        ...shared,
        ...bundle,
        metafile: true,
        write: false,
        logLevel: "error",
      }),
    ),
  );
  const files = results.flatMap(({ metafile }) => Object.keys(metafile.inputs));
  return files
    .map((file) => /.*node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(file)?.[1])
    .filter((name) => name !== undefined);
}

module.exports = { bundledPackages };

if (require.main === module) {
  main().catch((error) => {
    console.error(error.message);
    process.exit(1);
  });
}
