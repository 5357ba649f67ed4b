// A document that seems to hold a secret is left out, and trained on once a person has said so, until it changes.
import { writeFileSync } from "node:fs";
import path from "node:path";
import { dayText, forgetFineTuning, Panel, writeProject } from "./panelSupport";
import { openWorkbench } from "./support";

suite("a document with a seeming secret in a browser", function () {
  this.timeout(5 * 60_000);

  setup(forgetFineTuning);

  test("it is trained on after a question, also after a reload, and left out again when it has changed", async () => {
    const workspace = writeProject({ numDocuments: 6 });
    const file = path.join(workspace, "logbook", "day-07.md");
    const secret = "api_key: q8Zr2mVx91LkTf0sWc7Hd4Ny6BgJ3uPa";
    writeFileSync(file, `${dayText(7)}\n${secret}\n`);
    const workbench = await openWorkbench({
      fileName: "notes.md",
      content: "# Notes\n",
    });
    let panel = await Panel.open(workbench);
    const untilRowSays = async (words: RegExp) => {
      await panel.until(`the row with ${words.source}`, async () =>
        words.test(await rowOf(panel).innerText()),
      );
    };

    await showLogbook(panel);
    await untilRowSays(/may hold a secret/);
    await rowOf(panel).click();
    await panel.press("Train Anyway…: day-07.md");
    await workbench.page.locator(".monaco-dialog-box").waitFor();
    await workbench.screenshot("panel-secret-question");
    await panel.confirmByKeyboard("Train Anyway");
    await untilRowSays(/allowed by you/);
    await workbench.screenshot("panel-secret-allowed");

    await workbench.page.reload();
    await workbench.untilReady();
    panel = await Panel.open(workbench);
    await showLogbook(panel);
    await untilRowSays(/allowed by you/);

    writeFileSync(file, `${dayText(7)}\n${secret}\nAnother line.\n`);
    await panel.frame.getByText("Which files").click();
    await panel.press("Rescan");
    await untilRowSays(/may hold a secret/);
  });
});

function rowOf(panel: Panel) {
  return panel.frame.locator("[role=treeitem]", { hasText: "day-07.md" });
}

async function showLogbook(panel: Panel): Promise<void> {
  const folder = panel.frame.locator("[role=treeitem]", { hasText: "logbook" });
  const closed = folder.and(panel.frame.locator('[aria-expanded="false"]'));
  await folder.first().waitFor();
  if (await closed.isVisible()) await closed.locator(".twistie").click();
  await rowOf(panel).waitFor();
}
