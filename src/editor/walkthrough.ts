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
  void open(`${extensionId}#start`);
}

/** With the side bar closed: beside it VS Code leaves the pictures out on a screen of 1280 pixels. */
async function open(walkthrough: string): Promise<void> {
  await vscode.commands.executeCommand("workbench.action.closeSidebar");
  await vscode.commands.executeCommand(
    "workbench.action.openWalkthrough",
    walkthrough,
    false,
  );
}
