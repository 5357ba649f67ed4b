// `npm start` without a display: it prints an address, serves the sample workspace there, and ends when told to.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { projectFolder } from "../../scripts/terminal";
import { setTimeout as delay } from "node:timers/promises";
import { openWindow, vsix, type Workbench } from "./support";

suite("npm start", () => {
  const profile = mkdtempSync(path.join(tmpdir(), "inkling-"));
  suiteTeardown(() => rmSync(profile, { recursive: true, force: true }));

  test("it serves the sample workspace until it is interrupted", async () => {
    const starter = start(profile);
    try {
      const address = await firstLine(starter);
      assert.match(address, /^http:\/\/127\.0\.0\.1:\d+\/\?/);
      const sample = path.join(projectFolder, "sample/welcome.md");
      const workbench = await openWindow(address, sample, pastWalkthrough);
      await workbench.type("Monday, Tuesday, Wednesday, Thursday,");
      assert.match(await workbench.untilGhostText(), /^ ?Friday/);
      await workbench.close();
    } finally {
      starter.kill("SIGINT");
    }
    assert.equal(await exitCode(starter), 0);
  });
});

/** Four steps with a picture each are in front at the first start, and the sample behind them. */
async function pastWalkthrough(workbench: Workbench): Promise<void> {
  const { page } = workbench;
  await page.getByText("Get Started with Inkling").first().waitFor({
    timeout: 90_000,
  });
  const steps = page.locator(".getting-started-step");
  assert.equal(await steps.count(), 4);
  for (let step = 0; step < 4; step++) {
    await steps.nth(step).click();
    await delay(1_000);
    await workbench.screenshot(`walkthrough-${step + 1}`);
  }
  await page.getByRole("tab", { name: /welcome\.md/ }).click();
}

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
