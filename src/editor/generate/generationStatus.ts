// The status bar item while something is being written: how fast, and a click that stops it. It is there also where
// code lenses are turned off and when the document is out of sight.

import * as vscode from "vscode";
import type { ActiveGenerations } from "./activeGenerations";
import { stateText } from "./generationLenses";

/** Shows what is being written. */
export class GenerationStatus implements vscode.Disposable {
  private readonly item = vscode.window.createStatusBarItem(
    "generation",
    vscode.StatusBarAlignment.Left,
  );
  private readonly subscription: vscode.Disposable;

  constructor(private readonly generations: ActiveGenerations) {
    this.item.name = vscode.l10n.t("Inkling: text being written");
    this.item.command = "inkling.generation.stopAll";
    this.subscription = generations.onDidChange(() => this.update());
  }

  dispose(): void {
    this.subscription.dispose();
    this.item.dispose();
  }

  private update(): void {
    const writing = this.generations.all.filter(
      ({ session }) => session.isWriting,
    );
    const current =
      writing.find(({ session }) => session.current?.text !== "") ?? writing[0];
    if (!current) {
      this.item.hide();
      return;
    }
    this.item.text = vscode.l10n.t(
      "{0} $(debug-stop) Cancel",
      stateText(current),
    );
    this.item.tooltip = vscode.l10n.t(
      "Stop writing and keep what is there (Escape)",
    );
    this.item.show();
  }
}
