// Labelled examples, by keyboard alone and with the real trainer: a file is chosen, its first rows and its errors are
// shown, time and memory are measured, training is stopped and kept, and accuracy is told before and after.
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import path from "node:path";
import {
  changeSettings,
  fillDialog,
  forgetFineTuning,
  Panel,
  seriousFaults,
} from "./panelSupport";
import { openWorkbench, serverProfile } from "./support";

const trainingMs = 20 * 60_000;

suite("labelled examples in a browser", function () {
  this.timeout(30 * 60_000);

  setup(forgetFineTuning);

  test("a file of rows is shown with its errors, measured, learned and proved, without a mouse", async () => {
    const file = writeRows();
    const workbench = await openWorkbench({
      fileName: "notes.md",
      content: "# Notes\n",
    });
    const panel = await Panel.open(workbench);
    const choice = panel.frame.getByRole("radio", { name: /^Documents/ });
    await panel.reach(choice);
    await workbench.press("ArrowDown");
    await panel.until("the hindrance", async () =>
      /Choose a file with labelled examples/.test(await panel.text()),
    );
    await panel.press("Choose File…");
    await fillDialog(workbench, file);
    await panel.until("the rows", async () =>
      /towns\.jsonl \(rows: 40\)/.test(await panel.text()),
    );
    const faults = await panel.frame.locator("li.fault").allInnerTexts();
    assert.deepEqual(faults, [
      "Line 3: it is not JSON",
      'Line 5: it has no text called "completion"',
      "Line 7: it is the same as line 1",
    ]);
    const cells = await panel.frame.locator("td.prose").allInnerTexts();
    assert.equal(cells.length, 10);
    assert.match(cells[0] ?? "", /^Town 1 lies by the/);
    await workbench.screenshot("panel-examples");
    assert.deepEqual(await seriousFaults(panel), []);

    await changeSettings(panel, { Rank: "9" });
    await panel.press("Use Defaults");
    const rank = panel.frame.getByLabel("Rank", { exact: true });
    await panel.until(
      "the default rank",
      async () => (await rank.inputValue()) === "16",
    );
    // Long enough not to be done before it is stopped.
    await changeSettings(panel, {
      Epochs: "60",
      Rank: "4",
      Layers: "4",
      Length: "64",
    });
    await panel.press("Estimate Time and Memory");
    await panel.until(
      "the estimate",
      async () =>
        /About .* in all and .* of memory, at [\d,]+ tokens\/s/.test(
          await panel.text(),
        ),
      { patienceMs: trainingMs },
    );
    await workbench.screenshot("panel-estimate");

    await panel.press("Start Training");
    await panel.until("some steps", async () => (await panel.step()) >= 8, {
      patienceMs: trainingMs,
    });
    await panel.press("Stop and Keep");
    await panel.until(
      "the answer",
      () => panel.frame.locator("p.verdict").isVisible(),
      { patienceMs: trainingMs },
    );
    await workbench.screenshot("panel-examples-answer");
    const table = panel.frame.getByRole("table", { name: /^Test rows/ });
    // Forty rows with four different completions are labels.
    const row = table.getByRole("row", { name: /Right labels/ });
    assert.match(await row.innerText(), /[\d.]+%\s+[\d.]+%\s+[+−±][\d.]+ \(/);
    const confusions = panel.frame.getByRole("table", {
      name: /^Labels found in the test rows/,
    });
    assert.match(await confusions.innerText(), /harbour\s+mountain/);
    const facts = panel.frame.getByText(/right in [\d.]+% of rows/);
    assert.ok(await facts.isVisible(), "the adapter's card tells the accuracy");
    assert.deepEqual(await seriousFaults(panel), []);
  });
});

/** Rows of a task that is soon learned, and three lines that are wrong. */
function writeRows(): string {
  const landmarks = ["harbour", "mountain", "river", "forest"];
  const rows = Array.from({ length: 40 }, (_, index) => {
    const landmark = landmarks[index % landmarks.length];
    return JSON.stringify({
      prompt: `Town ${index + 1} lies by the ${landmark}. Kind:`,
      completion: ` ${landmark}`,
    });
  });
  rows.splice(2, 0, "{not json");
  rows.splice(4, 0, JSON.stringify({ prompt: "Town" }));
  rows.splice(6, 0, rows[0] ?? "");
  const file = path.join(serverProfile().workspace, "towns.jsonl");
  writeFileSync(file, `${rows.join("\n")}\n`);
  return file;
}
