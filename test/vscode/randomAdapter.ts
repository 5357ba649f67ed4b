// An adapter with random matrices for the model in the package, brought in by the panel's own import: how it is put on
// and taken off again costs the same whatever it has learned.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import * as vscode from "vscode";
import type { InklingApi } from "../../src/extension";
import { MANIFEST_FILE } from "../../src/adapters/adapterNames";
import { writeManifest } from "../../src/adapters/manifest";
import { writeAdapter } from "../../src/adapters/peftAdapter";
import { hashBase } from "../../src/model/files/baseHash";
import { openModelFolder } from "../../src/model/files/modelFolder";
import type { LabelledRows } from "../../src/protocol/training";
import { extensionId } from "./support";
import { tinyAdapter } from "../unit/support/tinyAdapter";

const MODEL = "models/smollm2-135m-instruct";
/** So small that suggestions stay what they are. */
const SIZE = 0.001;

/** Imports it and answers its id; the dialogs are answered here. With labels it is as one that has learned them. */
export async function importRandomAdapter(
  { panel }: InklingApi,
  labels?: LabelledRows,
): Promise<string> {
  const { extensionPath } = vscode.extensions.getExtension(extensionId)!;
  const folder = openModelFolder(path.join(extensionPath, MODEL));
  const temporary = mkdtempSync(path.join(tmpdir(), "inkling-random-"));
  const adapter = path.join(temporary, "random");
  writeAdapter(adapter, tinyAdapter(folder, { size: SIZE }), folder);
  if (labels) {
    writeManifest(path.join(adapter, MANIFEST_FILE), {
      version: 1,
      name: "Labels",
      base: { name: folder.name, sha256: hashBase(folder) },
      labels,
    });
  }
  const before = new Set(panel.state.adapters.map(({ id }) => id));
  const { showQuickPick, showOpenDialog } = vscode.window;
  Object.assign(vscode.window, {
    showQuickPick: (forms: { form: string }[]) =>
      Promise.resolve(forms.find(({ form }) => form === "folder")),
    showOpenDialog: () => Promise.resolve([vscode.Uri.file(adapter)]),
  });
  try {
    await panel.act({ kind: "import" });
  } finally {
    Object.assign(vscode.window, { showQuickPick, showOpenDialog });
    rmSync(temporary, { recursive: true, force: true });
  }
  const imported = panel.state.adapters.find(({ id }) => !before.has(id));
  if (!imported) {
    throw new Error(
      "Cannot import the random adapter: the list has none that is new, expected one",
    );
  }
  return imported.id;
}

/** Switches an adapter on in spite of what the panel says against one that was never measured. */
export function switchOn({ panel }: InklingApi, id: string): Promise<void> {
  return answeringYes(() => panel.act({ kind: "switchOn", id }));
}

export function deleteAdapter(
  { panel }: InklingApi,
  id: string,
): Promise<void> {
  return answeringYes(() => panel.act({ kind: "delete", id }));
}

async function answeringYes(act: () => Promise<void>): Promise<void> {
  const { showWarningMessage } = vscode.window;
  Object.assign(vscode.window, {
    showWarningMessage: (...values: unknown[]) =>
      Promise.resolve(values.at(-1)),
  });
  try {
    await act();
  } finally {
    Object.assign(vscode.window, { showWarningMessage });
  }
}
