// The status item's menu, and what it leads to: the last suggestion explained, and what is read.
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { Page } from "playwright-core";
import {
  openWorkbench,
  serverProfile,
  themePairs,
  type Workbench,
} from "./support";

const patienceMs = 20_000;
/** What is said where a suggestion is not sure enough: "only 31% sure (shows at 41%)". */
const SHOWS_FROM = "sure (shows at";

suite("pages of the status menu in a browser", () => {
  for (const { pair, theme } of themePairs) {
    test(`the menu begins with what people look for, in the ${pair} themes`, async () => {
      const workbench = await openWorkbench({
        fileName: `menu-${pair}.md`,
        content: "# Days\n\n",
        settings: { "workbench.colorTheme": theme },
      });
      await workbench.type("Monday, Tuesday, Wednesday, Thursday,");
      await workbench.untilGhostText();
      const { page } = workbench;
      const item = page.locator(
        '.statusbar-item[id="inkling.inkling.inkling.status"]',
      );
      const rows = page.locator(".quick-input-list .monaco-list-row");
      await workbench.inBothThemes(async (name) => {
        // What it says comes when the mouse arrives, unless the item changes just then.
        await workbench.until("the tooltip", async () => {
          await workbench.editor.hover();
          await item.hover();
          const tooltip = page.locator(".workbench-hover").first();
          return tooltip.waitFor({ timeout: 3_000 }).then(
            () => true,
            () => false,
          );
        });
        await workbench.screenshot(`status-tooltip-${name}`);
        await workbench.command("Inkling: Open Status Menu");
        await rows.getByText("Fine-tune on this workspace").waitFor();
        const labels = await rows.locator(".label-name").allInnerTexts();
        await workbench.screenshot(`status-menu-${name}`);
        assert.deepEqual(
          labels.slice(0, 5).map((label) => label.trim().split(/[ :]/)[0]),
          ["Generate", "Fine-tune", "Mode", "Model", "Keys"],
        );
        await workbench.press("Escape");
      });
    });
  }

  test("the last suggestion is explained", async () => {
    const workbench = await openWorkbench({
      fileName: "explained.md",
      content: "# Days\n\n",
    });
    await workbench.type("Monday, Tuesday, Wednesday, Thursday,");
    await workbench.untilGhostText();
    await workbench.command("Inkling: Explain Last Suggestion");
    const text = await textOfFrame(workbench.page, "The last suggestion");
    await workbench.screenshot("explanation");
    assert.match(text, /Friday,?\s+\d+%\s+█/);
    assert.match(text, /Could also begin with/);
    assert.deepEqual(workbench.refusedAddresses, []);
  });

  test("the list of what is read links to the files and says why others are not read", async () => {
    const workbench = await openWorkbench({
      fileName: "known.md",
      content: "# Days\n\n",
    });
    const { workspace } = serverProfile();
    writeFileSync(path.join(workspace, "secrets.txt"), "x");
    writeFileSync(path.join(workspace, "a (first) plan.md"), "We begin.\n");
    await workbench.type("Monday, Tuesday, Wednesday, Thursday,");
    await workbench.untilGhostText();
    await workbench.command("Inkling: What Inkling Reads Here");
    const text = await textOfFrame(workbench.page, "may hold a secret");
    await workbench.screenshot("what-is-read");
    assert.match(text, /known\.md/);
    assert.match(text, /secrets\.txt/);
    await clickInFrame(workbench.page, "a (first) plan.md");
    await workbench.page
      .getByRole("tab", { name: /a \(first\) plan\.md/ })
      .waitFor();
  });

  test("a decision to stay silent is explained with what was kept back", async () => {
    const workbench = await openWorkbench({
      fileName: "silent.md",
      content: "# Names\n\n",
      settings: { "inkling.mode": "quiet" },
    });
    await workbench.type("My aunt's telephone number is");
    await untilUnsure(workbench);
    await workbench.command("Inkling: Explain Last Suggestion");
    const text = await textOfFrame(workbench.page, SHOWS_FROM);
    await workbench.screenshot("explanation-of-silence");
    assert.match(text, /kept back/);
    assert.match(text, /Could also begin with/);
  });
});

/** Writes on until the model is not sure enough of what comes next, which the status item tells its reader. */
async function untilUnsure(workbench: Workbench): Promise<void> {
  const id = '.statusbar-item[id^="inkling.inkling"]';
  const label = `[aria-label*="${SHOWS_FROM}"]`;
  const item = workbench.page.locator(`${id}${label}, ${id} ${label}`);
  const words = [" not", " known", " here", ",", " she", " said", " to"];
  for (const word of words) {
    const isUnsure = await item
      .first()
      .waitFor({ timeout: patienceMs })
      .then(
        () => true,
        () => false,
      );
    if (isUnsure) return;
    await workbench.type(word);
  }
  throw new Error("Cannot find a place where the model is unsure");
}

/** Follows a link in a frame of a webview. */
async function clickInFrame(page: Page, name: string): Promise<void> {
  for (const frame of page.frames()) {
    const link = frame.getByRole("link", { name, exact: true });
    if ((await link.count()) === 0) continue;
    await link.click();
    return;
  }
  throw new Error(`Cannot find a link with "${name}"`);
}

/** What can be read in the frame, among those of webviews, that holds some words. */
async function textOfFrame(page: Page, words: string): Promise<string> {
  const askEveryMs = 250;
  for (let waitedMs = 0; waitedMs < patienceMs; waitedMs += askEveryMs) {
    for (const frame of page.frames()) {
      const text = await frame
        .locator("body")
        .innerText({ timeout: askEveryMs })
        .catch(() => "");
      if (frame !== page.mainFrame() && text.includes(words)) return text;
    }
    await delay(askEveryMs);
  }
  throw new Error(`Cannot find a frame with "${words}"`);
}
