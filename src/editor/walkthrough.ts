// Shows the walkthrough once where `npm start` asks for it: VS Code itself does so only after an installation by hand.

import * as vscode from "vscode";

const STATE_KEY = "inkling.walkthroughShown";

/** Shows it unless this user has seen it. */
export function showWalkthroughOnce(
  extensionId: string,
  state: vscode.Memento,
): void {
  if (process.env["INKLING_WALKTHROUGH"] === undefined) return;
  if (state.get<boolean>(STATE_KEY, false)) return;
  void state.update(STATE_KEY, true);
  void vscode.commands.executeCommand(
    "workbench.action.openWalkthrough",
    `${extensionId}#start`,
    false,
  );
}
