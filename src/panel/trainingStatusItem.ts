// The status item of a run: there while one is under way, with how far it is; its click opens the panel.

import * as vscode from "vscode";
import { assertNever } from "../common/assertNever";
import type { ActiveRunState } from "../common/runState";
import { inklingSays, listOf, percentage } from "../words/joining";
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
  update({ run }: Readonly<FineTuningState>): void {
    if (!run) {
      this.item.hide();
      return;
    }
    const fraction = run.progress?.fraction ?? 0;
    const share = percentage(Math.floor(fraction * 100) / 100);
    const { icon, words } = presentationOf(run.state);
    this.item.text = `$(${icon}) ${share}`;
    this.item.tooltip = `${run.name}\n${words}`;
    this.item.accessibilityInformation = {
      label: inklingSays(listOf([run.name, words, share])),
      role: "button",
    };
    this.item.show();
  }

  dispose(): void {
    this.item.dispose();
  }
}

function presentationOf(state: ActiveRunState): {
  icon: string;
  words: string;
} {
  switch (state.kind) {
    case "waiting":
      return {
        icon: "watch",
        words: vscode.l10n.t("Another window is training"),
      };
    case "pausedByUser":
    case "interrupted":
      return {
        icon: "debug-pause",
        words: vscode.l10n.t("Training is paused"),
      };
    case "pausedByTyping":
      return {
        icon: "debug-pause",
        words: vscode.l10n.t("Training waits while you type"),
      };
    case "stopping":
      return presentationOf({ kind: state.work });
    case "evaluating":
      return {
        icon: "beaker",
        words: vscode.l10n.t("Testing the trained model"),
      };
    case "preparing":
    case "training":
      return { icon: "sync~spin", words: vscode.l10n.t("Training") };
    default:
      return assertNever(state);
  }
}
