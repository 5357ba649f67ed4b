// Pictures of the panel in all kinds of themes, in the side bar and as a wide tab, for a person to look at, and what
// axe finds in each: what is chosen from, an answer, and a paused run. The adapter and the run are written to the disk.
import assert from "node:assert/strict";
import { writeAdapter, writePausedRun } from "./panelAdapters";
import {
  forgetFineTuning,
  Panel,
  seriousFaults,
  writeProject,
} from "./panelSupport";
import { openWorkbench } from "./support";

const themes = [
  { name: "light", theme: "Default Light Modern", kind: "vs" },
  { name: "dark", theme: "Default Dark Modern", kind: "vs-dark" },
  { name: "hc-dark", theme: "Default High Contrast", kind: "hc-black" },
  { name: "hc-light", theme: "Default High Contrast Light", kind: "hc-light" },
];

suite("appearance of the fine-tuning panel", function () {
  this.timeout(10 * 60_000);

  setup(forgetFineTuning);
  teardown(forgetFineTuning);

  for (const { name, theme, kind } of themes) {
    test(`it is drawn in the ${name} theme, narrow and wide, and axe finds no serious fault`, async () => {
      writeProject({ numDocuments: 6 });
      const workbench = await openWorkbench({
        fileName: "notes.md",
        content: "# Notes\n",
        settings: { "workbench.colorTheme": theme },
      });
      writeAdapter({ id: "varnholm", name: "Varnholm" });
      const narrow = await Panel.open(workbench);
      assert.equal(await workbench.themeKind(), kind);
      await narrow.until("the documents", async () =>
        /To learn from: \d+ documents/.test(await narrow.text()),
      );
      await narrow.frame.getByText("Settings of training").click();
      await narrow.frame.getByText("Which files").click();
      await narrow.frame.locator("#include").waitFor();
      await workbench.screenshot(`panel-choosing-${name}`);
      assert.deepEqual(await seriousFaults(narrow), []);

      await narrow.button("Show Figures: Varnholm").click();
      await narrow.frame.locator("p.verdict").waitFor();
      await workbench.screenshot(`panel-narrow-${name}`);
      assert.deepEqual(await seriousFaults(narrow), []);

      writePausedRun();
      await workbench.page.reload();
      await workbench.untilReady();
      const paused = await Panel.open(workbench);
      await paused.button("Resume").waitFor();
      await paused.frame.locator(".chart canvas").waitFor();
      await workbench.screenshot(`panel-paused-${name}`);
      assert.deepEqual(await seriousFaults(paused), []);

      await paused.frame.locator("body").press("Control+b");
      await workbench.page.setViewportSize({ width: 1300, height: 1500 });
      const wide = await Panel.open(
        workbench,
        "Inkling: Open Fine-tuning as Editor Tab",
      );
      await wide.button("Show Figures: Varnholm").click();
      await wide.frame.locator("p.verdict").waitFor();
      await wide.button("Resume").waitFor();
      await workbench.screenshot(`panel-wide-${name}`);
      assert.deepEqual(await seriousFaults(wide, "editor"), []);
    });
  }
});
