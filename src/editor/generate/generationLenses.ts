// The line above a preview: what it is doing, and what can be done with it.

import * as vscode from "vscode";
import type { ActiveGeneration, ActiveGenerations } from "./activeGenerations";

/** Lenses are drawn anew no more often than this. */
const REDRAW_MS = 250;

/** Provides the lenses of all previews. */
export class GenerationLenses
  implements vscode.CodeLensProvider, vscode.Disposable
{
  private readonly emitter = new vscode.EventEmitter<void>();
  readonly onDidChangeCodeLenses = this.emitter.event;
  private timer: NodeJS.Timeout | undefined;
  private readonly subscription: vscode.Disposable;

  constructor(private readonly generations: ActiveGenerations) {
    this.subscription = vscode.Disposable.from(
      vscode.languages.registerCodeLensProvider({ pattern: "**" }, this),
      vscode.languages.registerCodeLensProvider({ scheme: "untitled" }, this),
      generations.onDidChange(() => this.redrawSoon()),
    );
  }

  provideCodeLenses(document: vscode.TextDocument): vscode.CodeLens[] {
    return this.generations.in(document).flatMap(lensesOf);
  }

  dispose(): void {
    clearTimeout(this.timer);
    this.subscription.dispose();
    this.emitter.dispose();
  }

  private redrawSoon(): void {
    this.timer ??= setTimeout(() => {
      this.timer = undefined;
      this.emitter.fire();
    }, REDRAW_MS);
  }
}

function lensesOf(generation: ActiveGeneration): vscode.CodeLens[] {
  const { id, preview, session } = generation;
  const line = preview.range.start.line;
  const range = new vscode.Range(line, 0, line, 0);
  const lens = (title: string, command: string) =>
    new vscode.CodeLens(range, { title, command, arguments: [id] });
  const state = new vscode.CodeLens(range, {
    title: stateText(generation),
    command: "",
  });
  if (session.isWriting) {
    return [
      state,
      lens(vscode.l10n.t("$(debug-stop) Stop"), "inkling.generation.stop"),
      lens(vscode.l10n.t("Discard"), "inkling.generation.discard"),
    ];
  }
  const several =
    session.results.length > 1
      ? [
          lens("$(chevron-left)", "inkling.generation.previous"),
          lens("$(chevron-right)", "inkling.generation.next"),
        ]
      : [];
  const discard = lens(vscode.l10n.t("Discard"), "inkling.generation.discard");
  const another = lens(vscode.l10n.t("Another"), "inkling.generation.another");
  if (!session.current?.text) return [state, discard, another, ...several];
  return [
    state,
    lens(vscode.l10n.t("$(check) Accept"), "inkling.generation.accept"),
    discard,
    another,
    ...several,
    lens(vscode.l10n.t("Shorter"), "inkling.generation.shorter"),
    lens(vscode.l10n.t("Longer"), "inkling.generation.longer"),
  ];
}

/** What a generation is doing or how it ended, in a few words. */
export function stateText({ title, session }: ActiveGeneration): string {
  const { current, results, index } = session;
  if (!current) return `Inkling: ${title}`;
  if (session.isWriting) {
    return current.text === ""
      ? vscode.l10n.t("$(loading~spin) Inkling: {0}, reading", title)
      : vscode.l10n.t(
          "$(loading~spin) Inkling: {0}, {1} tokens/s",
          title,
          current.tokensPerSecond.toFixed(0),
        );
  }
  const place =
    results.length > 1
      ? vscode.l10n.t("{0}, {1} of {2}", title, index + 1, results.length)
      : title;
  if (current.end === "failed") {
    return vscode.l10n.t(
      "$(error) Inkling: {0}, failed: {1}",
      place,
      current.error ?? "",
    );
  }
  if (current.end === "stopped") {
    return vscode.l10n.t("Inkling: {0}, stopped", place);
  }
  if (current.text === "") {
    return vscode.l10n.t("Inkling: {0}, the model wrote nothing", place);
  }
  if (current.end === "repetition") {
    return vscode.l10n.t(
      "Inkling: {0}, ended where it began to repeat itself",
      place,
    );
  }
  return `Inkling: ${place}`;
}
