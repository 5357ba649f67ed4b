// The one status item: what Inkling is doing in the document in front, and why it is silent there.

import * as vscode from "vscode";
import type { WorkerClient, WorkerState } from "../client/workerClient";
import type { Decisions } from "./decisions";
import { activeDocument, type WhereOn } from "./whereOn";
import type { EditorSilence } from "../words/editorCodes";
import {
  adapterSentence,
  decisionSentence,
  modelFaultSentence,
  percent,
  silenceWords,
  stateSentence,
} from "../words/editorWords";

/** What the status item looks at. */
export interface StatusItemOptions {
  client: WorkerClient;
  whereOn: WhereOn;
  decisions: Decisions;
}

/** Keeps the item up to date; its click opens the menu. */
export class StatusItem implements vscode.Disposable {
  private readonly item = vscode.window.createStatusBarItem(
    "inkling.status",
    vscode.StatusBarAlignment.Right,
    100,
  );

  constructor(private readonly options: StatusItemOptions) {
    this.item.name = "Inkling";
    this.item.command = "inkling.showMenu";
    this.update();
    this.item.show();
  }

  /** To be called when anything that the item shows may have changed. */
  update(): void {
    const { client, whereOn, decisions } = this.options;
    const document = activeDocument();
    const whyOff = document && whereOn.whyOff(document);
    const face = presentationOf(client.state, whyOff);
    const lines = [face.sentence];
    const { state } = client;
    if (state.kind === "ready") {
      const faults = [modelFaultSentence, adapterSentence];
      lines.push(...faults.flatMap((sentence) => sentence(state.model) ?? []));
    }
    if (!whyOff && decisions.last) lines.push(decisionSentence(decisions.last));
    this.item.text = face.text;
    this.item.tooltip = lines.join("\n");
    this.item.accessibilityInformation = {
      label: `Inkling: ${lines.join(". ")}`,
      role: "button",
    };
  }

  dispose(): void {
    this.item.dispose();
  }
}

/** What went wrong comes first, then why it is silent here, then how far the model is. */
function presentationOf(
  state: WorkerState,
  whyOff: EditorSilence | undefined,
): { text: string; sentence: string } {
  const sentence = stateSentence(state);
  if (state.kind === "failed" || state.kind === "blocked") {
    return { text: "$(warning) Inkling", sentence };
  }
  if (whyOff) {
    const icon = whyOff.code === "snoozed" ? "bell-slash" : "circle-slash";
    const words = vscode.l10n.t(
      "No suggestions here: {0}",
      silenceWords(whyOff),
    );
    return { text: `$(${icon}) Inkling`, sentence: words };
  }
  if (state.kind === "loading") {
    const share = percent(state.fraction);
    return { text: `$(loading~spin) Inkling ${share}%`, sentence };
  }
  const hasFault =
    state.kind === "ready" &&
    (state.model.adapterFault ?? state.model.modelFault) !== undefined;
  return { text: `$(${hasFault ? "warning" : "edit"}) Inkling`, sentence };
}
