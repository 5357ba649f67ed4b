// What every script needs to run another program and to say how far it is.
// Progress goes to stderr, so that stdout holds results alone.
import { spawn, spawnSync } from "node:child_process";
import {
  accessSync,
  closeSync,
  constants,
  openSync,
  readFileSync,
} from "node:fs";
import path from "node:path";

/** The checkout that the scripts belong to. */
export const projectFolder = path.resolve(__dirname, "..");

/** Tells whoever watches the terminal what is being done. */
export function progress(message: string): void {
  process.stderr.write(`  · ${message}\n`);
}

/** Names a step while it is done, and says how long it took. */
export async function step<T>(
  what: string,
  work: () => Promise<T>,
): Promise<T> {
  progress(`${what} ...`);
  const startMs = performance.now();
  const result = await work();
  const seconds = ((performance.now() - startMs) / 1000).toFixed(1);
  progress(`${what}: done in ${seconds} s`);
  return result;
}

/** How a program is started. */
export interface RunOptions {
  cwd?: string;
  env?: NodeJS.ProcessEnv;
  /** Takes all output; without it the program writes to this terminal. */
  logFile?: string;
}

/** Runs a program to its end and answers its exit code; a program that cannot be started or was killed answers 1. */
export function run(
  [program, ...args]: [string, ...string[]],
  { cwd = projectFolder, env = process.env, logFile }: RunOptions = {},
): Promise<number> {
  const log = logFile === undefined ? undefined : openSync(logFile, "a");
  const output = log ?? "inherit";
  const child = spawn(program, args, {
    cwd,
    env,
    stdio: ["ignore", output, output],
  });
  if (log !== undefined) closeSync(log);
  return new Promise((resolve) => {
    child.once("error", (error) => {
      progress(`cannot run ${program}: ${error.message}`);
      resolve(1);
    });
    child.once("close", (code) => resolve(code ?? 1));
  });
}

/** Runs a program quietly; its last lines become the error when it fails. */
export async function runOrThrow(
  command: [string, ...string[]],
  options: RunOptions & { logFile: string },
): Promise<void> {
  if ((await run(command, options)) === 0) return;
  const lastLines = readFileSync(options.logFile, "utf8").trimEnd().split("\n");
  throw new Error(
    `Cannot run "${command.join(" ")}": it failed with\n${lastLines.slice(-25).join("\n")}`,
  );
}

/** The first of the programs that is on the PATH, as an absolute path. */
export function findOnPath(programs: string[]): string | undefined {
  const folders = (process.env["PATH"] ?? "").split(path.delimiter);
  for (const program of programs) {
    for (const folder of folders) {
      const file = path.join(folder, program);
      if (folder !== "" && isExecutable(file)) return file;
    }
  }
  return undefined;
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Installs Debian packages when this process may; else says what is missing and who could install it. */
export async function installDebianPackages(
  packages: string[],
  purpose: string,
): Promise<void> {
  const isRoot = process.getuid?.() === 0;
  if (!isRoot || findOnPath(["apt-get"]) === undefined) {
    throw new Error(
      `Cannot install ${purpose}: apt-get and root are needed, so install it yourself, on Debian with "sudo apt-get install ${packages.join(" ")}"`,
    );
  }
  progress(`installing ${packages.join(", ")} with apt-get`);
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  const update = spawnSync("apt-get", ["update", "-qq"], { env });
  const install = spawnSync(
    "apt-get",
    ["install", "-y", "-qq", "--no-install-recommends", ...packages],
    { env, encoding: "utf8" },
  );
  if (install.status !== 0) {
    throw new Error(
      `Cannot install ${purpose} with apt-get (update ended with ${update.status}): ${install.stderr}`,
    );
  }
}
