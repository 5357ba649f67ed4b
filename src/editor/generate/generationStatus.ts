// The status bar item while something is being written: how fast, and a click that stops it. It is there also where
// code lenses are turned off and when the document is out of sight.

import * as vscode from "vscode";
import type { ActiveGeneration, ActiveGenerations } from "./activeGenerations";

/** The item is drawn anew no more often than this. */
const REDRAW_MS = 250;

/** Shows what is being written. */
export class GenerationStatus implements vscode.Disposable {
  private readonly item = vscode.window.createStatusBarItem(
    "generation",
    vscode.StatusBarAlignment.Left,
  );
  private readonly subscription: vscode.Disposable;
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly generations: ActiveGenerations) {
    this.item.name = vscode.l10n.t("Inkling: text being written");
    this.item.command = "inkling.generation.stopAll";
    this.subscription = generations.onDidChange(() => this.updateSoon());
  }

  dispose(): void {
    clearTimeout(this.timer);
    this.subscription.dispose();
    this.item.dispose();
  }

  private updateSoon(): void {
    if (this.timer !== undefined) return;
    this.update();
    this.timer = setTimeout(() => {
      this.timer = undefined;
      this.update();
    }, REDRAW_MS);
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
    this.item.text = `$(loading~spin) ${progressWords(current)} $(debug-stop)`;
    this.item.tooltip = vscode.l10n.t(
      "Stop writing and keep what is there (Escape)",
    );
    this.item.show();
  }
}

/** How far a text is, in a few words. */
function progressWords({ title, session: { current } }: ActiveGeneration) {
  return current === undefined || current.text === ""
    ? vscode.l10n.t("Inkling: {0}, reading", title)
    : vscode.l10n.t(
        "Inkling: {0}, {1} tokens/s",
        title,
        current.tokensPerSecond.toFixed(0),
      );
}
