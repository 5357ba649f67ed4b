// The list of models to choose from: the one in the extension, those that were imported, those of other programs, which
// come while the list is open, and a way to any other file or folder.

import path from "node:path";
import * as vscode from "vscode";
import type { CachedModel } from "../../models/modelCache";
import type { FetchPlan, FoundModel } from "../../protocol/models";
import {
  costWords,
  faultWords,
  foundWords,
  goodForWords,
  sizeWords,
} from "../../words/modelWords";
import { fetchableModels } from "./fetchableModels";

/** What a person can choose. */
export type ModelChoice =
  | { kind: "embedded" }
  | { kind: "cached"; model: CachedModel }
  | { kind: "delete"; model: CachedModel }
  | { kind: "found"; model: FoundModel }
  | { kind: "browse"; what: "file" | "folder" }
  /** From the network: one of the list, or undefined for one that is asked for. */
  | { kind: "fetch"; hubName: string | undefined };

/** What the list shows. */
export interface ModelPickOptions {
  embeddedName: string;
  /** The folder of the model in the settings; empty for the one in the extension. */
  current: string;
  cached: readonly CachedModel[];
  /** Whether anything may be fetched. */
  mayFetch: boolean;
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
  { embeddedName, current, cached, mayFetch }: ModelPickOptions,
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
        description: [sizeWords(model.sizeBytes), inUse(model.directory)]
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
          detail: model.fault ? faultWords(model) : model.path,
          choice: { kind: "found" as const, model },
        })),
    ),
    ...underHeading(
      vscode.l10n.t("To fetch from the network"),
      mayFetch ? fetchItems() : [],
    ),
    separator(vscode.l10n.t("Elsewhere on this machine")),
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

function fetchItems(): Item[] {
  return [
    ...fetchableModels.map((model) => ({
      label: `$(cloud-download) ${model.hubName}`,
      description: costWords(model),
      detail: goodForWords(model.goodFor),
      choice: { kind: "fetch" as const, hubName: model.hubName },
    })),
    {
      label: vscode.l10n.t("$(cloud-download) Another, by name or address..."),
      choice: { kind: "fetch", hubName: undefined },
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

/** Asks for a model in the network; undefined when that is left. */
export async function askForAddress(): Promise<string | undefined> {
  return vscode.window.showInputBox({
    title: vscode.l10n.t("Fetch a Model"),
    prompt: vscode.l10n.t(
      "The name of a model at Hugging Face, OWNER/NAME, or the address of a GGUF file, https://...",
    ),
    ignoreFocusOut: true,
  });
}

/** Asks which of a repository's files; undefined when that is left. */
export async function pickFile(
  files: FetchPlan["choices"],
): Promise<string | undefined> {
  const items = files.map(({ name, sizeBytes }) => ({
    label: name,
    description: sizeBytes === undefined ? "" : sizeWords(sizeBytes),
  }));
  const chosen = await vscode.window.showQuickPick(items, {
    title: vscode.l10n.t("Which of these files?"),
    placeHolder: vscode.l10n.t(
      "Q8_0, Q4_0 and Q4_1 are taken over as they are; others are rounded again",
    ),
  });
  return chosen?.label;
}
