// Runs test/vscode inside the extension host of a real VS Code: a desktop one where there is one, else code-server in a
// headless Chromium. The suites are the same files. Expects `npm run build` to have been run.
// npx tsx scripts/testVscode.ts [FOLDER]: other suites than test/vscode; INKLING_VSCODE=server|desktop forces the kind, INKLING_TEST_FILTER picks tests by name.
import { cpSync, existsSync, mkdirSync, readFileSync } from "node:fs";
import { readdirSync, rmSync } from "node:fs";
import path from "node:path";
import { format } from "node:util";
import { runTests } from "@vscode/test-electron";
import { build } from "esbuild";
import { findDesktopVsCode } from "./desktopVsCode";
import { openProfile, removeProfile, startSession } from "./serverSession";
import { temporaryProfile } from "./serverSession";
import type { ServerProfile } from "./serverSession";
import { progress, projectFolder } from "./terminal";
import { freshCountsFile, judgeRun } from "./testCounts";
import { prepareVsCodeServer } from "./vscodeServer";
import { launchBrowser, openPage } from "./workbenchPage";

/** A soak says how long it is; what begins and ends it takes its time too. */
const soakMinutes = process.env["INKLING_SOAK_MINUTES"] ?? "10";
const timeLimitMs = Math.max(15, Number(soakMinutes) + 15) * 60_000;
const testsFolder = path.join(projectFolder, "out/test/vscode");
const reportFile = path.join(projectFolder, "out/test/vscode-report.txt");

/** The suites as the extension host loads them, with what they share inside each. */
async function bundleSuites(): Promise<void> {
  const sources = path.resolve(projectFolder, process.argv[2] ?? "test/vscode");
  const suites = readdirSync(sources).filter((file) => file.endsWith(".ts"));
  rmSync(testsFolder, { recursive: true, force: true });
  await build({
    entryPoints: [
      ...new Set([
        ...suites.map((file) => path.join(sources, file)),
        path.join(projectFolder, "test/vscode/index.ts"),
      ]),
      path.join(projectFolder, "scripts/countingReporter.ts"),
    ],
    outdir: testsFolder,
    entryNames: "[name]",
    bundle: true,
    platform: "node",
    format: "cjs",
    target: "node20",
    sourcemap: "inline",
    external: ["vscode", "mocha"],
    logLevel: "warning",
  });
}

/** Handed to the extension host; mocha's report goes to a file because the console carries the workbench's log too. */
function testEnvironment(countsFile: string): Record<string, string> {
  return {
    INKLING_TEST_COUNTS: countsFile,
    INKLING_TEST_REPORT: reportFile,
    INKLING_TEST_FILTER: process.env["INKLING_TEST_FILTER"] ?? "",
    INKLING_SOAK_MINUTES: soakMinutes,
    INKLING_SOAK_RESUME: process.env["INKLING_SOAK_RESUME"] ?? "",
  };
}

/** The exit code that a desktop VS Code ends with. */
async function runInDesktop(
  executable: string,
  { profile, env }: { profile: ServerProfile; env: Record<string, string> },
): Promise<number> {
  const data = path.join(profile.folder, "data");
  const extensions = path.join(profile.folder, "extensions");
  return runTests({
    vscodeExecutablePath: executable,
    extensionDevelopmentPath: projectFolder,
    extensionTestsPath: path.join(testsFolder, "index.js"),
    extensionTestsEnv: env,
    launchArgs: [
      profile.workspace,
      ...["--user-data-dir", data, "--extensions-dir", extensions],
      "--disable-extensions",
      "--disable-workspace-trust",
      ...(process.getuid?.() === 0 ? ["--no-sandbox"] : []),
    ],
  });
}

/** The exit code that the extension host hands to the page through VS Code's hooks for automation. */
async function runInServer({
  profile,
  env,
}: {
  profile: ServerProfile;
  env: Record<string, string>;
}): Promise<number> {
  const session = await startSession(await prepareVsCodeServer(), {
    profile,
    env,
    acceptTestRuns: true,
  });
  const browser = await launchBrowser();
  try {
    const { page } = await openPage(browser, session.address);
    const log: string[] = [];
    const exitCode = new Promise<number>((resolve, reject) => {
      setTimeout(
        () => reject(new Error(`no end within ${timeLimitMs / 60_000} min`)),
        timeLimitMs,
      ).unref();
      Promise.all([
        page.exposeFunction("codeAutomationExit", resolve),
        page.exposeFunction(
          "codeAutomationLog",
          (type: string, values: unknown[]) =>
            log.push(`[${type}] ${format(...values)}`),
        ),
      ])
        .then(() =>
          page.goto(
            session.workbench({
              folder: profile.workspace,
              payload: [
                ["extensionDevelopmentPath", session.remoteUri(projectFolder)],
                [
                  "extensionTestsPath",
                  session.remoteUri(path.join(testsFolder, "index.js")),
                ],
                ["skipWelcome", "true"],
              ],
            }),
            // The end of the run is what is waited for.
            { waitUntil: "commit", timeout: timeLimitMs },
          ),
        )
        .catch(reject);
    });
    return await exitCode.catch((error: Error) => {
      progress(`the extension host did not finish: ${error.message}`);
      progress(`its console ended with\n${log.slice(-15).join("\n")}`);
      return 1;
    });
  } finally {
    await browser.close();
    await session.stop();
  }
}

async function main(): Promise<number> {
  const countsFile =
    process.env["INKLING_TEST_COUNTS"] ?? freshCountsFile("vscode");
  await bundleSuites();
  mkdirSync(path.dirname(reportFile), { recursive: true });
  rmSync(reportFile, { force: true });
  const profile = temporaryProfile();
  openProfile(profile.folder);
  const env = testEnvironment(countsFile);
  try {
    const executable = await findDesktopVsCode();
    progress(
      `extension host tests in ${executable ?? "code-server with Chromium"}`,
    );
    const exitCode = executable
      ? await runInDesktop(executable, { profile, env }).catch(() => 1)
      : await runInServer({ profile, env });
    if (existsSync(reportFile)) {
      process.stdout.write(readFileSync(reportFile, "utf8"));
    }
    const { failed } = judgeRun(countsFile, exitCode);
    if (failed > 0) keepLogs(profile);
    return failed === 0 ? 0 : 1;
  } finally {
    removeProfile(profile);
  }
}

/** After a failure the logs of the server and of its extension host are worth reading. */
function keepLogs({ folder }: ServerProfile): void {
  const kept = path.join(projectFolder, "out/test/vscode-logs");
  rmSync(kept, { recursive: true, force: true });
  for (const source of ["data/logs", "data/coder-logs", "server.log"]) {
    const from = path.join(folder, source);
    if (existsSync(from)) {
      cpSync(from, path.join(kept, source), { recursive: true });
    }
  }
  progress(`the logs of VS Code are kept in ${kept}`);
}

main().then(
  (exitCode) => process.exit(exitCode),
  (error: Error) => {
    console.error(error.stack);
    process.exit(1);
  },
);
