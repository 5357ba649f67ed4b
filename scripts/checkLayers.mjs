// Checks who imports whom in src/: the table is the picture in docs/ARCHITECTURE.md.
// node scripts/checkLayers.mjs
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";

/**
 * Folder of src/ -> the other folders that it may import, from the ground floor up: a folder imports only what stands
 * above it in this table. What is granted and not used is a fault too. A name of one part stands for all that is below
 * it on the right-hand side.
 */
const allowed = {
  common: [],
  protocol: ["common"],
  settings: ["protocol"],
  text: ["protocol"],
  formats: ["common"],
  onnx: [],
  runtime: [],
  tokenizer: ["common", "formats", "protocol", "text"],
  "model/files": ["common", "formats"],
  "model/quantise": ["common", "formats", "model/files"],
  "model/layers": [
    "common",
    "formats",
    "onnx",
    "model/files",
    "model/quantise",
  ],
  "model/families": ["common", "onnx", "model/files", "model/layers"],
  "model/graphs": [
    "common",
    "onnx",
    "protocol",
    "model/files",
    "model/layers",
    "model/families",
  ],
  "model/import": ["common", "formats", "model/files", "model/quantise"],
  adapters: [
    "common",
    "formats",
    "protocol",
    "model/files",
    "model/layers",
    "model/quantise",
  ],
  memory: [],
  inference: ["common", "memory", "runtime"],
  engine: [
    "adapters",
    "common",
    "inference",
    "memory",
    "model",
    "protocol",
    "runtime",
    "text",
    "tokenizer",
  ],
  models: ["common", "protocol"],
  network: ["common", "protocol"],
  importer: ["common", "engine", "model", "models", "protocol", "tokenizer"],
  training: ["common", "formats", "model/layers", "protocol", "runtime"],
  documents: ["common", "protocol", "text"],
  worker: ["documents", "engine", "memory", "model", "protocol", "tokenizer"],
  completion: ["protocol", "text"],
  writing: ["completion", "protocol", "text"],
  evaluation: [
    "common",
    "completion",
    "documents",
    "protocol",
    "settings",
    "text",
  ],
  trainer: [
    "adapters",
    "common",
    "completion",
    "documents",
    "engine",
    "evaluation",
    "formats",
    "model",
    "protocol",
    "runtime",
    "settings",
    "tokenizer",
    "training",
  ],
  client: ["common", "protocol"],
  counters: ["protocol"],
  words: [
    "adapters",
    "client",
    "common",
    "completion",
    "documents",
    "protocol",
    "settings",
    "writing",
  ],
  editor: [
    "client",
    "common",
    "completion",
    "counters",
    "documents",
    "models",
    "protocol",
    "settings",
    "text",
    "words",
    "writing",
  ],
  panel: [
    "adapters",
    "client",
    "common",
    "counters",
    "documents",
    "model/files",
    "protocol",
    "settings",
    "words",
  ],
  webview: ["common", "protocol", "settings", "words"],
  cli: [
    "adapters",
    "client",
    "common",
    "completion",
    "documents",
    "engine",
    "evaluation",
    "memory",
    "model",
    "importer",
    "models",
    "network",
    "protocol",
    "runtime",
    "settings",
    "tokenizer",
    "trainer",
    "writing",
  ],
  "extension.ts": [
    "client",
    "common",
    "counters",
    "editor",
    "panel",
    "protocol",
    "settings",
    "words",
  ],
};
const order = Object.keys(allowed);

/** Grants of types alone, which no bundle has: the page runs in a browser, without what makes its words. */
const typesOnly = ["webview words"];

/** Package -> the folders that may import it. */
const allowedPackages = {
  vscode: ["extension.ts", "words", "editor", "panel"],
  "onnxruntime-node": ["runtime"],
  worker_threads: ["worker", "client"],
  child_process: ["client", "documents"],
  ...Object.fromEntries(
    ["http", "https", "http2", "net", "tls", "dgram", "dns", "dns/promises"]
      .concat(["undici", "ws", "node-fetch", "axios", "got"])
      .map((name) => [name, ["network"]]),
  ),
};

/** What reaches the network without being imported. The page's policy forbids it there too. */
const networkCalls =
  /(?<![.\w])(?:globalThis\.|window\.)?(?:fetch\s*\(|new\s+(?:WebSocket|EventSource|XMLHttpRequest)\b)|navigator\.sendBeacon/;

/** The room of a file: the folder of the table that it lies in. */
function roomOf(file) {
  const [first, second] = file.split("/");
  const inner = `${first}/${second}`;
  return inner in allowed ? inner : first;
}

/** Whether a grant, a room or a folder of rooms, covers a room. */
const covers = (grant, room) => room === grant || room.startsWith(`${grant}/`);

/** Comments may speak of what code may not do. */
const withoutComments = (text) =>
  text.replace(/\/\*[^]*?\*\/|^\s*\/\/.*$/gm, "");

const sourceFiles = readdirSync("src", { recursive: true })
  .map((file) => file.replaceAll(path.sep, "/"))
  .filter((file) => file.endsWith(".ts"));
const importsOf = new Map();
const faults = [];
const used = new Set();
for (const file of sourceFiles) {
  const folder = roomOf(file);
  const text = readFileSync(path.join("src", file), "utf8");
  const imports = text.matchAll(
    /(import type [^;]*?)?(?:from|import|require)\s*\(?\s*["']([^"']+)["']/g,
  );
  importsOf.set(file, []);
  const call = networkCalls.exec(withoutComments(text));
  if (call && folder !== "network") {
    faults.push(`src/${file} calls "${call[0]}", only for network`);
  }
  for (const [, typeImport, specifier] of imports) {
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
    const targetRoom = roomOf(target.endsWith(".ts") ? target : `${target}.ts`);
    importsOf.get(file).push(`${target}.ts`);
    if (targetRoom === folder) continue;
    const grant = allowed[folder]?.find((name) => covers(name, targetRoom));
    if (!typeImport && typesOnly.includes(`${folder} ${grant}`)) {
      faults.push(`src/${file} imports more than types from ${targetRoom}/`);
    }
    if (grant) used.add(`${folder} ${grant}`);
    else faults.push(`src/${file} imports ${targetRoom}/`);
  }
}

for (const [room, grants] of Object.entries(allowed)) {
  for (const grant of grants) {
    if (!used.has(`${room} ${grant}`)) {
      faults.push(`${room}/ may import ${grant}/ and does not`);
    }
    const isAbove = order.some(
      (name, place) => covers(grant, name) && place > order.indexOf(room),
    );
    if (isAbove) faults.push(`${room}/ may import ${grant}/, which is above`);
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
