// One run of code-server on 127.0.0.1 with a profile of its own, and the environment that keeps it off the network
// and out of the home folder. Used by `npm start` and by the suites in test/vscode and test/browser.
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import {
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { runOrThrow } from "./terminal";
import type { VsCodeServer } from "./vscodeServer";

/** Settings that keep the workbench still: no welcome page, no tips, no asking for trust, nothing that phones home. */
export const quietSettings: Record<string, unknown> = {
  "security.workspace.trust.enabled": false,
  "workbench.startupEditor": "none",
  "workbench.tips.enabled": false,
  "workbench.enableExperiments": false,
  "workbench.secondarySideBar.defaultVisibility": "hidden",
  "telemetry.telemetryLevel": "off",
  "extensions.autoUpdate": false,
  "extensions.autoCheckUpdates": false,
  "extensions.ignoreRecommendations": true,
  "chat.disableAIFeatures": true,
  "git.enabled": false,
  "files.autoSave": "off",
  "window.restoreWindows": "none",
};

/** Folders of one user of the server: settings, extensions, home, and a workspace to open. */
export interface ServerProfile {
  folder: string;
  workspace: string;
  settingsFile: string;
}

/** Makes the folders of a profile where they are not there yet; settings that are already there stay. */
export function openProfile(
  folder: string,
  settings: Record<string, unknown> = {},
): ServerProfile {
  const workspace = path.join(folder, "workspace");
  const settingsFile = path.join(folder, "data/User/settings.json");
  for (const place of ["data/User", "extensions", "home", "workspace"]) {
    mkdirSync(path.join(folder, place), { recursive: true });
  }
  if (!existsSync(settingsFile)) {
    const all = { ...quietSettings, ...settings };
    writeFileSync(settingsFile, JSON.stringify(all, null, 2));
  }
  writeFileSync(path.join(folder, "config.yaml"), "auth: none\n");
  return { folder, workspace, settingsFile };
}

/**
 * A profile that is thrown away after a test. It lies in the system's temporary folder because the server opens Unix
 * sockets in it, whose paths may have 108 characters at the most.
 */
export function temporaryProfile(
  settings: Record<string, unknown> = {},
): ServerProfile {
  const folder = mkdtempSync(path.join(tmpdir(), "inkling-"));
  return openProfile(folder, settings);
}

/** Removes what `temporaryProfile` made. */
export function removeProfile(profile: ServerProfile): void {
  rmSync(profile.folder, { recursive: true, force: true, maxRetries: 5 });
}

/** Installs a package into the profile, as a user's `code --install-extension` does. */
export async function installExtension(
  server: VsCodeServer,
  { profile, vsix }: { profile: ServerProfile; vsix: string },
): Promise<void> {
  const install = ["--install-extension", vsix, "--force"];
  await runOrThrow(
    [server.node, server.entry, ...profileArguments(profile), ...install],
    {
      env: serverEnvironment(profile),
      logFile: path.join(profile.folder, "install.log"),
    },
  );
}

/** How a server is started. */
export interface SessionOptions {
  profile: ServerProfile;
  /** Added to the environment of the server, which the extension host inherits. */
  env?: NodeJS.ProcessEnv;
  /** Lets a page start a run of tests; it also hides notifications and refuses dialogs, so only that runner sets it. */
  acceptTestRuns?: boolean;
  /** Takes no folder for trusted by itself; the setting security.workspace.trust.enabled has to be on too. */
  hasWorkspaceTrust?: boolean;
  port?: number;
}

/** A server that answers. */
export interface ServerSession {
  /** `http://127.0.0.1:PORT` */
  address: string;
  processId: number;
  /** Address of the workbench with a folder and, if wished, a file of it open. */
  workbench(place: WorkbenchPlace): string;
  /** A file of this machine as the page names it. */
  remoteUri(file: string): string;
  stop(): Promise<void>;
}

/** What the workbench shows when it opens. */
export interface WorkbenchPlace {
  folder: string;
  file?: string;
  /** Further pairs for the workbench's own payload. */
  payload?: [string, string][];
}

/** Starts a server on a free port and waits until it answers. */
export async function startSession(
  server: VsCodeServer,
  {
    profile,
    env = {},
    acceptTestRuns = false,
    hasWorkspaceTrust = false,
    port,
  }: SessionOptions,
): Promise<ServerSession> {
  const authority = `127.0.0.1:${port ?? (await freePort())}`;
  const logFile = path.join(profile.folder, "server.log");
  const child = spawnServer(
    [
      server.node,
      server.entry,
      ...profileArguments(profile),
      ...["--bind-addr", authority, "--auth", "none"],
      ...["--session-socket", path.join(temporaryFolder(), "session.sock")],
      "--disable-telemetry",
      "--disable-update-check",
      ...(hasWorkspaceTrust ? [] : ["--disable-workspace-trust"]),
      "--disable-getting-started-override",
      ...(acceptTestRuns
        ? ["--vscode-option", "enable-smoke-test-driver"]
        : []),
    ],
    { env: { ...serverEnvironment(profile), ...env }, logFile },
  );
  const address = `http://${authority}`;
  await untilHealthy(child, { address, logFile });
  const remoteUri = (file: string) => `vscode-remote://${authority}${file}`;
  return {
    address,
    processId: child.pid ?? 0,
    remoteUri,
    workbench: ({ folder, file, payload = [] }) => {
      const pairs = [...payload];
      if (file !== undefined) pairs.push(["openFile", remoteUri(file)]);
      const query = new URLSearchParams({ folder });
      if (pairs.length > 0) query.set("payload", JSON.stringify(pairs));
      return `${address}/?${query.toString()}`;
    },
    stop: () => stopGroup(child),
  };
}

function profileArguments({ folder }: ServerProfile): string[] {
  return [
    ...["--config", path.join(folder, "config.yaml")],
    ...["--user-data-dir", path.join(folder, "data")],
    ...["--extensions-dir", path.join(folder, "extensions")],
  ];
}

/** Little of this process's environment is passed on, so that a developer's own settings cannot change a test. */
function serverEnvironment({ folder }: ServerProfile): NodeJS.ProcessEnv {
  const home = path.join(folder, "home");
  return {
    PATH: process.env["PATH"],
    LANG: "C.UTF-8",
    HOME: home,
    XDG_DATA_HOME: home,
    XDG_CONFIG_HOME: home,
    TMPDIR: temporaryFolder(),
    // An empty gallery: otherwise the server and the page ask a marketplace.
    EXTENSIONS_GALLERY: "{}",
  };
}

let ownTemporaryFolder: string | undefined;

/** A short folder for the server's sockets, removed when this process ends. */
function temporaryFolder(): string {
  if (ownTemporaryFolder === undefined) {
    const folder = mkdtempSync(path.join(tmpdir(), "inkling-"));
    process.once("exit", () =>
      rmSync(folder, { recursive: true, force: true }),
    );
    ownTemporaryFolder = folder;
  }
  return ownTemporaryFolder;
}

function spawnServer(
  [program, ...args]: [string, ...string[]],
  { env, logFile }: { env: NodeJS.ProcessEnv; logFile: string },
): ChildProcess {
  const log = openSync(logFile, "w");
  const child = spawn(program, args, {
    env,
    stdio: ["ignore", log, log],
    // A process group of its own: the extension host and its children end with it.
    detached: true,
  });
  closeSync(log);
  process.once("exit", () => signalGroup(child, "SIGKILL"));
  return child;
}

async function untilHealthy(
  child: ChildProcess,
  { address, logFile }: { address: string; logFile: string },
): Promise<void> {
  for (let attempt = 0; attempt < 600 && child.exitCode === null; attempt++) {
    const isHealthy = await fetch(`${address}/healthz`).then(
      (response) => response.ok,
      () => false,
    );
    if (isHealthy) return;
    await delay(100);
  }
  signalGroup(child, "SIGKILL");
  const log = readFileSync(logFile, "utf8").slice(-2000);
  throw new Error(
    `Cannot start code-server: no answer at ${address} within a minute; its log ends with\n${log}`,
  );
}

async function stopGroup(child: ChildProcess): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) {
    const ended = new Promise((resolve) => child.once("exit", resolve));
    signalGroup(child, "SIGTERM");
    const patience = setTimeout(() => signalGroup(child, "SIGKILL"), 5000);
    await ended;
    clearTimeout(patience);
  }
  signalGroup(child, "SIGKILL");
}

function signalGroup({ pid }: ChildProcess, signal: NodeJS.Signals): void {
  try {
    if (pid !== undefined) process.kill(-pid, signal);
  } catch {
    // The group has ended already.
  }
}

/** Whether a server can listen there. */
export function isFreePort(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer()
      .once("error", () => resolve(false))
      .listen(port, "127.0.0.1", () => probe.close(() => resolve(true)));
  });
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const probe = createServer().listen(0, "127.0.0.1", () => {
      const { port } = probe.address() as AddressInfo;
      probe.close(() => resolve(port));
    });
  });
}
