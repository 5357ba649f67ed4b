// Opens a VS Code with Inkling on the folder sample/: a desktop one where there is one, else code-server on 127.0.0.1,
// whose address goes to stdout. Settings are kept in the cache folder between runs. Ctrl+C ends it.
// npm start [-- --port N] [--profile FOLDER]; INKLING_VSIX names a package to install in place of a new one.
import path from "node:path";
import { parseArgs } from "node:util";
import { findDesktopVsCode } from "./desktopVsCode";
import { ownTarget, packageFile } from "./package";
import { installExtension, openProfile, startSession } from "./serverSession";
import type { ServerProfile } from "./serverSession";
import { progress, projectFolder, run } from "./terminal";
import { cacheFolder, prepareVsCodeServer } from "./vscodeServer";

const sampleFolder = path.join(projectFolder, "sample");
const sampleFile = path.join(sampleFolder, "welcome.md");

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      port: { type: "string" },
      profile: { type: "string", default: path.join(cacheFolder, "start") },
    },
  });
  const profile = openProfile(path.resolve(values.profile));
  const executable = await findDesktopVsCode();
  if (executable !== undefined) {
    await startDesktop(executable, profile);
    return;
  }
  progress("no desktop VS Code here, so code-server serves one to a browser");
  const port = values.port === undefined ? undefined : Number(values.port);
  await startServer(profile, port);
}

/** Runs from the checkout; ends when its last window is closed. */
async function startDesktop(
  executable: string,
  { folder }: ServerProfile,
): Promise<void> {
  await runOrFail([process.execPath, "esbuild.js"]);
  process.exitCode = await run([
    executable,
    sampleFolder,
    sampleFile,
    `--extensionDevelopmentPath=${projectFolder}`,
    `--user-data-dir=${path.join(folder, "data")}`,
    `--extensions-dir=${path.join(folder, "extensions")}`,
    "--disable-workspace-trust",
    ...(process.getuid?.() === 0 ? ["--no-sandbox"] : []),
  ]);
}

/** Installs the package and serves until this process is told to end. */
async function startServer(
  profile: ServerProfile,
  port: number | undefined,
): Promise<void> {
  const server = await prepareVsCodeServer();
  const vsix = process.env["INKLING_VSIX"] ?? (await makePackage());
  progress("installing the package");
  await installExtension(server, { profile, vsix });
  const session = await startSession(server, {
    profile,
    ...(port === undefined ? {} : { port }),
  });
  console.log(session.workbench({ folder: sampleFolder, file: sampleFile }));
  progress("open this address in a browser; Ctrl+C ends the server");
  await untilToldToEnd();
  await session.stop();
}

async function makePackage(): Promise<string> {
  const tsx = path.join(projectFolder, "node_modules/tsx/dist/cli.mjs");
  const file = packageFile(ownTarget);
  progress("packaging");
  await runOrFail([process.execPath, tsx, "scripts/package.ts"], {
    logFile: path.join(cacheFolder, "package.log"),
  });
  return file;
}

async function runOrFail(
  command: [string, ...string[]],
  options: { logFile?: string } = {},
): Promise<void> {
  if ((await run(command, options)) === 0) return;
  throw new Error(
    `Cannot start: "${command.slice(1).join(" ")}" failed${options.logFile ? `, see ${options.logFile}` : ""}`,
  );
}

function untilToldToEnd(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
      process.once(signal, () => resolve());
    }
    // Signals alone do not keep Node alive.
    const keepAlive = setInterval(() => undefined, 60_000);
    process.once("exit", () => clearInterval(keepAlive));
  });
}

main().then(
  () => process.exit(),
  (error: Error) => {
    console.error(error.message);
    process.exit(1);
  },
);
