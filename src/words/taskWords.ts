// The names of tasks in the user's language.

import * as vscode from "vscode";
import type { BuiltInId } from "../writing/builtInTasks";
import type { Task } from "../writing/task";

/** What a task is called. */
export function taskTitle({ id }: Task): string {
  if (id.startsWith("own:")) return id.slice("own:".length);
  const titles: Record<BuiltInId, string> = {
    continue: vscode.l10n.t("Continue"),
    summarise: vscode.l10n.t("Summarise"),
    simplify: vscode.l10n.t("Rewrite more simply"),
    explain: vscode.l10n.t("Explain"),
    list: vscode.l10n.t("Make a list"),
    heading: vscode.l10n.t("Write a heading"),
    translate: vscode.l10n.t("Translate to..."),
    question: vscode.l10n.t("Answer a question about it..."),
    commitMessage: vscode.l10n.t("Commit message from the staged change"),
  };
  return titles[id as BuiltInId];
}

/** What is good to know of it before it is chosen; how well it is done is known of the embedded model alone. */
export function taskDetail(
  task: Task,
  { isEmbeddedModel }: { isEmbeddedModel: boolean },
): string {
  const target = targetWords(task);
  return isEmbeddedModel && task.fit !== "good"
    ? vscode.l10n.t("{0}; weak with the built-in model", target)
    : target;
}

function targetWords({ id, target }: Task): string {
  if (id === "continue") return vscode.l10n.t("continues at the cursor");
  switch (target) {
    case "replace":
      return vscode.l10n.t("replaces the text");
    case "below":
      return vscode.l10n.t("goes below the text");
    case "above":
      return vscode.l10n.t("goes above the text");
    case "newDocument":
      return vscode.l10n.t("goes into a new document");
    case "clipboard":
      return vscode.l10n.t("goes to the clipboard");
    case "commitMessage":
      return vscode.l10n.t("goes into the message field");
  }
}
