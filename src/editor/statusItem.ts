// The one status item: what Inkling is doing in the document in front, and why it is silent there.

import * as vscode from "vscode";
import type { WorkerClient, WorkerState } from "../client/workerClient";
import type { Decisions } from "./decisions";
import type { Settings } from "./settings";
import { activeDocument, type WhereOn } from "./whereOn";
import type { EditorSilence } from "../words/editorCodes";
import { inklingSays, percentage, sentencesInOne } from "../words/joining";
import {
  adapterSentence,
  decisionSentence,
  modeName,
  modelFaultSentence,
  silenceWords,
  stateSentence,
} from "../words/editorWords";

/** What the status item looks at. */
export interface StatusItemOptions {
  client: WorkerClient;
  settings: Settings;
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
    const { client, settings, whereOn, decisions } = this.options;
    const document = activeDocument();
    const whyOff = document && whereOn.whyOff(document);
    const face = presentationOf(client.state, whyOff);
    const lines = [face.sentence];
    if (!whyOff && decisions.last) lines.push(decisionSentence(decisions.last));
    const { state } = client;
    if (state.kind === "ready") {
      lines.push(vscode.l10n.t("Model: {0}", state.model.name));
      const faults = [modelFaultSentence, adapterSentence];
      lines.push(...faults.flatMap((sentence) => sentence(state.model) ?? []));
    }
    const mode = settings.read(document).mode;
    lines.push(vscode.l10n.t("Mode: {0}", modeName(mode)));
    this.item.text = face.text;
    this.item.tooltip = tooltip(lines);
    this.item.accessibilityInformation = {
      label: inklingSays(sentencesInOne(lines)),
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
    const share = percentage(state.fraction);
    return { text: `$(loading~spin) Inkling ${share}`, sentence };
  }
  if (state.kind !== "ready") return { text: "$(edit) Inkling", sentence };
  const { adapter, adapterFault, modelFault } = state.model;
  if ((adapterFault ?? modelFault) !== undefined) {
    return { text: "$(warning) Inkling", sentence };
  }
  return {
    text: adapter ? "$(edit) Inkling $(mortar-board)" : "$(edit) Inkling",
    sentence,
  };
}

/** What is known, then what one may want next. */
function tooltip(lines: readonly string[]): vscode.MarkdownString {
  const text = new vscode.MarkdownString();
  text.isTrusted = {
    enabledCommands: ["inkling.generate", "inkling.fineTune", "inkling.keys"],
  };
  for (const line of lines) text.appendText(line).appendMarkdown("\n\n");
  const links = [
    `[${vscode.l10n.t("Generate")}](command:inkling.generate)`,
    `[${vscode.l10n.t("Fine-tune")}](command:inkling.fineTune)`,
    `[${vscode.l10n.t("Keys")}](command:inkling.keys)`,
  ];
  return text.appendMarkdown(`---\n\n${links.join(" · ")}`);
}
