// A workspace of several folders: the documents of all of them are shown, by their folder, and can be looked at.
import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { dayText, forgetFineTuning, Panel } from "./panelSupport";
import { openWorkbench, serverProfile } from "./support";

suite("fine-tuning on several folders in a browser", function () {
  this.timeout(5 * 60_000);

  setup(forgetFineTuning);

  test("documents of all folders are learned from, named by their folder", async () => {
    const { workspaceFile, document } = writeFolders();
    const workbench = await openWorkbench({
      fileName: "notes.md",
      content: "# Notes\n",
    });
    const { origin, host } = new URL(workbench.page.url());
    const payload = [["openFile", `vscode-remote://${host}${document}`]];
    const query = new URLSearchParams({
      workspace: workspaceFile,
      payload: JSON.stringify(payload),
    });
    await workbench.page.goto(`${origin}/?${query.toString()}`);
    await workbench.untilReady();

    const panel = await Panel.open(workbench);
    const title = panel.frame.getByRole("heading", { level: 1 });
    await panel.until("the documents of both", async () =>
      /Training documents: 5 .*Test documents: 1 /s.test(await panel.text()),
    );
    assert.match(await title.innerText(), /^Fine-tune on both/);
    const labels = panel.frame.locator("[role=treeitem] .label");
    assert.deepEqual((await labels.allInnerTexts()).slice(1), [
      "diary",
      "essays",
    ]);
    await workbench.screenshot("panel-folders");

    await panel.reach(panel.frame.getByText("Which files"));
    await workbench.press("Enter");
    const comments = panel.frame.getByLabel("Also use comments in source code");
    await panel.reach(comments);
    await workbench.press("Space");
    assert.ok(await comments.isChecked());
    await panel.write(panel.frame.getByLabel("Include"), "day-0[1-4].md");
    await panel.press("Rescan");
    await panel.until("fewer documents", async () =>
      /Training documents: 3 .*Test documents: 1 /s.test(await panel.text()),
    );

    const row = panel.frame.locator('[role=treeitem][tabindex="0"]');
    await panel.reach(row);
    const keys = ["ArrowDown", "ArrowDown", "ArrowRight", "ArrowDown", "Enter"];
    for (const key of keys) await workbench.press(key);
    const tab = workbench.page.locator(".tab", { hasText: "as the model" });
    await tab.waitFor();
    assert.match(await tab.innerText(), /^day-04/);
  });
});

/** Three documents in each of two folders, and the file that makes one workspace of them. */
function writeFolders(): { workspaceFile: string; document: string } {
  const root = path.join(serverProfile().folder, "several");
  for (const [index, name] of ["diary", "essays"].entries()) {
    mkdirSync(path.join(root, name), { recursive: true });
    for (let day = 1 + 3 * index; day <= 3 + 3 * index; day++) {
      const file = path.join(root, name, `day-0${day}.md`);
      writeFileSync(file, dayText(day));
    }
  }
  const workspaceFile = path.join(root, "both.code-workspace");
  const folders = [{ path: "diary" }, { path: "essays" }];
  writeFileSync(workspaceFile, JSON.stringify({ folders }));
  return { workspaceFile, document: path.join(root, "diary/day-01.md") };
}
