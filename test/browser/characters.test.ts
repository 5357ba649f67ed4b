// Behind which characters of its line ghost text is drawn.
import assert from "node:assert/strict";
import { setTimeout as delay } from "node:timers/promises";
import { openWorkbench, type Workbench } from "./support";

const text = "The days of the week are Monday, Tuesday, Wednesday";

/** Lines that get ghost text have it after a second or two. */
const patienceMs = 8_000;

/** One of each kind; from the emoji on they are of two UTF-16 units, behind which nothing was drawn. */
const kinds: Record<string, string> = {
  accent: "é",
  Chinese: "日本語",
  emoji: "😀",
  flag: "🇩🇪",
  family: "👨‍👩‍👧",
  music: "𝄞",
  mathematics: "𝐀",
  "rare Chinese": "𠀀",
};

suite("characters left of ghost text in a browser", () => {
  test("ghost text is drawn behind characters of all kinds", async () => {
    const workbench = await openWorkbench({
      fileName: "characters.md",
      content: "# Days\n\n",
    });
    await workbench.type("Monday, Tuesday, Wednesday,");
    await workbench.untilGhostText();
    const drawn: Record<string, string> = {};
    // Each line stands by itself, since a model does not list the days twice.
    for (const [kind, characters] of Object.entries(kinds)) {
      await workbench.press("Control+a");
      await workbench.page.keyboard.insertText(
        `# Days\n\n${characters} ${text}`,
      );
      await workbench.type(",");
      const ghost = await ghostTextWithin(workbench, patienceMs);
      drawn[kind] = ghost.trimStart().slice(0, "Thursday".length);
    }
    const expected = Object.keys(kinds).map((kind) => [kind, "Thursday"]);
    assert.deepEqual(drawn, Object.fromEntries(expected));
  });
});

async function ghostTextWithin(
  workbench: Workbench,
  limitMs: number,
): Promise<string> {
  for (let waitedMs = 0; waitedMs < limitMs; waitedMs += 100) {
    const ghost = await workbench.ghostText();
    if (ghost !== "") return ghost;
    await delay(100);
  }
  return "";
}
