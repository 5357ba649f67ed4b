// The tree of documents: which rows are to be seen, what they say, and what keys do in them.
import assert from "node:assert/strict";
import type { PanelDocument } from "../../../src/protocol/panel";
import {
  choosableBelow,
  totals,
  treeRows,
} from "../../../src/webview/documentTree";
import { treeCommand } from "../../../src/webview/treeKeys";

const documents: PanelDocument[] = [
  document("guide/b.md", 20),
  document("guide/a.md", 10, "held-out"),
  document("readme.md", 5),
  document("guide/deep/c.md", 40, "out", true),
  document("node_modules", 900, "out"),
];

function document(
  name: string,
  tokens: number,
  role: PanelDocument["role"] = "training",
  isChoosable = role !== "out",
): PanelDocument {
  const canTrainAnyway = false;
  return { name, tokens, role, reason: "", isChoosable, canTrainAnyway };
}

/** Rows as "level label tokens check", with a sign before folders. */
function lines(expanded: string[]): string[] {
  return treeRows(documents, { root: "project", expanded }).map((row) => {
    const sign = row.document ? " " : row.isExpanded ? "-" : "+";
    return `${row.level}${sign}${row.label} ${row.tokens} ${row.check}`;
  });
}

suite("treeRows", () => {
  test("treeRows() shows closed folders as one row with the sum of what is in", () => {
    assert.deepEqual(lines([]), ["1+project 35 mixed"]);
  });

  test("treeRows() puts folders before files and sorts both by name", () => {
    assert.deepEqual(lines(["", "guide", "guide/deep"]), [
      "1-project 35 mixed",
      "2-guide 30 mixed",
      "3-deep 0 false",
      "4 c.md 40 false",
      "3 a.md 10 true",
      "3 b.md 20 true",
      "2 node_modules 900 false",
      "2 readme.md 5 true",
    ]);
  });

  test("treeRows() counts siblings for those who cannot see the tree", () => {
    const rows = treeRows(documents, { root: "project", expanded: [""] });
    assert.deepEqual(
      rows.map(({ position, siblings }) => [position, siblings]),
      [
        [1, 1],
        [1, 3],
        [2, 3],
        [3, 3],
      ],
    );
  });

  test("choosableBelow() gives what is below a folder and may be chosen", () => {
    assert.deepEqual(choosableBelow(documents, "guide"), [
      "guide/b.md",
      "guide/a.md",
      "guide/deep/c.md",
    ]);
    assert.deepEqual(choosableBelow(documents, "node_modules"), []);
    assert.deepEqual(choosableBelow(documents, "guide/a.md"), ["guide/a.md"]);
  });

  test("totals() counts documents and tokens by what becomes of them", () => {
    assert.deepEqual(totals(documents), {
      training: { documents: 2, tokens: 25 },
      heldOut: { documents: 1, tokens: 10 },
      out: 2,
    });
  });
});

suite("treeCommand", () => {
  const rows = treeRows(documents, { root: "p", expanded: ["", "guide"] });

  function check(
    [path, key]: [path: string, key: string],
    expected: string | undefined,
  ): void {
    const press = { key, ctrlKey: false, metaKey: false };
    const command = treeCommand(press, { rows, path });
    const said =
      command?.kind === "focus"
        ? `focus ${command.path}`
        : command?.kind === "expand"
          ? `${command.isExpanded ? "open" : "close"} ${command.path}`
          : command?.kind === "toggle"
            ? `toggle ${command.row.path}`
            : command && `preview ${command.name}`;
    assert.equal(said, expected, `${key} on "${path}"`);
  }

  test("treeCommand() follows the keys of trees", () => {
    check(["", "ArrowDown"], "focus guide");
    check(["guide", "ArrowUp"], "focus ");
    check(["", "ArrowUp"], "focus ");
    check(["readme.md", "ArrowDown"], "focus readme.md");
    check(["guide", "ArrowRight"], "focus guide/deep");
    check(["guide/deep", "ArrowRight"], "open guide/deep");
    check(["guide", "ArrowLeft"], "close guide");
    check(["guide/a.md", "ArrowLeft"], "focus guide");
    check(["guide/a.md", "ArrowRight"], "focus guide/a.md");
    check(["guide/a.md", "Home"], "focus ");
    check(["", "End"], "focus readme.md");
    check(["guide/a.md", " "], "toggle guide/a.md");
    check(["guide/a.md", "Enter"], "preview guide/a.md");
    check(["guide", "Enter"], "close guide");
    check(["guide", "x"], undefined);
  });

  test("treeCommand() leaves keys with Control to VS Code", () => {
    const press = { key: "ArrowDown", ctrlKey: true, metaKey: false };
    assert.equal(treeCommand(press, { rows, path: "" }), undefined);
  });
});
