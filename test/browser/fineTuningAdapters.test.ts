// Adapters in the list, by keyboard alone: a damaged one is said to be so and deleted, one is renamed, two are compared,
// one is exported as a folder and as one file, deleted, and imported again from both.
import assert from "node:assert/strict";
import { existsSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import path from "node:path";
import { writeAdapter } from "./panelAdapters";
import {
  fillDialog,
  forgetFineTuning,
  Panel,
  pick,
  seriousFaults,
  storedFiles,
} from "./panelSupport";
import { openWorkbench, serverProfile, type Workbench } from "./support";

suite("adapters in a browser", function () {
  this.timeout(5 * 60_000);

  let workbench: Workbench;
  let panel: Panel;
  let target: string;

  setup(async () => {
    await forgetFineTuning();
    target = path.join(serverProfile().folder, "exported");
    rmSync(target, { recursive: true, force: true });
    mkdirSync(target);
    workbench = await openWorkbench({
      fileName: "notes.md",
      content: "# Notes\n",
    });
    writeAdapter({ id: "varnholm", name: "Varnholm" });
    writeAdapter({ id: "sandvig", name: "Sandvig", heldOut: "mill.md" });
    writeAdapter({
      id: "broken",
      name: "Broken",
      files: { "adapter_model.safetensors": Buffer.alloc(5) },
    });
    panel = await Panel.open(workbench);
    await untilCards(["Sandvig", "Varnholm", "broken"]);
  });

  async function cards(): Promise<string[]> {
    const titles = await panel.frame.locator("li.card h3").allInnerTexts();
    return titles.sort();
  }

  async function untilCards(expected: string[]): Promise<void> {
    await panel.until(
      `cards of ${expected.join(", ")}`,
      async () => (await cards()).join() === expected.join(),
    );
  }

  test("a damaged adapter is said to be one, cannot be switched on, and is deleted", async () => {
    const card = panel.frame.locator("li.card", { hasText: "broken" });
    assert.match(
      await card.innerText(),
      /adapter_model\.safetensors is damaged/,
    );
    assert.deepEqual(await card.getByRole("button").allInnerTexts(), [
      "Delete…",
    ]);
    await panel.press("Delete…: broken");
    await panel.confirmByKeyboard("Delete");
    await untilCards(["Sandvig", "Varnholm"]);
    assert.deepEqual(
      storedFiles().filter((file) => file.includes("broken")),
      [],
    );
  });

  test("one shows its figures, is renamed, and is compared with another", async () => {
    const verdict = panel.frame.locator("p.verdict");
    await panel.press("Show Figures: Sandvig");
    await verdict.waitFor();
    await panel.press("Close");
    await verdict.waitFor({ state: "detached" });

    await panel.press("Rename…: Varnholm");
    await fillDialog(workbench, "Varnholm the Second");
    await untilCards(["Sandvig", "Varnholm the Second", "broken"]);
    await panel.press("Compare: Varnholm the Second");
    const hint = "Choose a second adapter to compare with.";
    await panel.frame.getByText(hint).waitFor();
    await panel.press("Compare: Sandvig", "Space");
    const table = panel.frame.getByRole("table", { name: /^Two adapters/ });
    const head = table.getByRole("columnheader");
    assert.deepEqual(await head.allInnerTexts(), [
      "Figure",
      "Varnholm the Second",
      "Sandvig",
    ]);
    const saved = table.getByRole("row", { name: /^Keystrokes saved/ });
    assert.match(await saved.innerText(), /27\.4.*27\.4/s);
    const otherText = /measured on different test documents/;
    assert.ok(await panel.frame.getByText(otherText).isVisible());
    await workbench.screenshot("panel-compare");
    assert.deepEqual(await seriousFaults(panel), []);
  });

  test("one goes out as a folder and as one file, and comes back from both", async () => {
    await panel.press("Export…: Varnholm");
    await pick(workbench, "A Folder");
    await fillDialog(workbench, target);
    const folder = path.join(target, "varnholm");
    await panel.until("the exported folder", async () => existsSync(folder));
    assert.deepEqual(readdirSync(folder).sort(), [
      "adapter_config.json",
      "adapter_model.safetensors",
      "inkling_manifest.json",
    ]);

    const file = path.join(target, "lighthouse.safetensors");
    await panel.press("Export…: Varnholm");
    await pick(workbench, "One File");
    await fillDialog(workbench, file);
    await panel.until("the exported file", async () => existsSync(file));
    await panel.frame.getByText(`Exported to ${file}`).waitFor();

    await panel.press("Delete…: Varnholm");
    await panel.confirmByKeyboard("Delete");
    await untilCards(["Sandvig", "broken"]);

    for (const [form, source] of [
      ["One File", file],
      ["A Folder", folder],
    ] as const) {
      await panel.press("Import…");
      await pick(workbench, form);
      await fillDialog(workbench, source);
      await untilCards(["Sandvig", "Varnholm", "broken"]);
      await panel.press("Delete…: Varnholm");
      await panel.confirmByKeyboard("Delete");
      await untilCards(["Sandvig", "broken"]);
    }

    await panel.press("Import…");
    await pick(workbench, "A Folder");
    await fillDialog(workbench, serverProfile().workspace);
    await panel.frame.getByText(/adapter_config\.json is missing/).waitFor();
    await untilCards(["Sandvig", "broken"]);
    await panel.press("Dismiss");
    await panel.frame.locator(".notice").waitFor({ state: "detached" });
  });
});
