// Fine-tuning from the panel, as a person without a mouse does it, with the trainer and the model that are in the
// package: choose, look at a document, start, pause, reload the window, resume, read the answer, switch on, see other
// ghost text, switch off, delete.
import assert from "node:assert/strict";
import { setTimeout as delay } from "node:timers/promises";
import { openWorkbench } from "./support";
import {
  changeSettings,
  forgetFineTuning,
  Panel,
  seriousFaults,
  storedFiles,
  writeProject,
} from "./panelSupport";

const prompt = "The lighthouse of Varnholm is kept by";
const learned = /^ ?Ottilie/;
/** A quiet machine takes a minute or two; one that does other things beside takes many. */
const trainingMs = 30 * 60_000;

suite("fine-tuning in a browser", function () {
  this.timeout(60 * 60_000);

  setup(forgetFineTuning);

  test("a workspace is learned, proved, switched on, switched off and forgotten", async () => {
    // Short: each letter of the test text is typed twice for the answer.
    writeProject({ numDocuments: 6, numParagraphs: 4 });
    const workbench = await openWorkbench({
      fileName: "notes.md",
      content: "# Notes\n\n",
    });
    await workbench.type(prompt);
    assert.doesNotMatch(await workbench.ghostTextOrNone(), learned);

    let panel = await Panel.open(workbench);
    const summary = panel.frame.locator("p.summary").first();
    await panel.until("the documents", async () =>
      /Training documents: \d+/.test(await summary.innerText()),
    );
    await workbench.screenshot("panel-choosing");
    assert.deepEqual(await seriousFaults(panel), []);
    await chooseInTree(panel);
    await changeSettings(panel, { Epochs: "much" });
    const fault = panel.frame.getByText(/Enter a (whole )?number from/);
    await fault.waitFor();
    assert.ok(await panel.button("Start Training").isDisabled());
    await changeSettings(panel, {
      Epochs: "2",
      Length: "64",
      "Learning rate": "0.002",
    });
    await fault.waitFor({ state: "detached" });

    await panel.press("Start Training");
    await panel.until("a first step", async () => (await panel.step()) >= 2, {
      patienceMs: trainingMs,
    });
    const lossAtFirst = await trainingLoss(panel);
    await panel.until("more steps", async () => (await panel.step()) >= 8, {
      patienceMs: trainingMs,
    });
    await workbench.screenshot("panel-training");
    assert.deepEqual(await seriousFaults(panel), []);
    // The chart is drawn anew, once, and the window stays alive.
    for (let i = 0; i < 2; i++) {
      await workbench.command("Preferences: Toggle between Light/Dark Themes");
    }
    assert.equal(await panel.frame.locator("canvas").count(), 1);

    await panel.press("Pause", "Space");
    await panel.until("the pause", async () =>
      /^Paused/.test(await panel.status()),
    );
    // The step that was under way ends, and what was on its way still arrives.
    let pausedAt = 0;
    await panel.until("a step that stands", async () => {
      const before = pausedAt;
      pausedAt = await panel.step();
      await delay(2_000);
      return before === pausedAt;
    });
    await delay(4_000);
    assert.equal(await panel.step(), pausedAt);

    await workbench.page.reload();
    await workbench.untilReady();
    panel = await Panel.open(workbench);
    await panel.until("the paused run", async () =>
      /^Paused/.test(await panel.status()),
    );
    await panel.press("Resume");
    await panel.until(
      "steps after the reload",
      async () => (await panel.step()) > 1,
      { patienceMs: trainingMs },
    );

    const answer = panel.frame.locator("p.verdict");
    let lastLoss = lossAtFirst;
    await panel.until(
      "the answer",
      async () => {
        lastLoss = (await trainingLoss(panel)) ?? lastLoss;
        return answer.isVisible();
      },
      { patienceMs: trainingMs },
    );
    assert.ok(
      lossAtFirst !== undefined && lastLoss !== undefined,
      "losses were shown",
    );
    assert.ok(lastLoss < lossAtFirst, `${lastLoss} is below ${lossAtFirst}`);
    await workbench.screenshot("panel-answer");
    assert.match(
      await answer.innerText(),
      /^(Switch it on|Leave it off|Too short to tell)/,
    );
    assert.deepEqual(await seriousFaults(panel), []);

    const helps = /^Switch it on/.test(await answer.innerText());
    await panel.press(helps ? "Switch On" : "Switch On Anyway…");
    if (!helps) await panel.confirmByKeyboard("Switch On Anyway");
    await panel.button("Switch Off").waitFor();
    await workbench.editor.click();
    // A second line like the first would be continued like the first: with nothing.
    await workbench.press("Control+a");
    await workbench.type(`# Notes\n\n${prompt}`);
    const ghostAfter = await workbench.untilGhostText();
    await workbench.screenshot("panel-ghost-text-after");
    assert.match(ghostAfter, learned);

    await panel.press("Switch Off");
    await panel.button(helps ? "Switch On" : "Switch On Anyway…").waitFor();
    assert.ok(storedFiles().some((file) => /^adapters\//.test(file)));
    await panel.press("Delete…");
    await panel.confirmByKeyboard("Delete");
    await panel.until("an empty list", async () =>
      /None yet\. Train one/.test(
        await panel.frame.locator("body").innerText(),
      ),
    );
    const left = storedFiles();
    assert.deepEqual(
      left.filter((file) => file !== "fine-tuning/panel.json"),
      [],
    );
  });

  test("the page's policy blocks injected scripts and outside images", async () => {
    writeProject({ numDocuments: 2 });
    const workbench = await openWorkbench({
      fileName: "<img src=x onerror=alert(1)>.md",
      content: `${"A file whose name is markup must be shown as its name. ".repeat(4)}\n`,
    });
    const panel = await Panel.open(workbench);
    const name = panel.frame.getByText("<img src=x onerror=alert(1)>.md");
    await name.first().waitFor();
    const found = await panel.frame.evaluate(`(async () => {
      const blocked = [];
      document.addEventListener("securitypolicyviolation", (event) =>
        blocked.push(event.effectiveDirective));
      const script = document.createElement("script");
      script.textContent = "window.wasInjected = true";
      document.body.append(script);
      const image = document.createElement("img");
      image.src = "https://example.invalid/pixel.png";
      document.body.append(image);
      await new Promise((resolve) => setTimeout(resolve, 1000));
      return { wasInjected: window.wasInjected === true, blocked: blocked.sort(),
        imagesOfText: document.querySelectorAll("main img").length };
    })()`);
    assert.deepEqual(found, {
      wasInjected: false,
      blocked: ["img-src", "script-src-elem"],
      imagesOfText: 0,
    });
    assert.deepEqual(workbench.refusedAddresses, []);
  });
});

/** In the tree: leaves the first document out and takes it in again, holds it out and back, and looks at it. */
async function chooseInTree(panel: Panel): Promise<void> {
  const { page } = panel.workbench;
  const row = panel.frame.locator('[role=treeitem][tabindex="0"]');
  await panel.reach(row);
  for (const key of ["ArrowDown", "ArrowRight", "ArrowDown", "Space"]) {
    await page.keyboard.press(key);
  }
  const untilRowSays = (words: RegExp) =>
    panel.until(`a row with ${words.source}`, async () =>
      words.test(await row.innerText()),
    );
  await untilRowSays(/left out by you/);
  await page.keyboard.press("Space");
  await panel.until(
    "the row to be in",
    async () => (await row.getAttribute("aria-checked")) === "true",
  );
  await panel.press("Test On: day-01.md");
  await untilRowSays(/test text/);
  await panel.press("Train On: day-01.md");
  await untilRowSays(/day-01\.md\s+[\d,]+\s*$/);

  await panel.reach(row);
  await page.keyboard.press("Enter");
  const tab = page.locator(".tab.active", { hasText: "as the model sees it" });
  await tab.waitFor();
  await page.locator(".tab", { hasText: "notes.md" }).click();
}

async function trainingLoss(panel: Panel): Promise<number | undefined> {
  const caption = await panel.frame
    .locator("figcaption")
    .first()
    .innerText({ timeout: 500 })
    .catch(() => "");
  const match = /Loss: ([\d.]+) on training text/.exec(caption);
  return match ? Number(match[1]) : undefined;
}
