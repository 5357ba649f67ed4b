// Writes inkling-TARGET.vsix, which holds the model and the ONNX Runtime of that one platform.
// npm run package [-- --target linux-x64|linux-arm64|win32-x64|win32-arm64|darwin-arm64]
import { existsSync, readFileSync, readdirSync, statSync } from "node:fs";
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { parseArgs } from "node:util";
import { createVSIX } from "@vscode/vsce";
import { progress, projectFolder } from "./terminal";

const targets = [
  "linux-x64",
  "linux-arm64",
  "win32-x64",
  "win32-arm64",
  "darwin-arm64",
];
const allPlatforms = "!node_modules/onnxruntime-node/bin/napi-v6/**";

/** The package that runs on this machine. */
export const ownTarget = `${process.platform}-${process.arch}`;

/** Where the package of a target is written. */
export function packageFile(target: string): string {
  return path.join(projectFolder, `inkling-${target}.vsix`);
}

async function writePackage(target: string): Promise<void> {
  checkTarget(target);
  checkModel();
  const file = packageFile(target);
  await createVSIX({
    cwd: projectFolder,
    target,
    packagePath: file,
    ignoreFile: writeIgnoreFile(target),
    allowMissingRepository: true,
  });
  const sizeMb = (statSync(file).size / 1e6).toFixed(1);
  progress(`${path.basename(file)}: ${sizeMb} MB`);
}

function checkTarget(target: string): void {
  if (target === "darwin-x64") {
    throw new RangeError(
      "Cannot package for darwin-x64: onnxruntime-node 1.30 has no binary for Intel Macs",
    );
  }
  if (!targets.includes(target)) {
    throw new RangeError(
      `Cannot package for "${target}": expected one of ${targets.join(", ")}`,
    );
  }
  const runtime = runtimeFolder(target);
  if (!existsSync(path.join(projectFolder, runtime))) {
    throw new Error(
      `Cannot package for ${target}: ${runtime} is missing, run "npm ci" first`,
    );
  }
}

function runtimeFolder(target: string): string {
  return `node_modules/onnxruntime-node/bin/napi-v6/${target.replace("-", "/")}`;
}

function checkModel(): void {
  const models = path.join(projectFolder, "models");
  const hasModel =
    existsSync(models) &&
    readdirSync(models).some((name) =>
      existsSync(path.join(models, name, "config.json")),
    );
  if (!hasModel) {
    throw new Error(
      "Cannot package: models/ holds no model folder with a config.json",
    );
  }
}

/** The project's own .vscodeignore, with the runtimes of all platforms narrowed to one. */
function writeIgnoreFile(target: string): string {
  const rules = readFileSync(path.join(projectFolder, ".vscodeignore"), "utf8");
  if (!rules.includes(allPlatforms)) {
    throw new Error(
      `Cannot package for ${target}: .vscodeignore has no line ${allPlatforms}`,
    );
  }
  const file = path.join(projectFolder, "out", `vscodeignore-${target}`);
  mkdirSync(path.dirname(file), { recursive: true });
  const ownPlatform = `!${runtimeFolder(target)}/**`;
  writeFileSync(file, rules.replace(allPlatforms, ownPlatform));
  return file;
}

if (require.main === module) {
  const { values } = parseArgs({ options: { target: { type: "string" } } });
  writePackage(values.target ?? ownTarget).catch((error: Error) => {
    console.error(error.message);
    process.exitCode = 1;
  });
}
