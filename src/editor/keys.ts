// The keys that one needs for suggestions and generated texts. Most are VS Code's own, so nothing else names them in one
// place; a choice opens VS Code's editor of keys on that command.

import * as vscode from "vscode";

/** Shows the list. */
export async function showKeys(): Promise<void> {
  const entries = keys().map(([label, description, command]) => ({
    label,
    description,
    command,
  }));
  const chosen = await vscode.window.showQuickPick(entries, {
    title: vscode.l10n.t("Inkling: keys"),
    placeHolder: vscode.l10n.t("Choose one to change it"),
  });
  if (!chosen) return;
  await vscode.commands.executeCommand(
    "workbench.action.openGlobalKeybindings",
    `@command:${chosen.command}`,
  );
}

/** What it does, the key as it comes with VS Code or Inkling, and the command. */
function keys(): [string, string, string][] {
  const isMac = process.platform === "darwin";
  const control = isMac ? "Cmd" : "Ctrl";
  return [
    [
      vscode.l10n.t("Accept the suggestion"),
      "Tab",
      "editor.action.inlineSuggest.commit",
    ],
    [
      vscode.l10n.t("Accept its next word"),
      `${control}+Right`,
      "editor.action.inlineSuggest.acceptNextWord",
    ],
    [
      vscode.l10n.t("Dismiss the suggestion"),
      "Escape",
      "editor.action.inlineSuggest.hide",
    ],
    [
      vscode.l10n.t("Ask for a suggestion"),
      isMac ? "Option+\\" : "Alt+\\",
      "editor.action.inlineSuggest.trigger",
    ],
    [
      vscode.l10n.t("Accept the generated text"),
      `${control}+Enter`,
      "inkling.generation.accept",
    ],
    [
      vscode.l10n.t("Discard the generated text"),
      "Shift+Escape",
      "inkling.generation.discard",
    ],
    [
      vscode.l10n.t("Generate another text"),
      isMac ? "Option+Enter" : "Alt+Enter",
      "inkling.generation.another",
    ],
  ];
}
