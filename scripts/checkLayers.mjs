// Checks who imports whom in src/: the table is the picture in docs/ARCHITECTURE.md.
// node scripts/checkLayers.mjs
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";

const engine = [
  "tokenizer",
  "model",
  "runtime",
  "inference",
  "training",
  "completion",
  "documents",
  "evaluation",
];

/** Folder of src/ -> the other folders that it may import. */
const allowed = {
  common: [],
  protocol: [],
  tokenizer: [],
  onnx: [],
  runtime: [],
  completion: [],
  documents: [],
  model: ["onnx"],
  inference: ["model", "runtime"],
  training: ["onnx", "model", "runtime"],
  evaluation: ["completion"],
  worker: engine,
  client: [],
  editor: ["completion", "documents", "client"],
  panel: ["completion", "documents", "evaluation", "client"],
  webview: [],
  cli: [...engine, "onnx", "worker", "client"],
  "extension.ts": ["editor", "panel", "client"],
};
const everywhere = ["common", "protocol"];

/** Package -> the folders that may import it. */
const allowedPackages = {
  vscode: ["extension.ts", "editor", "panel"],
  "onnxruntime-node": ["runtime"],
  worker_threads: ["worker", "client"],
  child_process: ["worker", "client"],
  http: [],
  https: [],
  net: [],
};

const sourceFiles = readdirSync("src", { recursive: true })
  .map((file) => file.replaceAll(path.sep, "/"))
  .filter((file) => file.endsWith(".ts"));
const importsOf = new Map();
const faults = [];
for (const file of sourceFiles) {
  const folder = file.split("/")[0];
  const text = readFileSync(path.join("src", file), "utf8");
  const specifiers = [
    ...text.matchAll(/(?:from|import|require)\s*\(?\s*["']([^"']+)["']/g),
  ].map((match) => match[1]);
  importsOf.set(file, []);
  for (const specifier of specifiers) {
    if (!specifier.startsWith(".")) {
      const name = specifier.replace(/^node:/, "");
      const owners = allowedPackages[name];
      if (owners && !owners.includes(folder)) {
        faults.push(
          `src/${file} imports ${name}, only for ${owners.join(", ")}`,
        );
      }
      continue;
    }
    const target = path.posix.join(path.posix.dirname(file), specifier);
    const targetFolder = target.split("/")[0];
    importsOf.get(file).push(`${target}.ts`);
    const isAllowed =
      targetFolder === folder ||
      everywhere.includes(targetFolder) ||
      (allowed[folder] ?? []).includes(targetFolder);
    if (!isAllowed) faults.push(`src/${file} imports ${targetFolder}/`);
  }
}

/** Depth-first search for a circle of imports. */
function findCircle(file, trail) {
  if (trail.includes(file)) return [...trail.slice(trail.indexOf(file)), file];
  if (done.has(file)) return undefined;
  for (const next of importsOf.get(file) ?? []) {
    const circle = findCircle(next, [...trail, file]);
    if (circle) return circle;
  }
  done.add(file);
  return undefined;
}
const done = new Set();
for (const file of sourceFiles) {
  const circle = findCircle(file, []);
  if (circle) {
    faults.push(`circular import: ${circle.join(" -> ")}`);
    break;
  }
}

if (faults.length > 0) {
  console.error(faults.join("\n"));
  process.exit(1);
}
console.log(`layers: ${sourceFiles.length} files follow the import rules`);
