// Pictures of the panel in all kinds of themes, in the side bar and as a wide tab, for a person to look at, and what
// axe finds in each: what is chosen from, an answer, and a paused run. The adapter and the run are written to the disk.
import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import { writeAdapter, writePausedRun } from "./panelAdapters";
import {
  forgetFineTuning,
  Panel,
  seriousFaults,
  writeProject,
} from "./panelSupport";
import { openWorkbench, themePairs } from "./support";

/** Drags the side bar's edge until it is so wide. */
async function makeSideBar(page: Page, width: number): Promise<void> {
  const bar = await page.locator(".part.sidebar").boundingBox();
  assert.ok(bar, "the side bar is open");
  const edge = bar.x + bar.width;
  await page.mouse.move(edge, bar.y + bar.height / 2);
  await page.mouse.down();
  await page.mouse.move(bar.x + width, bar.y + bar.height / 2, { steps: 5 });
  await page.mouse.up();
  const after = await page.locator(".part.sidebar").boundingBox();
  assert.equal(Math.round(after?.width ?? 0), width);
}

/** What is wider than its place: figures that one has to scroll to, words without their end, columns without width. */
function cutElements(panel: Panel): Promise<string[]> {
  return panel.frame.evaluate(
    `[...document.querySelectorAll("html, .scroll, .tokens, .note.short, .value, button")]
      .filter((each) => each.scrollWidth > Math.ceil(each.clientWidth || each.getBoundingClientRect().width) || each.getBoundingClientRect().width === 0)
      .map((each) => each.outerHTML.slice(0, 120))`,
  );
}

suite("appearance of the fine-tuning panel", function () {
  this.timeout(10 * 60_000);

  setup(forgetFineTuning);
  teardown(forgetFineTuning);

  for (const { pair, theme } of themePairs) {
    test(`it is drawn in the ${pair} themes, narrow and wide, and axe finds no serious fault`, async () => {
      writeProject({ numDocuments: 6 });
      const workbench = await openWorkbench({
        fileName: "notes.md",
        content: "# Notes\n",
        settings: { "workbench.colorTheme": theme },
      });
      writeAdapter({ id: "varnholm", name: "Varnholm" });
      const narrow = await Panel.open(workbench);
      await narrow.until("the documents", async () =>
        /Training documents: \d+/.test(await narrow.text()),
      );
      await narrow.frame.getByText("Advanced", { exact: true }).click();
      await narrow.frame.getByText("Which files").click();
      await narrow.frame
        .locator(".row", { hasText: "logbook" })
        .locator(".twistie")
        .click();
      await narrow.frame.locator("#include").waitFor();
      await workbench.inBothThemes(async (name) => {
        await workbench.screenshot(`panel-choosing-${name}`);
        assert.deepEqual(await seriousFaults(narrow), []);
        assert.deepEqual(await cutElements(narrow), []);
      });

      await narrow.button("Show Figures: Varnholm").click();
      await narrow.frame.locator("p.verdict").waitFor();
      for (const width of [300, 250]) {
        await makeSideBar(workbench.page, width);
        await workbench.inBothThemes(async (name) => {
          assert.deepEqual(await seriousFaults(narrow), []);
          assert.deepEqual(await cutElements(narrow), []);
          await narrow.frame.locator(".figures").scrollIntoViewIfNeeded();
          await workbench.screenshot(`panel-${width}-${name}`);
          await narrow.frame.locator(".tree").scrollIntoViewIfNeeded();
          await workbench.screenshot(`panel-tree-${width}-${name}`);
        });
      }

      writePausedRun();
      await workbench.page.reload();
      await workbench.untilReady();
      const paused = await Panel.open(workbench);
      await paused.button("Resume").waitFor();
      await paused.frame.locator(".chart canvas").waitFor();
      await workbench.inBothThemes(async (name) => {
        await workbench.screenshot(`panel-paused-${name}`);
        assert.deepEqual(await seriousFaults(paused), []);
      });

      await paused.frame.locator("body").press("Control+b");
      await workbench.page.setViewportSize({ width: 1300, height: 1500 });
      const wide = await Panel.open(
        workbench,
        "Inkling: Open Fine-tuning as Editor Tab",
      );
      await wide.button("Show Figures: Varnholm").click();
      await wide.frame.locator("p.verdict").waitFor();
      await wide.button("Resume").waitFor();
      await workbench.inBothThemes(async (name) => {
        await workbench.screenshot(`panel-wide-${name}`);
        assert.deepEqual(await seriousFaults(wide, "editor"), []);
      });
    });
  }
});
