// The tree of documents as the rows that are to be seen: folders before files, closed folders without their inside.

import type { PanelDocument } from "../protocol/panel";

/** Whether all, none or some of the documents in a folder are in. */
export type RowCheck = "true" | "false" | "mixed";

/** One row of the tree. */
export interface TreeRow {
  /** The path of the document or folder; "" is the workspace. */
  path: string;
  label: string;
  /** From 1. */
  level: number;
  /** From 1, among its siblings. */
  position: number;
  siblings: number;
  check: RowCheck;
  /** Of what is in; of a document that is left out, its own. */
  tokens: number;
  /** Undefined for a folder. */
  document: PanelDocument | undefined;
  isExpanded: boolean;
}

interface Folder {
  path: string;
  label: string;
  folders: Map<string, Folder>;
  documents: PanelDocument[];
}

/** The rows of the tree below a root of this name. */
export function treeRows(
  documents: readonly PanelDocument[],
  { root, expanded }: { root: string; expanded: readonly string[] },
): TreeRow[] {
  const rows: TreeRow[] = [];
  const open = new Set(expanded);
  const add = (
    folder: Folder,
    place: { level: number; position: number; siblings: number },
  ): void => {
    const inside = documentsBelow(folder);
    const isExpanded = open.has(folder.path);
    rows.push({
      path: folder.path,
      label: folder.label,
      ...place,
      check: checkOf(inside),
      tokens: tokensIn(inside),
      document: undefined,
      isExpanded,
    });
    if (!isExpanded) return;
    const folders = sorted([...folder.folders.values()]);
    const siblings = folders.length + folder.documents.length;
    const level = place.level + 1;
    folders.forEach((child, index) => {
      add(child, { level, position: index + 1, siblings });
    });
    const files = folder.documents.map((document) => ({
      document,
      label: nameOf(document.name),
    }));
    sorted(files).forEach(({ document, label }, index) => {
      const position = folders.length + index + 1;
      const check = document.role === "out" ? "false" : "true";
      const { name: path, tokens } = document;
      const own = { path, label, check, tokens, document } as const;
      rows.push({ ...own, level, position, siblings, isExpanded: false });
    });
  };
  add(folderTree(documents, root), { level: 1, position: 1, siblings: 1 });
  return rows;
}

/** The names of all documents at or below a path that a person may take in or leave out. */
export function choosableBelow(
  documents: readonly PanelDocument[],
  path: string,
): string[] {
  return documents
    .filter(({ name, isChoosable }) => isChoosable && isAtOrBelow(name, path))
    .map(({ name }) => name);
}

/** What is in, counted. */
export function totals(documents: readonly PanelDocument[]): {
  training: { documents: number; tokens: number };
  heldOut: { documents: number; tokens: number };
  out: number;
} {
  const of = (role: PanelDocument["role"]) => {
    const some = documents.filter((each) => each.role === role);
    return { documents: some.length, tokens: sum(some) };
  };
  const out = of("out").documents;
  return { training: of("training"), heldOut: of("held-out"), out };
}

function folderTree(
  documents: readonly PanelDocument[],
  label: string,
): Folder {
  const root = emptyFolder("", label);
  for (const document of documents) {
    const names = document.name.split("/").slice(0, -1);
    let folder = root;
    for (const name of names) {
      const path = folder.path === "" ? name : `${folder.path}/${name}`;
      const child = folder.folders.get(name) ?? emptyFolder(path, name);
      folder.folders.set(name, child);
      folder = child;
    }
    folder.documents.push(document);
  }
  return root;
}

function emptyFolder(path: string, label: string): Folder {
  return { path, label, folders: new Map(), documents: [] };
}

function documentsBelow(folder: Folder): PanelDocument[] {
  const below = [...folder.folders.values()].flatMap(documentsBelow);
  return [...below, ...folder.documents];
}

function checkOf(documents: readonly PanelDocument[]): RowCheck {
  const choosable = documents.filter(({ isChoosable }) => isChoosable);
  const numIn = choosable.filter(({ role }) => role !== "out").length;
  if (numIn === 0) return "false";
  return numIn === choosable.length ? "true" : "mixed";
}

function tokensIn(documents: readonly PanelDocument[]): number {
  return sum(documents.filter(({ role }) => role !== "out"));
}

function sum(documents: readonly PanelDocument[]): number {
  return documents.reduce((total, { tokens }) => total + tokens, 0);
}

function sorted<T extends { label: string }>(items: T[]): T[] {
  return items.sort((a, b) => a.label.localeCompare(b.label));
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

function isAtOrBelow(name: string, path: string): boolean {
  return path === "" || name === path || name.startsWith(`${path}/`);
}
