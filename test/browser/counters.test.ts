// The counters' page: nothing counted, what is counted while it is open, a reload, the reset, and pictures of thirty days
// in all kinds of themes for a person to look at, with what axe finds in each.
import assert from "node:assert/strict";
import { daysUntil } from "../../src/counters/calendar";
import type { CountersState } from "../../src/protocol/counters";
import { Panel, seriousFaults } from "./panelSupport";
import { openWorkbench, themePairs, type Workbench } from "./support";

const showCounters = "Inkling: Show Counters";
const numDays = 30;
/** Of the window; what does not fit is scrolled to. */
const height = 1100;

/** The row of a figure: its name, what it means, and its values. */
async function rowText(page: Panel, name: string): Promise<string> {
  const rows = page.frame.locator(".sums tbody tr", { hasText: name });
  const text = await rows.first().innerText({ timeout: 1_000 });
  return text.replace(/\s+/g, " ");
}

/** Thirty days of a person who writes more on some than on others, and not at weekends. */
function aMonth(): CountersState {
  const days = daysUntil(Date.now(), numDays).map((day, index) => {
    const shown = index % 7 < 2 ? 0 : 40 + ((index * 37) % 90);
    const accepted = Math.round(shown * (0.2 + 0.01 * (index % 9)));
    return {
      day,
      shown,
      accepted,
      rejected: Math.round(shown * 0.3),
      charactersSaved: accepted * 11,
      savedShare: shown > 0 ? 0.06 + 0.004 * ((index * 5) % 17) : undefined,
      medianWaitMs: shown > 0 ? 60 + ((index * 29) % 70) : undefined,
    };
  });
  const sum = {
    shown: 1_874,
    accepted: 441,
    rejected: 562,
    charactersSaved: 4_851,
    savedShare: 0.093,
    medianWaitMs: 91,
  };
  const all = {
    ...sum,
    rejected: 6_562,
    shown: 21_874,
    accepted: 5_441,
    charactersSaved: 59_851,
  };
  const [{ day: since = "" } = {}] = days;
  const today = days.at(-1) ?? { ...sum, day: "" };
  return { since, days, today, month: sum, all };
}

/** Has the page draw a state as if the extension had told it. */
async function draw(page: Panel, state: CountersState): Promise<void> {
  const message = { kind: "event", name: "changed", argument: state };
  await page.frame.evaluate(
    `window.postMessage(${JSON.stringify(message)}, "*")`,
  );
  await page.frame.locator("svg").first().waitFor();
}

/** Makes the page so wide, by the window. */
async function makeWide(page: Panel, width: number): Promise<void> {
  const window = page.workbench.page;
  const widthNow = async () => Number(await page.frame.evaluate("innerWidth"));
  const { width: all = 0 } = window.viewportSize() ?? {};
  const around = all - (await widthNow());
  await window.setViewportSize({ width: width + around, height });
  await page.until(`${width} pixels`, async () => (await widthNow()) === width);
}

/** What is wider than its place. */
function cutElements(page: Panel): Promise<string[]> {
  return page.frame.evaluate(
    `[...document.querySelectorAll("html, .sums th, .sums td, .chart, .chart span, button")]
      .filter((each) => each.scrollWidth > Math.ceil(each.clientWidth || each.getBoundingClientRect().width))
      .map((each) => each.outerHTML.slice(0, 120))`,
  );
}

async function openCounters(workbench: Workbench): Promise<Panel> {
  return Panel.open(workbench, showCounters);
}

suite("the counters' page", function () {
  this.timeout(6 * 60_000);

  test("it says what to do, follows what is counted, survives a reload and is reset after a question", async () => {
    const workbench = await openWorkbench({
      fileName: "counted.md",
      content: "# Days\n\n",
    });
    const { page } = workbench;
    const empty = await openCounters(workbench);
    await empty.frame.getByText("Nothing Counted Yet").waitFor();
    await workbench.screenshot("counters-empty");
    assert.deepEqual(await seriousFaults(empty, "editor"), []);

    await workbench.command("View: Move Editor into Right Group");
    const open = await Panel.find(workbench);
    await workbench.editor.click();
    await workbench.press("Control+End");
    await workbench.type("Monday, Tuesday, Wednesday, Thursday,");
    await workbench.untilGhostText();
    await workbench.press("Tab");
    await open.until("the acceptance", async () =>
      /^Accepted.* 1 [\d.]+% 1 [\d.]+% 1 [\d.]+%$/.test(
        await rowText(open, "Accepted").catch(() => ""),
      ),
    );
    assert.match(await rowText(open, "Keystrokes saved"), / \d+ [\d.]+% /);
    assert.match(await rowText(open, "Waiting time"), / [\d,.]+ ms /);
    assert.equal(await open.frame.locator("svg .full").count(), 3);

    // The address without the file that it opens: with one, a window does not open again what was open before.
    const address = new URL(page.url());
    address.searchParams.delete("payload");
    await page.goto(address.href, { waitUntil: "commit" });
    await workbench.untilReady();
    const restored = await Panel.find(workbench);
    assert.match(await rowText(restored, "Accepted"), / 1 [\d.]+% /);
    await page
      .context()
      .grantPermissions(["clipboard-read", "clipboard-write"]);
    // The keyboard is in the editor.
    await workbench.command(showCounters);
    await restored.press("Copy as CSV");
    await restored.frame.getByText("Copied. Days: 1.").waitFor();
    const csv = String(await page.evaluate("navigator.clipboard.readText()"));
    assert.match(csv, /^day,shown,.*\r?\n\d{4}-\d\d-\d\d,\d+,1,0,/);
    await restored.press("Reset…");
    await page.getByText("It cannot be undone").waitFor();
    await restored.confirmByKeyboard("Cancel");
    assert.match(await rowText(restored, "Accepted"), / 1 [\d.]+% /);
    // The keyboard is where it was.
    await restored.frame
      .locator("button:focus", { hasText: "Reset" })
      .waitFor();
    await restored.press("Reset…");
    await restored.confirm("Reset");
    await restored.frame.getByText("Nothing Counted Yet").waitFor();
    await restored.frame.locator("#empty-title:focus").waitFor();
    await restored.press("New Text File");
    await page.getByRole("tab", { name: /Untitled-1/ }).waitFor();
  });

  for (const { pair, theme } of themePairs) {
    test(`it is drawn in the ${pair} themes, narrow and wide, and axe finds no serious fault`, async () => {
      const workbench = await openWorkbench({
        fileName: `counters-${pair}.md`,
        content: "# Days\n",
        settings: {
          "workbench.colorTheme": theme,
          "workbench.activityBar.location": "hidden",
        },
      });
      const page = await openCounters(workbench);
      if (await workbench.page.locator(".part.sidebar").isVisible()) {
        await workbench.command("View: Toggle Primary Side Bar Visibility");
      }
      await draw(page, aMonth());
      await page.frame.getByText("Figures by Day").click();
      for (const width of [1200, 400, 250]) {
        await makeWide(page, width);
        await workbench.inBothThemes(async (name) => {
          assert.deepEqual(await seriousFaults(page, "editor"), []);
          assert.deepEqual(await cutElements(page), []);
          await workbench.screenshot(`counters-${width}-${name}`);
          await page.frame.locator(".charts").scrollIntoViewIfNeeded();
          await page.frame.evaluate(
            `document.querySelector(".charts").scrollIntoView()`,
          );
          await workbench.screenshot(`counters-charts-${width}-${name}`);
          await page.frame.evaluate(`window.scrollTo(0, 0)`);
        });
      }
    });
  }
});
