// Installs code-server (VS Code's server, workbench and extension host without Electron) into the cache folder, from
// the npm registry alone. Everything is pinned; once installed, the network is not needed again.
// Run by itself to install ahead of time: npx tsx scripts/vscodeServer.ts
import { existsSync, mkdirSync, readdirSync, renameSync } from "node:fs";
import { rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { prepareChromium } from "./chromium";
import {
  findOnPath,
  installDebianPackages,
  progress,
  projectFolder,
  runOrThrow,
} from "./terminal";

const CODE_SERVER_VERSION = "4.139.1"; // VS Code 1.139.1
const NODE_VERSION = "24.21.0"; // what that server's extension host is built for

/** Where installed components and profiles lie; git-ignored and kept between runs. */
export const cacheFolder = path.resolve(
  process.env["INKLING_CACHE"] ?? path.join(projectFolder, ".cache"),
);

/** The two files that start a server. */
export interface VsCodeServer {
  node: string;
  entry: string;
}

/** Finds the server in the cache, or installs it there (about a minute). */
export async function prepareVsCodeServer(): Promise<VsCodeServer> {
  if (process.platform === "win32") {
    throw new Error(
      "Cannot install code-server: it has no Windows build, so a desktop VS Code is needed here",
    );
  }
  const nodePackage = `node-${process.platform}-${process.arch}`;
  const nodeFolder = path.join(
    await component(`node-${NODE_VERSION}`, (step) =>
      step("npm", ["install", `${nodePackage}@${NODE_VERSION}`]),
    ),
    "node_modules",
    nodePackage,
  );
  const serverFolder = await component(
    `code-server-${CODE_SERVER_VERSION}`,
    (step) => installCodeServer({ nodeFolder, step }),
  );
  return {
    node: path.join(nodeFolder, "bin", "node"),
    entry: path.join(
      serverFolder,
      "node_modules/code-server/out/node/entry.js",
    ),
  };
}

/** Runs one program in the component's folder, or in a folder below it. */
type Step = (
  program: string,
  args: string[],
  place?: { below?: string; env?: NodeJS.ProcessEnv },
) => Promise<void>;

/**
 * The folder of a component, installed first if need be. It is filled beside its place and then renamed, so that a
 * half-done install is never taken for a whole one and two runs at once do not disturb each other.
 */
async function component(
  name: string,
  install: (step: Step) => Promise<void>,
): Promise<string> {
  const folder = path.join(cacheFolder, name);
  const stamp = path.join(folder, "installed");
  if (existsSync(stamp)) return folder;
  removeAbandonedInstalls();
  progress(`installing ${name} into ${folder}`);
  const unfinished = `${folder}.unfinished-${process.pid}`;
  mkdirSync(unfinished, { recursive: true });
  writeFileSync(path.join(unfinished, "package.json"), '{"private":true}\n');
  await install((program, args, { below = "", env = {} } = {}) =>
    runOrThrow([program, ...args], {
      cwd: path.join(unfinished, below),
      env: { ...environmentForNpm(), ...env },
      logFile: path.join(unfinished, "install.log"),
    }),
  );
  writeFileSync(path.join(unfinished, "installed"), "");
  if (!existsSync(stamp)) {
    rmSync(folder, { recursive: true, force: true });
    renameSync(unfinished, folder);
  } else {
    rmSync(unfinished, { recursive: true, force: true });
  }
  return folder;
}

function removeAbandonedInstalls(): void {
  mkdirSync(cacheFolder, { recursive: true });
  for (const name of readdirSync(cacheFolder)) {
    const owner = /\.unfinished-(\d+)$/.exec(name)?.[1];
    if (owner === undefined || isRunning(Number(owner))) continue;
    rmSync(path.join(cacheFolder, name), { recursive: true, force: true });
  }
}

function isRunning(processId: number): boolean {
  try {
    process.kill(processId, 0);
    return true;
  } catch {
    return false;
  }
}

/** An npm that was started by `npm run` must not take this project for its own. */
function environmentForNpm(): NodeJS.ProcessEnv {
  const isInherited =
    /^(INIT_CWD$|npm_(package|lifecycle|command|execpath)|npm_config_(local_prefix|loglevel)$)/;
  const kept = Object.entries(process.env).filter(
    ([name]) => !isInherited.test(name),
  );
  return {
    ...Object.fromEntries(kept),
    npm_config_loglevel: "error",
    npm_config_audit: "false",
    npm_config_fund: "false",
    npm_config_update_notifier: "false",
    ONNXRUNTIME_NODE_INSTALL: "skip",
  };
}

/**
 * code-server's own install script compiles eight native modules and needs Kerberos headers. Only two of them matter
 * to an extension (log files, and ending with the parent process), so scripts are off and those two are built by hand.
 */
async function installCodeServer({
  nodeFolder,
  step,
}: {
  nodeFolder: string;
  step: Step;
}): Promise<void> {
  await prepareCompiler();
  const env = {
    // npm itself must run on the server's Node: the prebuilt parts are chosen by the running version.
    PATH: `${path.join(nodeFolder, "bin")}${path.delimiter}${process.env["PATH"]}`,
    npm_config_nodedir: nodeFolder,
  };
  const below = "node_modules/code-server/lib/vscode";
  const install = ["install", "--omit=dev", "--ignore-scripts"];
  await step("npm", [...install, `code-server@${CODE_SERVER_VERSION}`], {
    env,
  });
  await step("npm", install, { below, env });
  await step("npm", install, { below: `${below}/extensions`, env });
  progress("compiling the server's two native modules");
  const nativeModules = ["@vscode/spdlog", "@vscode/native-watchdog"];
  await step("npm", ["rebuild", ...nativeModules], { below, env });
  await step("rm", ["-rf", ...unusedParts], { below });
}

/** A third of the server by size, and nothing that an editor of text files needs. */
const unusedParts = [
  "extensions/copilot",
  "extensions/mermaid-markdown-features",
  "extensions/microsoft-authentication",
  "extensions/tunnel-forwarding",
  "node_modules/@github/copilot-sdk-linux-x64",
  "node_modules/@github/copilot-sdk-linux-arm64",
  "node_modules/@microsoft/mxc-sdk/bin",
];

async function prepareCompiler(): Promise<void> {
  const missing = ["g++", "make", "python3"].filter(
    (program) => findOnPath([program]) === undefined,
  );
  if (missing.length > 0) {
    await installDebianPackages(missing, "a compiler for code-server");
  }
}

if (require.main === module) {
  Promise.all([prepareVsCodeServer(), prepareChromium()]).then(
    ([server, chromium]) => console.log(`${server.entry}\n${chromium}`),
    (error: Error) => {
      console.error(error.message);
      process.exitCode = 1;
    },
  );
}
