// Asks for what a prompt needs beside the text: a question, a language.

import * as vscode from "vscode";
import type { Task, TaskInput } from "../../writing/task";

/** What other extensions and keybindings may hand to the command. */
export interface GenerateArguments {
  /** A task's id, "own:NAME" for the user's own. */
  task?: string;
  question?: string;
  language?: string;
}

let lastLanguage: string | undefined;

/** The answers; undefined when the user goes away. */
export async function askForInput(
  task: Task,
  {
    document,
    given,
  }: { document: vscode.TextDocument; given: GenerateArguments },
): Promise<TaskInput | undefined> {
  const input: { question?: string; language?: string } = {};
  if (task.variables.includes("question")) {
    const question =
      given.question ??
      (await ask(vscode.l10n.t("Inkling: what do you want to know?"), ""));
    if (question === undefined) return undefined;
    input.question = question;
  }
  if (task.variables.includes("language")) {
    const language =
      given.language ??
      (await ask(
        vscode.l10n.t("Inkling: which language?"),
        lastLanguage ?? languageOfVsCode(),
      ));
    if (language === undefined) return undefined;
    if (given.language === undefined) lastLanguage = language;
    input.language = language;
  }
  const file = vscode.workspace.asRelativePath(document.uri, false);
  return { ...input, file };
}

async function ask(title: string, value: string): Promise<string | undefined> {
  const text = await vscode.window.showInputBox({
    title,
    value,
    validateInput: (typed) =>
      typed.trim() === "" ? vscode.l10n.t("Expected some text") : undefined,
  });
  return text?.trim();
}

/** The English name of the language that VS Code speaks, which models know best; French where that is English. */
function languageOfVsCode(): string {
  const code = vscode.env.language.startsWith("en")
    ? "fr"
    : vscode.env.language;
  return new Intl.DisplayNames(["en"], { type: "language" }).of(code) ?? code;
}
