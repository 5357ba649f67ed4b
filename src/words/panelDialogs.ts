// What VS Code's own dialogs say when the panel asks something: questions, titles, buttons, kinds of files.

import * as vscode from "vscode";

/** Before an adapter is switched on that was not shown to help. */
export function insistQuestion({ name, why }: { name: string; why: string }) {
  return {
    message: vscode.l10n.t('Switch "{0}" on all the same?', name),
    detail:
      why === "" ? vscode.l10n.t("It was not measured whether it helps.") : why,
    yes: vscode.l10n.t("Switch On"),
  };
}

/** Before an adapter is deleted. */
export function deleteQuestion(name: string) {
  return {
    message: vscode.l10n.t('Delete "{0}"?', name),
    detail: vscode.l10n.t(
      "The adapter, its figures and everything else that was made of the documents for it are removed. This cannot be undone.",
    ),
    yes: vscode.l10n.t("Delete"),
  };
}

/** Before a run is thrown away. */
export function discardQuestion(name: string) {
  return {
    message: vscode.l10n.t('Discard the training of "{0}"?', name),
    detail: vscode.l10n.t(
      "What has been learned so far is removed. This cannot be undone.",
    ),
    yes: vscode.l10n.t("Discard"),
  };
}

/** Asks for a name. */
export function renameQuestion(): string {
  return vscode.l10n.t("New name of the adapter");
}

/** Asks how an adapter is exported. */
export function exportTitle(): string {
  return vscode.l10n.t("Export the Adapter As");
}

/** The forms in which an adapter is exported. */
export function exportForms() {
  return [
    {
      label: vscode.l10n.t("One File"),
      detail: vscode.l10n.t("To hand on; Inkling imports it elsewhere."),
      value: "file" as const,
    },
    {
      label: vscode.l10n.t("A Folder"),
      detail: vscode.l10n.t("As Python's peft opens it, and Inkling too."),
      value: "folder" as const,
    },
  ];
}

/** Asks what an adapter is imported from. */
export function importTitle(): string {
  return vscode.l10n.t("Import an Adapter From");
}

/** The forms from which an adapter is imported. */
export function importForms() {
  return [
    {
      label: vscode.l10n.t("One File"),
      detail: vscode.l10n.t("That Inkling has exported."),
      value: "file" as const,
    },
    {
      label: vscode.l10n.t("A Folder"),
      detail: vscode.l10n.t("That Inkling or Python's peft has written."),
      value: "folder" as const,
    },
  ];
}

/** The button of the dialog that asks for the file to write an adapter to. */
export function exportFileLabel(): string {
  return vscode.l10n.t("Export to This File");
}

/** The button of the dialog that asks for an adapter's file. */
export function importFileLabel(): string {
  return vscode.l10n.t("Import This File");
}

/** The kinds of files in the dialogs for an adapter as one file. */
export function adapterFilters(): Record<string, string[]> {
  return { [vscode.l10n.t("Adapters")]: ["safetensors"] };
}

/** The button of the dialog that asks where to copy an adapter. */
export function exportLabel(): string {
  return vscode.l10n.t("Export into This Folder");
}

/** The button of the dialog that asks for an adapter's folder. */
export function importLabel(): string {
  return vscode.l10n.t("Import This Folder");
}

/** The button of the dialog that asks for a file of examples. */
export function examplesLabel(): string {
  return vscode.l10n.t("Learn from This File");
}

/** The kinds of files in the dialog that asks for one of examples. */
export function examplesFilters(): Record<string, string[]> {
  return { [vscode.l10n.t("JSON Lines")]: ["jsonl", "ndjson"] };
}
