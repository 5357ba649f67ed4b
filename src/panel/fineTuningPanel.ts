// Fine-tuning in a window of VS Code: the panel's pages, its commands and status item, and what happens in the window
// that concerns a run. Without a folder, trust or a disk there is a panel too, which says what is missing.

import path from "node:path";
import * as vscode from "vscode";
import { waitsForUser } from "../common/runState";
import type { PanelAction } from "../protocol/panel";
import type { TrainingRequest } from "../protocol/training";
import type { AdapterSwitch } from "./adapterList";
import { dialogs } from "./dialogs";
import { uniquePrefixes } from "./documentList";
import { FineTuning, type FineTuningOptions } from "./fineTuning";
import { firstState, PanelModel } from "./panelModel";
import { PanelPages } from "./panelPages";
import { PanelStore } from "./panelStore";
import { Preview } from "./preview";
import type { FineTuningState, Obstacle } from "../words/panelCodes";
import { adapterName } from "../words/panelSentences";
import type { Trainer } from "./trainer";
import { TrainingStatusItem } from "./trainingStatusItem";

/** What the panel needs of the rest of the extension. */
export interface FineTuningPanelOptions {
  context: vscode.ExtensionContext;
  trainer: Trainer;
  adapterSwitch: AdapterSwitch;
  place(): Pick<TrainingRequest, "modelFolder" | "cacheFolder" | "generalFile">;
  alwaysExcluded(): readonly string[];
  /** The git that is asked what it ignores. */
  gitProgram(): string | undefined;
  log: vscode.LogOutputChannel;
}

/** The panel of a window. */
export class FineTuningPanel implements vscode.Disposable {
  private readonly model: PanelModel;
  private readonly preview = new Preview();
  private readonly status = new TrainingStatusItem();
  private readonly disposables: vscode.Disposable[];
  private tuning: FineTuning | undefined;
  /** The context key as it was last set. */
  private shownTraining: string | undefined;

  constructor(private readonly options: FineTuningPanelOptions) {
    const { store } = placesOf(options.context);
    this.model = new PanelModel(
      firstState({
        workspace: workspaceName(),
        saved: store?.saved ?? {},
      }),
    );
    const pages = new PanelPages({
      extensionUri: options.context.extensionUri,
      model: this.model,
      onOpen: () => void this.tuning?.syncWithDisk(),
      act: (action) => this.act(action),
      log: (message) => options.log.warn(message),
    });
    this.disposables = [
      pages,
      this.preview,
      this.status,
      this.model.onDidChange(() => this.stateChanged()),
      ...this.registerCommands(pages),
      vscode.workspace.onDidChangeTextDocument((change) => {
        if (isTyping(change)) this.tuning?.run.typed();
      }),
      vscode.workspace.onDidGrantWorkspaceTrust(() => this.begin()),
      vscode.workspace.onDidChangeWorkspaceFolders(() => {
        this.begin();
        this.model.change({ workspace: workspaceName() });
        void this.tuning?.foldersChanged();
      }),
    ];
    this.stateChanged();
    this.begin();
  }

  get state(): Readonly<FineTuningState> {
    return this.model.state;
  }

  /** Does what a person asks for in the page. */
  async act(action: PanelAction): Promise<void> {
    if (action.kind === "manageTrust") {
      await vscode.commands.executeCommand("workbench.trust.manage");
    } else if (action.kind === "openFolder") {
      await vscode.commands.executeCommand("vscode.openFolder");
    } else if (action.kind === "showLog") {
      this.options.log.show();
    } else {
      await this.tuning?.act(action);
    }
  }

  /** The adapter that completion uses has changed. */
  adapterSwitched(): void {
    this.tuning?.adapterSwitched();
  }

  dispose(): void {
    this.tuning?.dispose();
    vscode.Disposable.from(...this.disposables).dispose();
  }

  /** Starts when nothing is in the way, else says what is. */
  private begin(): void {
    if (this.tuning) return;
    const { obstacle, store, storage } = placesOf(this.options.context);
    if (obstacle || !store) {
      this.model.change({ phase: "blocked" });
      this.model.tell({ code: obstacle ?? "no-storage" });
      return;
    }
    this.model.change({
      ...firstState({
        workspace: workspaceName(),
        saved: store.saved,
      }),
    });
    this.tuning = new FineTuning({
      ...this.options,
      model: this.model,
      store,
      folder: foldersOfWorkspace,
      adaptersFolder: path.join(storage, "adapters"),
      dialogs,
      newName: () => adapterName(workspaceName(), new Date()),
      preview: (document) => this.preview.show(document),
      log: (message) => this.options.log.warn(message),
    });
    void this.tuning.restore();
  }

  private registerCommands(pages: PanelPages): vscode.Disposable[] {
    const handlers: Record<string, () => unknown> = {
      "inkling.fineTune": () => pages.showView(),
      "inkling.fineTuneInTab": () => pages.showTab(),
      "inkling.pauseTraining": () => this.act({ kind: "pause" }),
      "inkling.resumeTraining": () => this.act({ kind: "resume" }),
    };
    return Object.entries(handlers).map(([command, handler]) =>
      vscode.commands.registerCommand(command, handler),
    );
  }

  private stateChanged(): void {
    const { state } = this.model;
    this.status.update(state);
    const isPaused = state.run && waitsForUser(state.run.state);
    const training = !state.run ? "none" : isPaused ? "paused" : "running";
    if (training === this.shownTraining) return;
    this.shownTraining = training;
    void vscode.commands.executeCommand(
      "setContext",
      "inkling.training",
      training,
    );
  }
}

interface Places {
  obstacle: Obstacle | undefined;
  storage: string;
  store: PanelStore | undefined;
}

/** Where things lie in this window, and what is in the way. */
function placesOf({ storageUri }: vscode.ExtensionContext): Places {
  const storage = storageUri?.fsPath;
  const store =
    storage === undefined
      ? undefined
      : new PanelStore(path.join(storage, "fine-tuning"));
  const obstacle = obstacleIn(storage);
  return {
    obstacle,
    storage: storage ?? "",
    store: obstacle ? undefined : store,
  };
}

function obstacleIn(storage: string | undefined): Obstacle | undefined {
  if (!vscode.workspace.workspaceFolders?.length) return "no-folder";
  if (foldersOnDisk().length === 0) return "virtual";
  if (!vscode.workspace.isTrusted) return "untrusted";
  return storage === undefined ? "no-storage" : undefined;
}

function foldersOnDisk(): vscode.WorkspaceFolder[] {
  const folders = vscode.workspace.workspaceFolders ?? [];
  return folders.filter(({ uri }) => uri.scheme === "file");
}

/** The one folder, or all of them with their names before those of their documents. */
function foldersOfWorkspace(): ReturnType<FineTuningOptions["folder"]> {
  const folders = foldersOnDisk();
  const [only] = folders;
  if (only && folders.length === 1) return only.uri.fsPath;
  const prefixes = uniquePrefixes(folders.map(({ name }) => name));
  return folders.map(({ uri }, index) => ({
    folder: uri.fsPath,
    prefix: prefixes[index] ?? "",
  }));
}

/** Of several folders the workspace's own name. */
function workspaceName(): string {
  const folders = vscode.workspace.workspaceFolders ?? [];
  return folders.length > 1
    ? (vscode.workspace.name ?? "")
    : (folders[0]?.name ?? "");
}

/** A change of the text in front, and not of a log that fills by itself. */
function isTyping(change: vscode.TextDocumentChangeEvent): boolean {
  if (change.contentChanges.length === 0) return false;
  const front = vscode.window.activeTextEditor?.document;
  return (
    change.document === front &&
    !["output", "inkling-document"].includes(change.document.uri.scheme)
  );
}
