// Of trouble Inkling notifies a person in three cases alone: when it stays off after a crash, when its model fails
// repeatedly, and, once, when the model of the settings cannot be used. A single failure mends itself within a second and is left to the status item and the log.

import * as vscode from "vscode";
import type { WorkerClient, WorkerState } from "../client/workerClient";
import type { Settings } from "./settings";
import { inklingSays } from "../words/joining";
import { modelFaultSentence, stateSentence } from "../words/editorWords";

/** Failures in a row after which the user is told, once. */
const TOLD_AT_FAILURE = 2;

/** Tells the user of what keeps Inkling from working, with a way out. */
export function tellOfTrouble(
  client: WorkerClient,
  settings: Settings,
): vscode.Disposable {
  const toldFaults = new Set<string>();
  return client.onDidChangeState((state) => {
    const isOwnModel = settings.read().model !== "";
    if (isWorthTelling(state)) void tell(stateSentence(state), { isOwnModel });
    if (state.kind !== "ready") return;
    const fault = modelFaultSentence(state.model);
    if (fault === undefined || toldFaults.has(fault)) return;
    toldFaults.add(fault);
    void tell(fault, { isOwnModel });
  });
}

function isWorthTelling(state: WorkerState): boolean {
  if (state.kind === "blocked") return true;
  return state.kind === "failed" && state.failures === TOLD_AT_FAILURE;
}

/** Of a model that the user has set the folder may be wrong, which is mended in the settings. */
async function tell(
  sentence: string,
  { isOwnModel }: { isOwnModel: boolean },
): Promise<void> {
  const tryAgain = vscode.l10n.t("Try Again");
  const showLog = vscode.l10n.t("Show Log");
  const openSetting = vscode.l10n.t("Open Setting");
  const chosen = await vscode.window.showWarningMessage(
    inklingSays(sentence),
    ...[tryAgain, ...(isOwnModel ? [openSetting] : []), showLog],
  );
  if (chosen === tryAgain) {
    await vscode.commands.executeCommand("inkling.restart");
  } else if (chosen === openSetting) {
    await vscode.commands.executeCommand(
      "workbench.action.openSettings",
      "@id:inkling.model",
    );
  } else if (chosen === showLog) {
    await vscode.commands.executeCommand("inkling.showLog");
  }
}
