// The list of models to choose from: the one in the extension, those that were imported, those of other programs, which
// come while the list is open, and a way to any other file or folder.

import path from "node:path";
import * as vscode from "vscode";
import type { CachedModel } from "../../models/modelCache";
import type { FoundModel } from "../../protocol/models";
import { foundWords, megabytes } from "../../words/modelWords";

/** What a person can choose. */
export type ModelChoice =
  | { kind: "embedded" }
  | { kind: "cached"; model: CachedModel }
  | { kind: "delete"; model: CachedModel }
  | { kind: "found"; model: FoundModel }
  | { kind: "browse"; what: "file" | "folder" };

/** What the list shows. */
export interface ModelPickOptions {
  embeddedName: string;
  /** The folder of the model in the settings; empty for the one in the extension. */
  current: string;
  cached: readonly CachedModel[];
  /** Looks for models of other programs; done when all were told of or the signal is aborted. */
  find(
    onFound: (model: FoundModel) => void,
    signal: AbortSignal,
  ): Promise<unknown>;
}

interface Item extends vscode.QuickPickItem {
  choice?: ModelChoice;
}

/** Shows the list; undefined when it is left. */
export function pickModel(
  options: ModelPickOptions,
): Promise<ModelChoice | undefined> {
  const pick = vscode.window.createQuickPick<Item>();
  const looking = new AbortController();
  const found: FoundModel[] = [];
  pick.title = vscode.l10n.t("Choose a Model");
  pick.placeholder = vscode.l10n.t(
    "A model is tried first; nothing changes before you say so",
  );
  pick.matchOnDescription = true;
  pick.matchOnDetail = true;
  pick.items = itemsOf(options, found);
  pick.busy = true;
  options
    .find((model) => {
      found.push(model);
      const { activeItems } = pick;
      pick.keepScrollPosition = true;
      pick.items = itemsOf(options, found);
      // The same choice stays in front of Enter while others come in below it.
      const labels = activeItems.map(({ label }) => label);
      pick.activeItems = pick.items.filter(({ label }) =>
        labels.includes(label),
      );
    }, looking.signal)
    .catch(() => undefined) // A list without them is a list.
    .finally(() => (pick.busy = false));
  return new Promise((resolve) => {
    const close = (choice: ModelChoice | undefined) => {
      resolve(choice);
      looking.abort();
      pick.dispose();
    };
    pick.onDidAccept(() => {
      const choice = pick.selectedItems[0]?.choice;
      if (choice) close(choice);
    });
    pick.onDidTriggerItemButton(({ item }) => {
      if (item.choice?.kind === "cached") {
        close({ kind: "delete", model: item.choice.model });
      }
    });
    pick.onDidHide(() => close(undefined));
    pick.show();
  });
}

function itemsOf(
  { embeddedName, current, cached }: ModelPickOptions,
  found: readonly FoundModel[],
): Item[] {
  const inUse = (folder: string) =>
    folder === current ? vscode.l10n.t("in use") : "";
  return [
    {
      label: `$(package) ${embeddedName}`,
      description: [vscode.l10n.t("in the extension"), inUse("")]
        .filter(Boolean)
        .join(", "),
      choice: { kind: "embedded" },
    },
    ...underHeading(
      vscode.l10n.t("Imported"),
      cached.map((model) => ({
        label: `$(chip) ${model.name}`,
        description: [megabytes(model.sizeBytes), inUse(model.directory)]
          .filter(Boolean)
          .join(", "),
        detail: model.directory,
        buttons: [
          {
            iconPath: new vscode.ThemeIcon("trash"),
            tooltip: vscode.l10n.t("Delete"),
          },
        ],
        choice: { kind: "cached" as const, model },
      })),
    ),
    ...underHeading(
      vscode.l10n.t("Found on this machine"),
      // Those that can be read first.
      [...found]
        .sort((a, b) => Number(!!a.fault) - Number(!!b.fault))
        .map((model) => ({
          label: `${model.fault ? "$(circle-slash)" : "$(file-binary)"} ${model.name}`,
          description: foundWords(model),
          detail: model.fault ?? model.path,
          choice: { kind: "found" as const, model },
        })),
    ),
    separator(vscode.l10n.t("Elsewhere")),
    {
      label: vscode.l10n.t("$(file) Choose a GGUF file..."),
      choice: { kind: "browse", what: "file" },
    },
    {
      label: vscode.l10n.t("$(folder) Choose a model's folder..."),
      choice: { kind: "browse", what: "folder" },
    },
  ];
}

function underHeading(heading: string, items: Item[]): Item[] {
  return items.length > 0 ? [separator(heading), ...items] : [];
}

function separator(label: string): Item {
  return { label, kind: vscode.QuickPickItemKind.Separator };
}

/** Asks for a file or a folder; undefined when the dialog is left. */
export async function browse(
  what: "file" | "folder",
): Promise<string | undefined> {
  const isFile = what === "file";
  const chosen = await vscode.window.showOpenDialog({
    canSelectFiles: isFile,
    canSelectFolders: !isFile,
    openLabel: vscode.l10n.t("Try This Model"),
    ...(isFile ? { filters: { GGUF: ["gguf"] } } : {}),
  });
  return chosen?.[0] && path.normalize(chosen[0].fsPath);
}
