// Behind which characters of its line ghost text is drawn.
import assert from "node:assert/strict";
import { setTimeout as delay } from "node:timers/promises";
import { openWorkbench, type Workbench } from "./support";

const text = "The days of the week are Monday, Tuesday, Wednesday";

/** Lines that get ghost text have it after a second or two. */
const patienceMs = 8_000;

/** One of each kind, and whether VS Code draws what the extension hands to it. */
const kinds: Record<string, { characters: string; isDrawn: boolean }> = {
  accent: { characters: "é", isDrawn: true },
  Chinese: { characters: "日本語", isDrawn: true },
  // FIXME: nothing is drawn behind characters of two UTF-16 units, and why is not known.
  emoji: { characters: "😀", isDrawn: false },
  flag: { characters: "🇩🇪", isDrawn: false },
  family: { characters: "👨‍👩‍👧", isDrawn: false },
  music: { characters: "𝄞", isDrawn: false },
  mathematics: { characters: "𝐀", isDrawn: false },
  "rare Chinese": { characters: "𠀀", isDrawn: false },
};

suite("characters left of ghost text in a browser", () => {
  test("ghost text is drawn behind characters of one unit, and not yet behind those of two", async () => {
    const workbench = await openWorkbench({
      fileName: "characters.md",
      content: "# Days\n\n",
    });
    await workbench.type("Monday, Tuesday, Wednesday,");
    await workbench.untilGhostText();
    const drawn: Record<string, string> = {};
    // Each line stands by itself, since a model does not list the days twice.
    for (const [kind, { characters }] of Object.entries(kinds)) {
      await workbench.press("Control+a");
      await workbench.page.keyboard.insertText(
        `# Days\n\n${characters} ${text}`,
      );
      await workbench.type(",");
      const ghost = await ghostTextWithin(workbench, patienceMs);
      drawn[kind] = ghost.trimStart().slice(0, "Thursday".length);
    }
    const expected = Object.entries(kinds).map(([kind, { isDrawn }]) => [
      kind,
      isDrawn ? "Thursday" : "",
    ]);
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
