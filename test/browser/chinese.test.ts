// The workbench in Simplified Chinese: from the walkthrough to ghost text and the panel, no sentence of Inkling's is
// English. VS Code's own words stay English here, since the language pack that the server is given is an empty one.
import assert from "node:assert/strict";
import { rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { Panel, writeProject } from "./panelSupport";
import { openWorkbench, serverProfile, type Workbench } from "./support";

const language = "zh-cn";
const patienceMs = 60_000;
const statusItem = '.statusbar-item[id="inkling.inkling.inkling.status"]';
/** Two words of English in a row, which no name, key or setting is. */
const ENGLISH = /[a-z]{2,}[,;:.]? [a-z]{2,}/gi;

suite("in Simplified Chinese", () => {
  suiteSetup(speakChinese);
  suiteTeardown(speakEnglish);

  test("from the walkthrough to ghost text and the panel no sentence is English", async () => {
    const content = "# 星期\n\nMonday, Tuesday, Wednesday,";
    const workbench = await openWorkbench({
      fileName: "weekdays.md",
      content,
    });
    await walkThrough(workbench);

    await workbench.editor.click();
    await workbench.press("Control+End");
    await workbench.type(" Thursday,");
    assert.match(await workbench.untilGhostText(), /^ ?Friday/);
    const { page } = workbench;
    const item = page.locator(statusItem);
    const label = item.locator("[aria-label]").first();
    assert.match(
      (await label.getAttribute("aria-label")) ?? "",
      /^Inkling：就绪。建议，把握为 \d+%(；你在上文中写过)?。模型：.*。模式：平衡$/,
    );
    await item.hover();
    const hover = page.locator(".workbench-hover").first();
    await hover.getByText("就绪").waitFor();
    await workbench.screenshot("chinese-ghost-text");
    assert.deepEqual(englishIn(await hover.innerText()), []);

    await workbench.command("Inkling: 打开状态菜单");
    const list = page.locator(".quick-input-list");
    await list.getByText("在此工作区上微调").waitFor();
    await workbench.screenshot("chinese-menu");
    assert.deepEqual(englishIn(await list.innerText()), []);
    await workbench.press("Escape");
  });

  test("in a Chinese text it is silent, and says why", async () => {
    const workbench = await openWorkbench({
      fileName: "plan.md",
      content:
        "# 计划\n\n会议改到星期四，因为之前会议室没有空。我们会把记录发给大家，如有补充，",
    });
    await workbench.type("请");
    const why = "模型不太懂中文（可用“选择模型”寻找其他模型）";
    const item = workbench.page.locator(
      `${statusItem} [aria-label*="无建议：${why}"]`,
    );
    await item.waitFor({ state: "attached", timeout: patienceMs });
    assert.equal(await workbench.ghostText(), "");
    await workbench.page.locator(statusItem).hover();
    await workbench.page.getByText(why).first().waitFor();
    await workbench.screenshot("chinese-text");
  });

  test("the panel is Chinese, of which its page tells the screen reader", async () => {
    const workbench = await openWorkbench({
      fileName: "weekdays.md",
      content: "# 星期\n",
    });
    writeProject();
    const panel = await Panel.open(workbench, "Inkling: 在此工作区上微调");
    const { frame } = panel;
    assert.equal(
      await frame.evaluate("document.documentElement.lang"),
      language,
    );
    await frame.getByText(/训练文档：\d+（约 [\d,]+ 个词元）/).waitFor();
    for (const closed of await frame.locator("details > summary").all()) {
      await closed.click();
    }
    await workbench.screenshot("chinese-panel");
    const text = await frame.locator("body").innerText();
    assert.deepEqual(englishIn(text), []);
    assert.ok(text.includes("学习率"), "the settings are open");
    const names: string[] = await frame.evaluate(
      "[...document.querySelectorAll('[aria-label]')].map((each) => each.ariaLabel)",
    );
    assert.deepEqual(englishIn(names.join("\n")), []);
    assert.match(await panel.text(), /logbook/);
  });

  test("the settings are Chinese", async () => {
    const workbench = await openWorkbench({
      fileName: "weekdays.md",
      content: "# 星期\n",
      settings: { "workbench.settings.editor": "ui" },
    });
    const { page } = workbench;
    await workbench.command("Preferences: Open Settings (UI)");
    const search = page.locator(".settings-editor .suggest-input-container");
    await search.click();
    await page.keyboard.type("@ext:inkling.inkling");
    const descriptions = page.locator(
      ".settings-editor .setting-item-description",
    );
    await descriptions.first().waitFor({ timeout: patienceMs });
    await delay(1_000);
    await workbench.screenshot("chinese-settings");
    const text = (await descriptions.allInnerTexts()).join("\n");
    assert.match(text, /Inkling 要有多大把握才显示建议。/);
    assert.deepEqual(englishIn(text), []);
  });
});

/** The four steps, each with its picture. */
async function walkThrough(workbench: Workbench): Promise<void> {
  const { page } = workbench;
  // Beside the side bar VS Code leaves the pictures out on a screen of 1280 pixels.
  await workbench.press("Control+b");
  await workbench.command("Welcome: Open Walkthrough...");
  const choice = page
    .locator(".quick-input-list .monaco-list-row", { hasText: "Inkling 入门" })
    .first();
  await choice.click();
  const steps = page.locator(".getting-started-step");
  await steps.first().waitFor({ timeout: patienceMs });
  assert.equal(await steps.count(), 4);
  for (let step = 0; step < 4; step++) {
    await steps.nth(step).click();
    await delay(1_000);
    await workbench.screenshot(`chinese-walkthrough-${step + 1}`);
    assert.deepEqual(englishIn(await steps.nth(step).innerText()), []);
  }
  // A picture is drawn in a frame of its own, and is one with Chinese words in it.
  const drawn = await Promise.all(
    page.frames().map((frame) => frame.evaluate("document.body.textContent")),
  );
  assert.ok(
    drawn.some((text) => /模式：平衡/.test(String(text))),
    "the picture of the menu is the Chinese one",
  );
  await page.getByRole("tab", { name: /weekdays\.md/ }).click();
}

/** Of what Inkling has not written itself: the model's name, the sample's words and those of VS Code. */
function englishIn(text: string): string[] {
  const own = text.replace(
    /Monday.*|SmolLM2[^\n。]*|VS Code|Hugging Face/g,
    "",
  );
  return own.match(ENGLISH) ?? [];
}

/** What VS Code's command "Configure Display Language" writes. */
const displayLanguageFile = () => inData("User/argv.json");

/** A pack without words makes the server take its language for one that it has. */
function speakChinese(): void {
  const words = inData("empty.i18n.json");
  writeFileSync(words, JSON.stringify({ version: "1.0.0", contents: {} }));
  const pack = {
    hash: "empty",
    // The server asks for the extension that brings the words; any that is there will do.
    extensions: [{ extensionIdentifier: { id: "inkling.inkling" } }],
    label: "中文（简体）",
    translations: { vscode: words },
  };
  writeFileSync(
    inData("languagepacks.json"),
    JSON.stringify({ [language]: pack }),
  );
  writeFileSync(displayLanguageFile(), JSON.stringify({ locale: language }));
}

/** Other suites look for English sentences. */
function speakEnglish(): void {
  rmSync(displayLanguageFile());
}

function inData(file: string): string {
  return path.join(serverProfile().folder, "data", file);
}
