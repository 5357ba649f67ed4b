// Joins the parts of ghost text by what happens in the window: which event is told to whom, when the model is loaded
// and when it has to be loaded anew.

import * as vscode from "vscode";
import type { WorkerClient } from "../client/workerClient";
import type { LoadModelRequest } from "../protocol/worker";
import type { ActiveAdapter } from "./activeAdapter";
import { registerCommands, type CommandOptions } from "./commands";
import type { Decisions } from "./decisions";
import type { Exclusion } from "./exclusion";
import type { GhostText } from "./ghostText";
import { logState } from "./log";
import { tellOfTrouble } from "./notices";
import type { StatusItem } from "./statusItem";
import type { TypingCount } from "./typingCount";
import { activeDocument, type WhereOn } from "./whereOn";
import type { WorkspaceReading } from "./workspaceReading";

/** What is joined. */
interface Parts extends CommandOptions {
  client: WorkerClient;
  activeAdapter: ActiveAdapter;
  decisions: Decisions;
  exclusion: Exclusion;
  ghostText: GhostText;
  reading: WorkspaceReading;
  status: StatusItem;
  typingCount: TypingCount;
  whereOn: WhereOn;
  loadRequest(): LoadModelRequest;
}

/** Joins the parts until it is disposed. */
export function connectParts(parts: Parts): vscode.Disposable {
  const { client, settings, snooze, decisions, ghostText, status } = parts;
  // The adapter is exchanged without a new load.
  const wantedModel = () =>
    JSON.stringify({ ...parts.loadRequest(), adapterFolder: undefined });
  let loaded = wantedModel();
  const settingsChanged = () => {
    client.idleTimeChanged();
    const wanted = wantedModel();
    if (wanted !== loaded) {
      ghostText.modelChanged();
      client.reload();
    }
    loaded = wanted;
    whereOnChanged(parts);
  };
  const connection = vscode.Disposable.from(
    vscode.languages.registerInlineCompletionItemProvider("*", ghostText),
    registerCommands(parts),
    tellOfTrouble(client, settings),
    client.onDidChangeState((state) => {
      logState(parts.log, state);
      if (state.kind === "ready") {
        ghostText.modelReady();
        parts.reading.readSoon();
      }
      status.update();
    }),
    parts.reading.onDidChange(() => ghostText.memoryChanged()),
    decisions.onDidDecide(() => status.update()),
    settings.onDidChange(settingsChanged),
    parts.activeAdapter.onDidChange(
      () => void client.adapterChanged().then(() => ghostText.modelChanged()),
    ),
    snooze.onDidChange(() => whereOnChanged(parts)),
    parts.exclusion.onDidChange(() => whereOnChanged(parts)),
    vscode.window.onDidChangeActiveTextEditor(() => documentInFront(parts)),
    vscode.window.onDidChangeVisibleTextEditors((editors) =>
      ghostText.visibleEditorsChanged(editors),
    ),
    vscode.workspace.onDidChangeTextDocument((change) => {
      ghostText.documentChanged(change);
      parts.typingCount.documentChanged(change);
    }),
    vscode.workspace.onDidCloseTextDocument((document) =>
      ghostText.documentClosed(document),
    ),
  );
  documentInFront(parts);
  return connection;
}

function whereOnChanged(parts: Parts): void {
  const document = activeDocument();
  // With no document in front a changed setting is no reason to stop what waits for the model.
  const isOff = document
    ? parts.whereOn.whyOff(document) !== undefined
    : parts.snooze.until !== undefined;
  if (isOff) parts.ghostText.hide();
  documentInFront(parts);
}

/** Loads the model when the first document comes up in which Inkling is on; later pauses end with the next letter. */
function documentInFront({ client, whereOn, status }: Parts): void {
  status.update();
  const document = activeDocument();
  if (!document) return;
  void whereOn.check(document).then((whyOff) => {
    status.update();
    const { state } = client;
    if (state.kind !== "stopped" || state.reason !== "not-needed") return;
    if (!whyOff) client.start();
  });
}
