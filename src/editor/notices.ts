// Of trouble Inkling notifies a person in three cases alone: when it stays off after a crash, when its model fails
// repeatedly, and, once, when the model of the settings cannot be used, in place of which the one in the extension runs.
// A single failure mends itself within a second and is left to the status item and the log.

import * as vscode from "vscode";
import type { WorkerClient, WorkerState } from "../client/workerClient";
import { assertNever } from "../common/assertNever";
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
    if (isWorthTelling(state)) {
      void tell(stateSentence(state), [
        "try-again",
        ...(isOwnModel ? (["choose-model"] as const) : []),
        "show-log",
      ]);
    }
    if (state.kind !== "ready") return;
    const fault = modelFaultSentence(state.model);
    if (fault === undefined || toldFaults.has(fault)) return;
    toldFaults.add(fault);
    void tell(fault, ["choose-model", "open-settings"]);
  });
}

function isWorthTelling(state: WorkerState): boolean {
  if (state.kind === "blocked") return true;
  return state.kind === "failed" && state.failures === TOLD_AT_FAILURE;
}

/** What a person can do about it. */
type WayOut = "try-again" | "choose-model" | "open-settings" | "show-log";

async function tell(
  sentence: string,
  waysOut: readonly WayOut[],
): Promise<void> {
  const items = waysOut.map((wayOut) => ({ title: label(wayOut), wayOut }));
  const chosen = await vscode.window.showWarningMessage(
    inklingSays(sentence),
    ...items,
  );
  if (chosen) await take(chosen.wayOut);
}

function label(wayOut: WayOut): string {
  switch (wayOut) {
    case "try-again":
      return vscode.l10n.t("Try Again");
    case "choose-model":
      return vscode.l10n.t("Choose Model...");
    case "open-settings":
      return vscode.l10n.t("Open Settings");
    case "show-log":
      return vscode.l10n.t("Show Log");
    default:
      return assertNever(wayOut);
  }
}

function take(wayOut: WayOut): Thenable<unknown> {
  switch (wayOut) {
    case "try-again":
      return vscode.commands.executeCommand("inkling.restart");
    case "choose-model":
      return vscode.commands.executeCommand("inkling.chooseModel");
    case "open-settings":
      return vscode.commands.executeCommand(
        "workbench.action.openSettings",
        "@id:inkling.model",
      );
    case "show-log":
      return vscode.commands.executeCommand("inkling.showLog");
    default:
      return assertNever(wayOut);
  }
}
