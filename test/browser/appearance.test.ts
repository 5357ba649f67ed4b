// Pictures of ghost text in a light, a dark and a high-contrast theme, for a person to look at, in out/screenshots.
import assert from "node:assert/strict";
import { openWorkbench } from "./support";

const themes = [
  { name: "light", theme: "Default Light Modern", kind: "vs" },
  { name: "dark", theme: "Default Dark Modern", kind: "vs-dark" },
  { name: "high-contrast", theme: "Default High Contrast", kind: "hc-black" },
];

suite("appearance", () => {
  for (const { name, theme, kind } of themes) {
    test(`ghost text is drawn in the ${name} theme`, async () => {
      const workbench = await openWorkbench({
        fileName: `theme-${name}.md`,
        content: "# Days\n\n",
        settings: { "workbench.colorTheme": theme },
      });
      await workbench.type("Monday, Tuesday, Wednesday, Thursday,");
      assert.notEqual(await workbench.untilGhostText(), "");
      await workbench.screenshot(`ghost-text-${name}`);
      assert.equal(await workbench.themeKind(), kind);
    });
  }
});
