// A whole run of fine-tuning through the panel of a real VS Code, on documents of the caller's choice: how long each
// stage takes, what typing costs while it trains, the answer, and pictures of each stage.
// npm run bench:panel -- DOCUMENTS; the pictures lie in out/screenshots.
import assert from "node:assert/strict";
import { cpSync, readFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { projectFolder } from "../../scripts/terminal";
import { Panel } from "../../test/browser/panelSupport";
import { openWorkbench, serverProfile } from "../../test/browser/support";
import type { Workbench } from "../../test/browser/support";

/** Side bar and tab are both in a picture; the second leaves the tab some 500 pixels. */
const sizes = [
  { name: "wide", width: 1400, height: 1500 },
  { name: "narrow", width: 860, height: 1500 },
];
const typing = { bursts: 4, wordsPerBurst: 20, keyMs: 40, wordMs: 700 };
/** Longer than training waits after the last letter, so that each burst begins beside a trainer at work. */
const restMs = 8_000;
const patienceMs = 90 * 60_000;

suite("fine-tuning through the panel", () => {
  test("a whole run", async () => {
    const documents = process.env["INKLING_DOCUMENTS"];
    assert.ok(documents, "INKLING_DOCUMENTS names a folder");
    cpSync(documents, serverProfile().workspace, { recursive: true });
    const workbench = await openWorkbench({
      fileName: "notes.md",
      content: "# Notes\n\n",
      // More suggestions, and so more latencies.
      settings: { "inkling.mode": "eager" },
    });
    const prose = readFileSync(
      path.join(projectFolder, "media/general-prose.txt"),
      "utf8",
    );
    const words = prose.split(/\s+/);
    await typeWords(workbench, words.slice(0, 10));
    await delay(30_000); // The first session on a machine prepares weights behind the first suggestions.
    const typingBefore = await typingLatency(workbench, words.slice(10));

    const panel = await openBoth(workbench);
    const summary = panel.frame.locator("p.summary").first();
    await panel.until("the documents", async () =>
      /To learn from: \d/.test(await summary.innerText()),
    );
    await picturesOf(workbench, "choosing");
    await panel.button("Measure Time and Memory").click();
    const estimate = panel.frame
      .locator("section[aria-labelledby=start-title] > p")
      .first();
    await panel.until(
      "the estimate",
      async () => /tokens\/s/.test(await estimate.innerText()),
      { patienceMs },
    );
    const measured = await estimate.innerText();
    console.log(measured);
    await picturesOf(workbench, "measured");

    const minutes = process.env["INKLING_MINUTES"];
    if (minutes) {
      await panel.frame.getByText("Settings of training").click();
      await panel.frame.getByLabel("Minutes", { exact: true }).fill(minutes);
    }
    const startMs = performance.now();
    await panel.button("Start Training").click();
    await untilStep(panel, 1);
    const firstStepMs = performance.now();
    await untilStep(panel, 20);
    await showTab(workbench, "notes.md");
    await workbench.editor.click();
    await workbench.press("Control+End");
    const typingWhileTraining = await typingLatency(workbench, words.slice(10));
    console.log(JSON.stringify({ typingBefore, typingWhileTraining }));
    await untilStep(panel, 60);
    await showTab(workbench, "Inkling: Fine-tune");
    await picturesOf(workbench, "training");

    let lastStatus = "";
    await panel.until(
      "the end of training",
      async () => {
        const status = await panel.status();
        if (/step/.test(status)) lastStatus = status;
        return /Measuring what/.test(status);
      },
      { patienceMs },
    );
    const trainedMs = performance.now();
    await panel.until("the answer", () => isAnswered(panel), { patienceMs });
    const answeredMs = performance.now();
    await picturesOf(workbench, "answer");
    console.log(
      JSON.stringify(
        {
          measured,
          secondsToFirstStep: (firstStepMs - startMs) / 1000,
          secondsOfTraining: (trainedMs - firstStepMs) / 1000,
          secondsToAnswer: (answeredMs - trainedMs) / 1000,
          secondsInAll: (answeredMs - startMs) / 1000,
          lastStatus,
          typingBefore,
          typingWhileTraining,
        },
        undefined,
        2,
      ),
    );
    console.log(await panel.frame.locator("body").innerText());
    await panel.button("Switch On").click();
    await panel.button("Switch Off").first().waitFor();
    await picturesOf(workbench, "switched-on");
  });
});

/** The view in the side bar, and the tab beside it. */
async function openBoth(workbench: Workbench): Promise<Panel> {
  const panel = await Panel.open(workbench);
  await workbench.command("Inkling: Open Fine-tuning as Editor Tab");
  return panel;
}

async function showTab(workbench: Workbench, name: string): Promise<void> {
  await workbench.page
    .locator(".tabs-container .tab", { hasText: name })
    .first()
    .click();
}

async function isAnswered(panel: Panel): Promise<boolean> {
  return panel.frame.locator("p.verdict").isVisible();
}

function untilStep(panel: Panel, step: number): Promise<void> {
  return panel.until(
    `step ${step}`,
    async () => (await panel.step()) >= step || (await isAnswered(panel)),
    { patienceMs },
  );
}

async function typeWords(
  workbench: Workbench,
  words: readonly string[],
): Promise<void> {
  for (const word of words) {
    await workbench.page.keyboard.type(`${word} `, { delay: typing.keyMs });
    await delay(typing.wordMs);
  }
}

/** What the extension itself counts, from VS Code's question to the answer: "Half of the last N came within …". */
async function typingLatency(
  workbench: Workbench,
  words: readonly string[],
): Promise<string> {
  await workbench.command("Inkling: Reset Counters");
  for (let burst = 0; burst < typing.bursts; burst++) {
    const begin = burst * typing.wordsPerBurst;
    await typeWords(
      workbench,
      words.slice(begin, begin + typing.wordsPerBurst),
    );
    await delay(restMs);
  }
  await workbench.command("Inkling: Show Counters");
  const line = workbench.page
    .locator(".quick-input-list .monaco-list-row", {
      hasText: /Half of|No suggestion/,
    })
    .first();
  const latency = await line.innerText();
  await workbench.press("Escape");
  await workbench.editor.click();
  await workbench.press("Control+End");
  return latency.trim();
}

/** The window in light and dark, wide and narrow; high contrast is in test/browser/panelAppearance.test.ts. */
async function picturesOf(workbench: Workbench, stage: string): Promise<void> {
  for (const { name: size, width, height } of sizes) {
    await workbench.page.setViewportSize({ width, height });
    for (let i = 0; i < 2; i++) {
      const kind = await workbench.themeKind();
      await workbench.screenshot(`run-${stage}-${size}-${kind}`);
      await workbench.command("Preferences: Toggle between Light/Dark Themes");
      await workbench.page
        .locator(`.monaco-workbench:not(.${kind})`)
        .first()
        .waitFor();
      await delay(1_000);
    }
  }
}
