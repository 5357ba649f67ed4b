// A whole run of fine-tuning through the panel of a real VS Code, on documents of the caller's choice: how long each
// stage takes, the answer, and pictures of each stage in light and dark.
// npm run bench:panel -- DOCUMENTS; the pictures lie in out/screenshots. INKLING_MINUTES ends training sooner,
// INKLING_HIGH_CONTRAST=1 takes the pictures in the high contrasts.
import assert from "node:assert/strict";
import { cpSync } from "node:fs";
import { Panel } from "../../test/browser/panelSupport";
import { openWorkbench, serverProfile } from "../../test/browser/support";
import type { Workbench } from "../../test/browser/support";

/** Side bar and tab are both in a picture; the second leaves the tab some 500 pixels. */
const sizes = [
  { name: "wide", width: 1400, height: 1500 },
  { name: "narrow", width: 860, height: 1500 },
];
const patienceMs = 90 * 60_000;

suite("fine-tuning through the panel", () => {
  test("a whole run", async () => {
    const documents = process.env["INKLING_DOCUMENTS"];
    assert.ok(documents, "INKLING_DOCUMENTS names a folder");
    cpSync(documents, serverProfile().workspace, { recursive: true });
    const workbench = await openWorkbench({
      fileName: "notes.md",
      content: "# Notes\n\n",
      settings: process.env["INKLING_HIGH_CONTRAST"]
        ? { "workbench.colorTheme": "Default High Contrast" }
        : {},
    });
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
    await untilStep(panel, 60);
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

/** The window in a light theme and a dark one, wide and narrow. */
async function picturesOf(workbench: Workbench, stage: string): Promise<void> {
  for (const { name: size, width, height } of sizes) {
    await workbench.page.setViewportSize({ width, height });
    await workbench.inBothThemes((theme) =>
      workbench.screenshot(`run-${stage}-${size}-${theme}`),
    );
  }
}
