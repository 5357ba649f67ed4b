// `npm start` without a display: it prints an address, serves the sample workspace there, and ends when told to.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { projectFolder } from "../../scripts/terminal";
import { openWindow, vsix } from "./support";

suite("npm start", () => {
  const profile = mkdtempSync(path.join(tmpdir(), "inkling-"));
  suiteTeardown(() => rmSync(profile, { recursive: true, force: true }));

  test("it serves the sample workspace until it is interrupted", async () => {
    const starter = start(profile);
    try {
      const address = await firstLine(starter);
      assert.match(address, /^http:\/\/127\.0\.0\.1:\d+\/\?/);
      const sample = path.join(projectFolder, "sample/welcome.md");
      const workbench = await openWindow(address, sample);
      await workbench.type("Monday, Tuesday, Wednesday, Thursday,");
      assert.match(await workbench.untilGhostText(), /^ ?Friday/);
      await workbench.close();
    } finally {
      starter.kill("SIGINT");
    }
    assert.equal(await exitCode(starter), 0);
  });
});

function start(profile: string): ChildProcess {
  return spawn(
    process.execPath,
    ["--import", "tsx", "scripts/start.ts", "--profile", profile],
    {
      cwd: projectFolder,
      stdio: ["ignore", "pipe", "inherit"],
      env: { ...process.env, INKLING_VSIX: vsix, INKLING_VSCODE: "server" },
    },
  );
}

function firstLine(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = "";
    child.stdout?.on("data", (chunk: Buffer) => {
      text += chunk.toString();
      if (text.includes("\n")) resolve(text.split("\n")[0] ?? "");
    });
    child.once("exit", (code) =>
      reject(new Error(`Cannot read an address: npm start ended with ${code}`)),
    );
  });
}

function exitCode(child: ChildProcess): Promise<number | null> {
  if (child.exitCode !== null) return Promise.resolve(child.exitCode);
  return new Promise((resolve) => child.once("exit", resolve));
}
