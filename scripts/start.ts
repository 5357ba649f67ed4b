// Opens a VS Code with Inkling on the folder sample/: a desktop one where there is one, else code-server on 127.0.0.1,
// whose address goes to stdout and, from a terminal, into the browser. Settings are kept in the cache folder between
// runs, and so is what stands in the storage of a folder: the server takes the same port where it is free. Ctrl+C ends
// it. npm start [-- --port N] [--profile FOLDER]; INKLING_VSIX names a package to install in place of a new one.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { parseArgs } from "node:util";
import { findDesktopVsCode, hasDisplay } from "./desktopVsCode";
import { fingerprint, packageOnce } from "./packageOnce";
import { installExtension, openProfile, startSession } from "./serverSession";
import { isFreePort, type ServerProfile } from "./serverSession";
import { findOnPath, progress, projectFolder, run, step } from "./terminal";
import { cacheFolder, prepareVsCodeServer } from "./vscodeServer";
import type { VsCodeServer } from "./vscodeServer";

/** VS Code names a folder's storage by the address: on another port what was learned there would be out of sight. */
const PORT = 42_317;
/** Tells the extension to show its walkthrough, which VS Code does by itself after an installation by hand. */
const showsWalkthrough = { INKLING_WALKTHROUGH: "1" };

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
  await step("compiling", () =>
    runOrFail([process.execPath, "esbuild.js", "--quiet"]),
  );
  progress("VS Code is open; this ends when its last window is closed");
  process.exitCode = await run(
    [
      executable,
      sampleFolder,
      sampleFile,
      `--extensionDevelopmentPath=${projectFolder}`,
      `--user-data-dir=${path.join(folder, "data")}`,
      `--extensions-dir=${path.join(folder, "extensions")}`,
      "--disable-workspace-trust",
      ...(process.getuid?.() === 0 ? ["--no-sandbox"] : []),
    ],
    { env: { ...process.env, ...showsWalkthrough } },
  );
}

/** Installs the package and serves until this process is told to end. */
async function startServer(
  profile: ServerProfile,
  port: number | undefined,
): Promise<void> {
  const server = await step("preparing code-server", prepareVsCodeServer);
  const vsix = process.env["INKLING_VSIX"] ?? (await makePackage());
  await installOnce(server, { profile, vsix });
  const session = await step("starting the server", async () =>
    startSession(server, {
      profile,
      env: showsWalkthrough,
      ...(await chosenPort(port)),
    }),
  );
  const address = session.workbench({ folder: sampleFolder, file: sampleFile });
  console.log(address);
  const isOpened = await openInBrowser(address);
  progress(
    isOpened
      ? "open in your browser; Ctrl+C ends the server"
      : "open this address in a browser; Ctrl+C ends the server",
  );
  await untilToldToEnd();
  await session.stop();
}

async function makePackage(): Promise<string> {
  const { vsix, isNew } = await step("packaging", packageOnce);
  if (!isNew) progress("nothing has changed since the last package");
  return vsix;
}

/** Unless the profile holds the extension of this very package. */
async function installOnce(
  server: VsCodeServer,
  { profile, vsix }: { profile: ServerProfile; vsix: string },
): Promise<void> {
  const stamp = path.join(profile.folder, "extensions", "installed-package");
  const wanted = fingerprint(vsix, [""]);
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === wanted) return;
  await step("installing the package", () =>
    installExtension(server, { profile, vsix }),
  );
  writeFileSync(stamp, wanted);
}

/** The port that was asked for, else always the same one, else any. */
async function chosenPort(
  port: number | undefined,
): Promise<{ port?: number }> {
  if (port !== undefined) return { port };
  if (await isFreePort(PORT)) return { port: PORT };
  progress(
    `port ${PORT} is taken, so another is used: adapters and settings of the page from earlier starts are not there`,
  );
  return {};
}

/** False where there is nothing to open it with, or nobody who looks. */
async function openInBrowser(address: string): Promise<boolean> {
  if (!process.stdout.isTTY || !hasDisplay()) return false;
  if (process.platform === "win32") return false;
  const opener = process.platform === "darwin" ? "open" : "xdg-open";
  const program = findOnPath([opener]);
  return program !== undefined && (await run([program, address])) === 0;
}

async function runOrFail(command: [string, ...string[]]): Promise<void> {
  if ((await run(command)) === 0) return;
  throw new Error(`Cannot start: "${command.slice(1).join(" ")}" failed`);
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
