// What the machine is, and whether Inkling can run on it.

import { accessSync, constants, existsSync, statfsSync } from "node:fs";
import { availableParallelism, cpus, freemem, totalmem } from "node:os";
import path from "node:path";
import { readJson } from "../../common/ordinaryFile";
import { runtimeVersion } from "../../runtime/version";
import { failed, formatBytes, passed, type Check } from "./check";

/** Platforms for which onnxruntime-node 1.30 has a binary. */
const PLATFORMS = [
  "linux-x64",
  "linux-arm64",
  "win32-x64",
  "win32-arm64",
  "darwin-arm64",
];
/** What a window with the embedded model takes at the most, with room for the rest of the editor. */
const NEEDED_MEMORY_BYTES = 1e9;

/** Versions of Inkling and of what runs it. */
export function checkVersions(packageFile: string): Check[] {
  const { version = "unknown", engines } = readJson(packageFile) as {
    version?: string;
    engines?: { node?: string };
  };
  const needed = /\d+(\.\d+)*/.exec(engines?.node ?? "")?.[0] ?? "0";
  return [
    passed("Inkling", version),
    checkNode(process.versions.node, needed),
    passed("onnxruntime-node", runtimeVersion),
  ];
}

/** Whether Node.js is recent enough. */
export function checkNode(version: string, needed: string): Check {
  return compareVersions(version, needed) >= 0
    ? passed("Node.js", version)
    : failed("Node.js", {
        found: `${version}, expected ${needed} or later`,
        advice: `install Node.js ${needed} or later; inside VS Code its own is used`,
      });
}

/** Below 0 when `a` is older than `b`; parts that are missing count as 0. */
export function compareVersions(a: string, b: string): number {
  const left = a.split(".").map(Number);
  const right = b.split(".").map(Number);
  for (let i = 0; i < Math.max(left.length, right.length); i++) {
    const step = (left[i] ?? 0) - (right[i] ?? 0);
    if (step !== 0) return step;
  }
  return 0;
}

/** Platform, processor and memory. */
export function checkMachine(threads: number): Check[] {
  return [
    checkPlatform(`${process.platform}-${process.arch}`),
    passed(
      "Processor",
      `${cpus()[0]?.model.trim() ?? "unknown"}, ${availableParallelism()} threads, of which Inkling uses ${threads}`,
    ),
    checkMemory(totalmem(), freemem()),
  ];
}

/** Whether there is an ONNX Runtime for this platform. */
export function checkPlatform(platform: string): Check {
  return PLATFORMS.includes(platform)
    ? passed("Platform", platform)
    : failed("Platform", {
        found: `${platform}, expected one of ${PLATFORMS.join(", ")}`,
        advice:
          "use another machine, such as a remote one that VS Code connects to: the model runs where the files are",
      });
}

function checkMemory(totalBytes: number, freeBytes: number): Check {
  const found = `${formatBytes(totalBytes)}, ${formatBytes(freeBytes)} of it free`;
  return totalBytes >= NEEDED_MEMORY_BYTES
    ? passed("Memory", found)
    : failed("Memory", {
        found,
        advice: `a window with the embedded model takes up to 0.5 GB: at least ${formatBytes(NEEDED_MEMORY_BYTES)} in all are needed`,
      });
}

/** Whether weights that are derived on first load can be written; `neededBytes` is 0 when they are there already. */
export function checkCacheFolder(
  cacheFolder: string,
  neededBytes: number,
): Check {
  const name = "Cache folder";
  const parent = existingParent(cacheFolder);
  try {
    accessSync(parent, constants.W_OK);
  } catch {
    return failed(name, {
      found: `${cacheFolder} cannot be written`,
      advice: `make ${parent} writable; until then long prompts are read more slowly`,
    });
  }
  const { bavail, bsize } = statfsSync(parent);
  const freeBytes = bavail * bsize;
  const found = `${cacheFolder}, ${formatBytes(freeBytes)} free`;
  return freeBytes >= neededBytes
    ? passed(
        name,
        neededBytes > 0
          ? `${found}; the first load writes ${formatBytes(neededBytes)}`
          : `${found}; the weights for prefill are there`,
      )
    : failed(name, {
        found: `${found}, expected ${formatBytes(neededBytes)} for the weights for prefill`,
        advice:
          "free some disk space there; until then long prompts are read more slowly",
      });
}

function existingParent(folder: string): string {
  let parent = path.resolve(folder);
  while (!existsSync(parent)) parent = path.dirname(parent);
  return parent;
}
