// What keys do in the tree of documents, by the pattern for trees of the ARIA Authoring Practices.

import type { TreeRow } from "./documentTree";

/** What of a keyboard's event counts. */
export type KeyPress = Pick<KeyboardEvent, "key" | "ctrlKey" | "metaKey">;

/** What a key asks for. */
export type TreeCommand =
  | { kind: "focus"; path: string }
  | { kind: "expand"; path: string; isExpanded: boolean }
  | { kind: "toggle"; row: TreeRow }
  | { kind: "preview"; name: string };

/** Undefined for a key that means nothing in a tree. */
export function treeCommand(
  press: KeyPress,
  { rows, path }: { rows: readonly TreeRow[]; path: string },
): TreeCommand | undefined {
  const index = rows.findIndex((row) => row.path === path);
  const row = rows[index];
  if (!row || press.ctrlKey || press.metaKey) return undefined;
  const focus = (target: TreeRow | undefined): TreeCommand => ({
    kind: "focus",
    path: (target ?? row).path,
  });
  const isFolder = row.document === undefined;
  const expand = (isExpanded: boolean): TreeCommand => ({
    kind: "expand",
    path,
    isExpanded,
  });
  switch (press.key) {
    case "ArrowDown":
      return focus(rows[index + 1]);
    case "ArrowUp":
      return focus(rows[index - 1]);
    case "Home":
      return focus(rows[0]);
    case "End":
      return focus(rows.at(-1));
    case "ArrowRight":
      if (isFolder && !row.isExpanded) return expand(true);
      return focus(isFolder ? rows[index + 1] : row);
    case "ArrowLeft":
      if (isFolder && row.isExpanded) return expand(false);
      return focus(
        rows.findLast((each, i) => i < index && each.level < row.level),
      );
    case " ":
      return { kind: "toggle", row };
    case "Enter":
      return isFolder
        ? expand(!row.isExpanded)
        : { kind: "preview", name: row.path };
    default:
      return undefined;
  }
}
