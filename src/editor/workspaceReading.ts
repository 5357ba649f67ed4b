// Keeps the model's memory true to the workspace: says what there is to read when the model is there and after each
// change. Which files of a folder may be read is decided where they are read (documents/workspaceTexts.ts); of a
// workspace that is not trusted only the documents that are open are read.

import * as vscode from "vscode";
import type { MemoryContent, ReadWorkspaceRequest } from "../protocol/worker";
import { PROSE_ENDS } from "../documents/documentKinds";
import type { Exclusion } from "./exclusion";
import { gitProgram } from "./gitExtension";
import type { Settings } from "./settings";
import type { WhereOn } from "./whereOn";

/** What it is given. */
export interface WorkspaceReadingOptions {
  /** Undefined while no model is loaded. */
  read(request: ReadWorkspaceRequest): Promise<MemoryContent | undefined>;
  settings: Settings;
  exclusion: Exclusion;
  whereOn: WhereOn;
  log: vscode.LogOutputChannel;
}

/** Changes come in bunches: a branch that is switched, all files saved. */
const SETTLE_MS = 300;
/** The next reading waits for so many times as long as the last one took, so that a large folder is not walked all the time. */
const REST_FACTOR = 5;
const BYTES_PER_MEGABYTE = 1_000_000;

/** Reads at the model's start and after each change, one reading at a time. */
export class WorkspaceReading implements vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<void>();
  /** Fires when the memory holds something else than before. */
  readonly onDidChange = this.changed.event;
  private readonly subscription: vscode.Disposable;
  private timer: NodeJS.Timeout | undefined;
  private restsUntilMs = 0;
  private isReading = false;
  private isWanted = false;
  private content: MemoryContent | undefined;

  constructor(private readonly options: WorkspaceReadingOptions) {
    const ends = PROSE_ENDS.map((end) => end.slice(1)).join(",");
    const readSoon = () => this.readSoon();
    // Braces within braces match nothing.
    const watchers = [`**/*.{${ends}}`, "**/.gitignore"].flatMap((pattern) => {
      const watcher = vscode.workspace.createFileSystemWatcher(pattern);
      return [
        watcher,
        watcher.onDidChange(readSoon),
        watcher.onDidCreate(readSoon),
        watcher.onDidDelete(readSoon),
      ];
    });
    const openChanged = () => {
      if (!vscode.workspace.isTrusted) this.readSoon();
    };
    this.subscription = vscode.Disposable.from(
      this.changed,
      ...watchers,
      vscode.workspace.onDidSaveTextDocument(readSoon),
      vscode.workspace.onDidDeleteFiles(readSoon),
      vscode.workspace.onDidRenameFiles(readSoon),
      vscode.workspace.onDidChangeWorkspaceFolders(readSoon),
      vscode.workspace.onDidGrantWorkspaceTrust(readSoon),
      vscode.workspace.onDidOpenTextDocument(openChanged),
      vscode.workspace.onDidCloseTextDocument(openChanged),
      options.settings.onDidChange(readSoon),
      options.exclusion.onDidChange(readSoon),
    );
  }

  /** What the memory held after the last reading; undefined before the first. */
  get held(): MemoryContent | undefined {
    return this.content;
  }

  /** Reads as soon as what happens now is over; nothing is lost while a reading runs. */
  readSoon(): void {
    this.isWanted = true;
    if (this.isReading) return;
    const restMs = this.restsUntilMs - performance.now();
    clearTimeout(this.timer);
    this.timer = setTimeout(
      () => void this.read(),
      Math.max(SETTLE_MS, restMs),
    );
  }

  dispose(): void {
    clearTimeout(this.timer);
    this.subscription.dispose();
  }

  private async read(): Promise<void> {
    this.isReading = true;
    this.isWanted = false;
    const startMs = performance.now();
    try {
      const content = await this.options.read(await this.request());
      this.content = content;
      if (content?.hasChanged) {
        const { numDocuments, sizeBytes } = content;
        this.options.log.debug(
          `Memory: ${numDocuments} documents, ${(sizeBytes / BYTES_PER_MEGABYTE).toFixed(1)} MB, read in ${Math.round(performance.now() - startMs)} ms`,
        );
        this.changed.fire();
      }
    } catch (error) {
      this.content = undefined;
      this.options.log.warn(`Cannot read the workspace: ${String(error)}`);
    } finally {
      this.isReading = false;
      const endMs = performance.now();
      this.restsUntilMs = endMs + REST_FACTOR * (endMs - startMs);
      if (this.isWanted) this.readSoon();
    }
  }

  private async request(): Promise<ReadWorkspaceRequest> {
    const { settings } = this.options;
    const folders = vscode.workspace.workspaceFolders ?? [];
    const { isTrusted } = vscode.workspace;
    return {
      budgetBytes: settings.read().memory * BYTES_PER_MEGABYTE,
      folders: isTrusted
        ? folders
            .filter(({ uri }) => uri.scheme === "file")
            .map((folder) => ({
              folder: folder.uri.fsPath,
              exclude: settings.excludeIn(folder),
            }))
        : [],
      nearest: vscode.workspace.textDocuments
        .filter(({ uri }) => uri.scheme === "file")
        .map(({ uri }) => uri.fsPath),
      gitProgram: isTrusted ? gitProgram() : undefined,
      open: isTrusted ? [] : await this.openTexts(),
    };
  }

  private async openTexts(): Promise<ReadWorkspaceRequest["open"]> {
    const texts: ReadWorkspaceRequest["open"] = [];
    for (const document of vscode.workspace.textDocuments) {
      if (await this.options.whereOn.check(document)) continue;
      const { uri } = document;
      texts.push({
        name: uri.scheme === "file" ? uri.fsPath : uri.toString(),
        text: document.getText().replaceAll("\r\n", "\n"),
      });
    }
    return texts;
  }
}
