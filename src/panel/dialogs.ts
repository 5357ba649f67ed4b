// Questions to the person that only VS Code itself can ask, in its own windows.

import * as vscode from "vscode";

/** A question with one answer that does something. */
export interface Question {
  message: string;
  detail: string;
  yes: string;
}

/** What the panel asks. */
export interface Dialogs {
  confirm(question: Question): Promise<boolean>;
  askText(field: {
    prompt: string;
    value: string;
  }): Promise<string | undefined>;
  chooseFolder(label: string): Promise<string | undefined>;
  chooseFile(choice: {
    label: string;
    filters: Record<string, string[]>;
  }): Promise<string | undefined>;
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
};
