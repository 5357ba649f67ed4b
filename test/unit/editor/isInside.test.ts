import assert from "node:assert/strict";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { isInside } from "../../../src/editor/models/isInside";
import { useTemporaryFolder } from "../support/temporaryFolder";

suite("isInside()", () => {
  const inFolder = useTemporaryFolder();
  suiteSetup(() => {
    mkdirSync(inFolder("workspace", "models"), { recursive: true });
    mkdirSync(inFolder("workspace-2"));
    writeFileSync(inFolder("workspace", "models", "a.gguf"), "");
    writeFileSync(inFolder("b.gguf"), "");
    // In from without, and out from within.
    symlinkSync(inFolder("workspace", "models", "a.gguf"), inFolder("in.gguf"));
    symlinkSync(inFolder("b.gguf"), inFolder("workspace", "out.gguf"));
    symlinkSync(inFolder("workspace"), inFolder("workspace-link"));
  });

  const cases: [string[], boolean][] = [
    [["workspace"], true],
    [["workspace", "models"], true],
    [["workspace", "models", "a.gguf"], true],
    [["workspace", "none.gguf"], true],
    [["workspace", "..", "b.gguf"], false],
    [["workspace-2"], false],
    [["b.gguf"], false],
    [["in.gguf"], true],
    [["workspace", "out.gguf"], true],
    [["workspace-link", "models"], true],
  ];
  for (const [names, expected] of cases) {
    test(`isInside() of ${names.join("/")}`, () => {
      const place = inFolder(...names);
      assert.equal(isInside(place, [inFolder("workspace")]), expected);
      assert.equal(isInside(place, []), false);
      assert.equal(isInside(place, ["/"]), true);
    });
  }
});
