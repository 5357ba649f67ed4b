// Questions to the person that only VS Code itself can ask, in its own windows.

import * as vscode from "vscode";
import type { Question, Transfer } from "../words/panelCodes";
import {
  fileWords,
  folderLabel,
  formWords,
  questionWords,
  renamePrompt,
} from "../words/panelDialogs";

/** What the panel asks. */
export interface Dialogs {
  confirm(question: Question): Promise<boolean>;
  askName(current: string): Promise<string | undefined>;
  chooseForm(transfer: Transfer): Promise<"file" | "folder" | undefined>;
  chooseFolder(transfer: Transfer): Promise<string | undefined>;
  chooseFile(purpose: "import" | "examples"): Promise<string | undefined>;
  /** Asks where to write an adapter as one file; a file that is there is asked about. */
  chooseNewFile(name: string): Promise<string | undefined>;
}

/** The dialogs of VS Code. */
export const dialogs: Dialogs = {
  async confirm(question) {
    const { message, detail, yes } = questionWords(question);
    const answer = await vscode.window.showWarningMessage(
      message,
      { modal: true, detail },
      yes,
    );
    return answer === yes;
  },
  async askName(current) {
    return vscode.window.showInputBox({
      prompt: renamePrompt(),
      value: current,
    });
  },
  async chooseForm(transfer) {
    const { title, forms } = formWords(transfer);
    const chosen = await vscode.window.showQuickPick(forms, { title });
    return chosen?.form;
  },
  async chooseFolder(transfer) {
    const label = folderLabel(transfer);
    const chosen = await vscode.window.showOpenDialog({
      canSelectFiles: false,
      canSelectFolders: true,
      openLabel: label,
      title: label,
    });
    return chosen?.[0]?.fsPath;
  },
  async chooseFile(purpose) {
    const { label, filters } = fileWords(purpose);
    const chosen = await vscode.window.showOpenDialog({
      openLabel: label,
      title: label,
      filters,
    });
    return chosen?.[0]?.fsPath;
  },
  async chooseNewFile(name) {
    const { label, filters } = fileWords("export");
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
