// The status item of a run: there while one is under way, with how far it is; its click opens the panel.

import * as vscode from "vscode";
import type { FineTuningState } from "../words/panelCodes";

/** Follows the state. */
export class TrainingStatusItem implements vscode.Disposable {
  private readonly item = vscode.window.createStatusBarItem(
    "inkling.training",
    vscode.StatusBarAlignment.Right,
    99,
  );

  constructor() {
    this.item.name = vscode.l10n.t("Inkling: Training");
    this.item.command = "inkling.fineTune";
  }

  /** To be called with each new state. */
  update(state: Readonly<FineTuningState>): void {
    const { run } = state;
    if (!run) {
      this.item.hide();
      return;
    }
    const percent = Math.floor((run.progress?.fraction ?? 0) * 100);
    const { icon, words } = presentationOf(state);
    this.item.text = `$(${icon}) ${percent}%`;
    this.item.tooltip = `${run.name}\n${words}`;
    this.item.accessibilityInformation = {
      label: `Inkling: ${run.name}, ${words}, ${percent}%`,
      role: "button",
    };
    this.item.show();
  }

  dispose(): void {
    this.item.dispose();
  }
}

function presentationOf({ phase, run }: Readonly<FineTuningState>): {
  icon: string;
  words: string;
} {
  if (phase === "waiting") {
    return { icon: "watch", words: vscode.l10n.t("Another window trains") };
  }
  if (phase === "paused" || run?.isLive === false) {
    return { icon: "debug-pause", words: vscode.l10n.t("Training is paused") };
  }
  if (run?.isHeldByTyping) {
    return {
      icon: "debug-pause",
      words: vscode.l10n.t("Training waits while you type"),
    };
  }
  return phase === "proving"
    ? {
        icon: "beaker",
        words: vscode.l10n.t("What has been learned is being measured"),
      }
    : { icon: "sync~spin", words: vscode.l10n.t("Training") };
}
