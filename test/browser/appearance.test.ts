// Pictures of ghost text in themes of each kind, for a person to look at, in out/screenshots.
import assert from "node:assert/strict";
import { openWorkbench, themePairs } from "./support";

suite("appearance", () => {
  for (const { pair, theme } of themePairs) {
    test(`ghost text is drawn in the ${pair} themes`, async () => {
      const workbench = await openWorkbench({
        fileName: `${pair}.md`,
        content: "# Days\n\n",
        settings: { "workbench.colorTheme": theme },
      });
      await workbench.inBothThemes(async (name) => {
        await workbench.editor.click();
        await workbench.press("Control+a");
        await workbench.type("# Days\n\nMonday, Tuesday, Wednesday, Thursday,");
        assert.notEqual(await workbench.untilGhostText(), "");
        await workbench.screenshot(`ghost-text-${name}`);
      });
    });
  }
});
