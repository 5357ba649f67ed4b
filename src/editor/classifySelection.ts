// "Classify Selection": the labels of the selection, or of the paragraph at the cursor, with how probable they are. It
// takes an adapter that has learned labels. The text goes to the model on this machine alone, and nothing is changed.

import * as vscode from "vscode";
import type { WorkerClient } from "../client/workerClient";
import type { LabelProbability } from "../protocol/training";
import { formatProbability, silenceWords } from "../words/editorWords";
import type { Exclusion } from "./exclusion";
import { findPlace } from "./generate/place";

/** What the command needs. */
export interface ClassifyOptions {
  client: Pick<WorkerClient, "classify">;
  exclusion: Pick<Exclusion, "check">;
  log: vscode.LogOutputChannel;
}

/** Shows the labels; answers them once they are found, for tests. */
export async function classifySelection({
  client,
  exclusion,
  log,
}: ClassifyOptions): Promise<LabelProbability[] | undefined> {
  const editor = vscode.window.activeTextEditor;
  const text = editor && textOf(editor);
  if (!editor || text === undefined) {
    return refuse(vscode.l10n.t("there is no text here; select some first"));
  }
  const by = await exclusion.check(editor.document);
  if (by) return refuse(silenceWords({ code: "excluded", by }));
  try {
    const labels = await vscode.window.withProgress(
      { location: vscode.ProgressLocation.Window, title: "Inkling" },
      () => client.classify(text),
    );
    if (labels) showLabels(labels);
    else offerAdapters();
    return labels;
  } catch (error) {
    log.error(error as Error);
    return refuse((error as Error).message);
  }
}

function textOf({
  document,
  selection,
}: vscode.TextEditor): string | undefined {
  const text = document.getText();
  const place = findPlace(text, {
    selection: {
      start: document.offsetAt(selection.start),
      end: document.offsetAt(selection.end),
    },
    target: "replace",
  });
  return place && text.slice(place.source.start, place.source.end);
}

/** A list that can be read and left; choosing a label copies it. */
function showLabels(labels: readonly LabelProbability[]): void {
  const items = labels.map(({ label, probability }) => ({
    label,
    description: formatProbability(probability),
  }));
  void vscode.window
    .showQuickPick(items, {
      title: vscode.l10n.t("Label of this text"),
      placeHolder: vscode.l10n.t("Choose a label to copy it"),
    })
    .then((chosen) => chosen && vscode.env.clipboard.writeText(chosen.label));
}

function offerAdapters(): void {
  const show = vscode.l10n.t("Open Fine-tuning");
  const message = vscode.l10n.t(
    "Inkling cannot classify this: no adapter that has learned labels is switched on. Train one on examples whose completions are few labels, or switch one on.",
  );
  void vscode.window.showInformationMessage(message, show).then((chosen) => {
    if (chosen) void vscode.commands.executeCommand("inkling.fineTune");
  });
}

function refuse(reason: string): undefined {
  void vscode.window.showInformationMessage(
    vscode.l10n.t("Inkling cannot classify this: {0}.", reason),
  );
}
