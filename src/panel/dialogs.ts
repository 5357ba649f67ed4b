// Questions to the person that only VS Code itself can ask, in its own windows.

import * as vscode from "vscode";

/** A question with one answer that does something. */
export interface Question {
  message: string;
  detail: string;
  yes: string;
}

/** One of several things to choose from, with what is to know of it. */
export interface Choice<T> {
  label: string;
  detail: string;
  value: T;
}

/** What the panel asks. */
export interface Dialogs {
  confirm(question: Question): Promise<boolean>;
  askText(field: {
    prompt: string;
    value: string;
  }): Promise<string | undefined>;
  choose<T>(
    title: string,
    choices: readonly Choice<T>[],
  ): Promise<T | undefined>;
  chooseFolder(label: string): Promise<string | undefined>;
  chooseFile(choice: FileChoice): Promise<string | undefined>;
  /** Asks where to write a file; one that is there is asked about. */
  chooseNewFile(
    choice: FileChoice & { name: string },
  ): Promise<string | undefined>;
}

/** A dialog's button, and the kinds of files that it shows. */
export interface FileChoice {
  label: string;
  filters: Record<string, string[]>;
}

/** The dialogs of VS Code. */
export const dialogs: Dialogs = {
  async confirm({ message, detail, yes }) {
    const answer = await vscode.window.showWarningMessage(
      message,
      { modal: true, detail },
      yes,
    );
    return answer === yes;
  },
  async askText({ prompt, value }) {
    return vscode.window.showInputBox({ prompt, value });
  },
  async choose(title, choices) {
    const chosen = await vscode.window.showQuickPick([...choices], { title });
    return chosen?.value;
  },
  async chooseFolder(label) {
    const chosen = await vscode.window.showOpenDialog({
      canSelectFiles: false,
      canSelectFolders: true,
      openLabel: label,
      title: label,
    });
    return chosen?.[0]?.fsPath;
  },
  async chooseFile({ label, filters }) {
    const chosen = await vscode.window.showOpenDialog({
      openLabel: label,
      title: label,
      filters,
    });
    return chosen?.[0]?.fsPath;
  },
  async chooseNewFile({ label, filters, name }) {
    const folder = vscode.workspace.workspaceFolders?.[0]?.uri;
    const chosen = await vscode.window.showSaveDialog({
      saveLabel: label,
      title: label,
      filters,
      ...(folder ? { defaultUri: vscode.Uri.joinPath(folder, name) } : {}),
    });
    return chosen?.fsPath;
  },
};
