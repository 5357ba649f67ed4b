import assert from "node:assert/strict";
import {
  findHeadingTrail,
  writeHeader,
} from "../../../src/completion/promptHeader";

suite("findHeadingTrail()", () => {
  test("gives the headings that are open, the outermost first", () =>
    assert.deepEqual(
      findHeadingTrail(
        "# Book\n\n## One\n\ntext\n\n### Part\n\n## Two\n\ntext\n\n#### Deep\n",
      ),
      ["# Book", "## Two", "#### Deep"],
    ));

  test("takes comments in code for what they are", () =>
    assert.deepEqual(
      findHeadingTrail("# Book\n```sh\n# comment\n```\n\n## One\n"),
      ["# Book", "## One"],
    ));
});

suite("writeHeader()", () => {
  const place = {
    path: "docs/hooks.md",
    languageId: "markdown",
    textAbove: "# Hooks\n\n## Life\n\ntext",
  };

  test("writes the asked parts as first lines", () => {
    assert.equal(
      writeHeader(place, { path: true, headings: true }),
      "docs/hooks.md\n\n# Hooks\n\n## Life\n\n",
    );
    assert.equal(writeHeader(place, { path: false, headings: false }), "");
  });

  test("takes no headings from other languages", () =>
    assert.equal(
      writeHeader(
        { ...place, languageId: "python" },
        { path: false, headings: true },
      ),
      "",
    ));
});
