// Writes inkling-TARGET.vsix, which holds the model and the ONNX Runtime of that one platform.
// npm run package [-- --target linux-x64|linux-arm64|win32-x64|win32-arm64|darwin-arm64] [--tag vVERSION]
// With --tag it is a release, or a pre-release where the minor version is odd, as the Marketplace has it.
import { existsSync, readFileSync, readdirSync, statSync } from "node:fs";
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { parseArgs } from "node:util";
import { createVSIX } from "@vscode/vsce";
import { progress, projectFolder } from "./terminal";

/** The platforms that there is a package for. */
export const targets = [
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

/** Whether the version of a tag is a pre-release; a tag of another version than package.json has is refused. */
export function isPreRelease(tag: string, version: string): boolean {
  if (tag !== `v${version}`) {
    throw new Error(
      `Cannot package for the tag "${tag}": package.json has version ${version}, expected the tag v${version}`,
    );
  }
  return Number(version.split(".")[1]) % 2 === 1;
}

async function writePackage(
  target: string,
  tag: string | undefined,
): Promise<void> {
  const preRelease = tag !== undefined && isPreRelease(tag, ownVersion());
  checkTarget(target);
  checkModel();
  const file = packageFile(target);
  await createVSIX({
    cwd: projectFolder,
    target,
    packagePath: file,
    ignoreFile: writeIgnoreFile(target),
    allowMissingRepository: true,
    preRelease,
  });
  const sizeMb = (statSync(file).size / 1e6).toFixed(1);
  progress(`${path.basename(file)}: ${sizeMb} MB`);
}

function ownVersion(): string {
  const file = path.join(projectFolder, "package.json");
  const { version } = JSON.parse(readFileSync(file, "utf8")) as {
    version: string;
  };
  return version;
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
  const { values } = parseArgs({
    options: { target: { type: "string" }, tag: { type: "string" } },
  });
  writePackage(values.target ?? ownTarget, values.tag).catch((error: Error) => {
    console.error(error.message);
    process.exitCode = 1;
  });
}
