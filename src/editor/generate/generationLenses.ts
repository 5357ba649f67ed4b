// The row above a preview: what can be done with it. What does not fit the window is cut on the right, so there are four
// actions, in few words, and the rest is behind the last of them.

import { setTimeout as delay } from "node:timers/promises";
import * as vscode from "vscode";
import type { ActiveGeneration, ActiveGenerations } from "./activeGenerations";

/** Rows are drawn anew no more often than this. */
const REDRAW_MS = 250;
/** VS Code asks for a row once the document has stood still for a quarter of a second, and later where it is busy. */
const DRAW_PATIENCE_MS = 700;
const ASK_EVERY_MS = 30;

/** Provides the rows of all previews. */
export class GenerationLenses
  implements vscode.CodeLensProvider, vscode.Disposable
{
  private readonly emitter = new vscode.EventEmitter<void>();
  readonly onDidChangeCodeLenses = this.emitter.event;
  private timer: NodeJS.Timeout | undefined;
  private readonly subscription: vscode.Disposable;
  /** Whether each preview was being written when VS Code last asked. */
  private readonly drawn = new WeakMap<ActiveGeneration, boolean>();

  constructor(private readonly generations: ActiveGenerations) {
    this.subscription = vscode.Disposable.from(
      // One selector alone: a document that two of them match gets its row twice.
      vscode.languages.registerCodeLensProvider("*", this),
      generations.onDidChange(() => this.redrawSoon()),
    );
  }

  provideCodeLenses(document: vscode.TextDocument): vscode.CodeLens[] {
    const here = this.generations.in(document);
    this.take(here);
    return here.flatMap(lensesOf);
  }

  /**
   * Waits until the rows of a document tell whether a text is being written. VS Code asks for them when the document
   * has not changed for a while: a text that grows meanwhile would stand under the actions of the one before it.
   */
  async untilDrawn(document: vscode.TextDocument): Promise<void> {
    const here = this.generations.in(document);
    const isShown = vscode.window.visibleTextEditors.some(
      (editor) => editor.document === document,
    );
    const hasRows = vscode.workspace
      .getConfiguration("editor", document)
      .get<boolean>("codeLens", true);
    const deadline = performance.now() + DRAW_PATIENCE_MS;
    while (
      isShown &&
      hasRows &&
      here.some((each) => this.drawn.get(each) !== each.session.isWriting) &&
      performance.now() < deadline
    ) {
      await delay(ASK_EVERY_MS);
    }
    // Nothing is waited for twice.
    this.take(here);
  }

  dispose(): void {
    clearTimeout(this.timer);
    this.subscription.dispose();
    this.emitter.dispose();
  }

  private take(generations: readonly ActiveGeneration[]): void {
    for (const each of generations) {
      this.drawn.set(each, each.session.isWriting);
    }
  }

  /** At once for the first change, then with pauses. */
  private redrawSoon(): void {
    if (this.timer !== undefined) return;
    this.emitter.fire();
    this.timer = setTimeout(() => {
      this.timer = undefined;
      this.emitter.fire();
    }, REDRAW_MS);
  }
}

function lensesOf(generation: ActiveGeneration): vscode.CodeLens[] {
  const { id, title, preview, session } = generation;
  const line = preview.range.start.line;
  const range = new vscode.Range(line, 0, line, 0);
  const tooltip = `Inkling: ${title}`;
  const action = (words: string, command: string, more = tooltip) =>
    new vscode.CodeLens(range, {
      title: words,
      tooltip: more,
      command: `inkling.generation.${command}`,
      arguments: [id],
    });
  const remark = (words: string, more = tooltip) =>
    new vscode.CodeLens(range, { title: words, tooltip: more, command: "" });
  const discard = action(vscode.l10n.t("Discard"), "discard");
  const { current, results, index } = session;
  if (session.isWriting || !current) {
    return [
      action(vscode.l10n.t("$(debug-stop) Stop"), "stop"),
      discard,
      remark(vscode.l10n.t("$(loading~spin) Writing")),
    ];
  }
  const another = action(vscode.l10n.t("Another"), "another");
  const several =
    results.length > 1 ? [remark(`${index + 1}/${results.length}`)] : [];
  const more = action(vscode.l10n.t("More…"), "more");
  const end = remarkOn(current);
  const remarks = end ? [remark(end.words, end.detail)] : [];
  if (!current.text) {
    const others = results.length > 1 ? [more] : [];
    return [another, discard, ...others, ...several, ...remarks];
  }
  return [
    action(vscode.l10n.t("$(check) Accept"), "accept"),
    discard,
    another,
    more,
    ...several,
    ...remarks,
  ];
}

/** How a text ended, where that is not as one expects. */
function remarkOn({
  text,
  end,
  error,
}: NonNullable<ActiveGeneration["session"]["current"]>):
  { words: string; detail?: string } | undefined {
  if (end === "failed") {
    return {
      words: vscode.l10n.t("$(error) Failed"),
      ...(error === undefined ? {} : { detail: error }),
    };
  }
  if (end === "stopped") return { words: vscode.l10n.t("Stopped") };
  if (text === "" && end === "unsure") {
    return {
      words: vscode.l10n.t("Nothing good came: write a few words more"),
      detail: vscode.l10n.t(
        "No sentence that the model tried was good enough. Write a few words more and generate again, or click Another.",
      ),
    };
  }
  if (text === "") return { words: vscode.l10n.t("Nothing was written") };
  if (end === "repetition") {
    return {
      words: vscode.l10n.t("Cut short"),
      detail: vscode.l10n.t("It began to repeat itself"),
    };
  }
  return undefined;
}
