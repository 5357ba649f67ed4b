// Which adapter this workspace writes with, if any: kept in the workspace's state, shown in the status item, chosen in
// the panel. Whether the model could take it on is told by the worker's state.

import * as vscode from "vscode";

const STATE_KEY = "inkling.activeAdapter";

/** An adapter that was chosen. */
export interface ActiveAdapterChoice {
  /** Absolute path of its folder. */
  folder: string;
  name: string;
}

/** The choice, if there is one. */
export class ActiveAdapter implements vscode.Disposable {
  private readonly emitter = new vscode.EventEmitter<void>();
  /** Fires when another adapter is chosen, none, or the same one whose files have changed. */
  readonly onDidChange = this.emitter.event;

  constructor(private readonly state: vscode.Memento) {}

  /** Undefined while the base is used alone. */
  get(): ActiveAdapterChoice | undefined {
    const choice = this.state.get<Partial<ActiveAdapterChoice>>(STATE_KEY);
    return typeof choice?.folder === "string" && typeof choice.name === "string"
      ? { folder: choice.folder, name: choice.name }
      : undefined;
  }

  /** Chooses an adapter, or none. */
  async set(choice: ActiveAdapterChoice | undefined): Promise<void> {
    await this.state.update(STATE_KEY, choice);
    this.emitter.fire();
  }

  dispose(): void {
    this.emitter.dispose();
  }
}
