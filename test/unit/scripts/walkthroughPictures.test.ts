// VS Code shows a walkthrough's pictures under a policy that lets no style of theirs in: they were black.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";

const folder = path.resolve(__dirname, "../../../media/walkthrough");

suite("pictures of the walkthrough", () => {
  for (const name of readdirSync(folder)) {
    const svg = readFileSync(path.join(folder, name), "utf8");

    test(`${name} has its colours in attributes, from the theme`, () => {
      assert.doesNotMatch(svg, /<style| style=| class=/);
      assert.match(svg, /fill="var\(--vscode-/);
    });

    test(`${name} fills or strokes everything that it draws`, () => {
      const shapes = svg.match(/<(?:rect|path|text|circle|tspan)\b[^>]*>/g);
      const bare = shapes?.filter((each) => !/ (?:fill|stroke)="/.test(each));
      assert.deepEqual(bare, []);
    });
  }
});
