// A person at the keyboard: ghost text appears, is taken whole or by words, and the file on disk is what was seen.
import assert from "node:assert/strict";
import { setTimeout as delay } from "node:timers/promises";
import { openWorkbench } from "./support";

const heading = "# Days\n\n";
/** Every language model knows how this goes on, so that no gate keeps it back. */
const sureText = "Monday, Tuesday, Wednesday, Thursday,";

suite("ghost text in a browser", () => {
  test("typing in Markdown shows ghost text, Tab takes it, and it is saved", async () => {
    const workbench = await openWorkbench({
      fileName: "days.md",
      content: heading,
    });
    await workbench.type(sureText);
    const ghostText = await workbench.untilGhostText();
    await workbench.screenshot("ghost-text");
    assert.match(ghostText, /^ ?Friday/);
    await workbench.press("Tab");
    const expected = heading + sureText + ghostText;
    assert.equal(await workbench.save(expected), expected);
    assert.deepEqual(workbench.refusedAddresses, []);
  });

  test("the next word alone is taken with Ctrl+Right", async () => {
    const workbench = await openWorkbench({
      fileName: "words.md",
      content: heading,
    });
    await workbench.type(sureText);
    const whole = await workbench.untilGhostText();
    await workbench.press("Control+ArrowRight");
    if (whole.startsWith(" ")) {
      // VS Code takes a leading space as a word of its own; what is left must stay on offer meanwhile.
      assert.equal(await workbench.untilGhostText(), whole.slice(1));
      await workbench.press("Control+ArrowRight");
    }
    const firstWord = /^ ?\w+/.exec(whole)?.[0];
    assert.ok(firstWord, whole);
    const expected = heading + sureText + firstWord;
    assert.equal(await workbench.save(expected), expected);
  });

  test("a language that is off stays without ghost text until it is on again", async () => {
    const off = await openWorkbench({
      fileName: "off.md",
      content: heading,
      settings: { "inkling.enable": { "*": false, markdown: false } },
    });
    await off.type(sureText);
    // Nothing tells of a suggestion that does not come; with the model loaded it would take a fraction of this.
    await delay(5000);
    assert.equal(await off.ghostText(), "");
    await off.close();

    const on = await openWorkbench({ fileName: "on.md", content: heading });
    await on.type(sureText);
    assert.match(await on.untilGhostText(), /^ ?Friday/);
  });

  test("ghost text comes back after the model was restarted", async () => {
    const workbench = await openWorkbench({
      fileName: "worker.md",
      content: heading,
    });
    await workbench.type(sureText);
    await workbench.untilGhostText();
    await workbench.command("Inkling: Restart Model");
    await workbench.press("Escape");
    await workbench.type(" Friday, Saturday,");
    assert.match(await workbench.untilGhostText(), /^ ?(and )?Sunday/);
  });
});
