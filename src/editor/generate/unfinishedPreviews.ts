// Keeps the record of previews that stand in documents, and after a reload takes out what VS Code has brought back.

import * as vscode from "vscode";
import type { ActiveGenerations } from "./activeGenerations";
import { InlinePreview } from "./inlinePreview";
import {
  describePreview,
  findPreview,
  UnfinishedRecord,
  type UnfinishedPreview,
} from "./unfinished";

/** The record is written no more often than this. */
const WRITE_MS = 200;

/** Removes what was left behind, and keeps the record of what is there now. */
export class UnfinishedPreviews implements vscode.Disposable {
  private readonly record: UnfinishedRecord;
  private leftBehind: UnfinishedPreview[];
  private timer: NodeJS.Timeout | undefined;
  private readonly subscription: vscode.Disposable;

  constructor(
    folder: string,
    private readonly options: {
      generations: ActiveGenerations;
      log: vscode.LogOutputChannel;
    },
  ) {
    this.record = new UnfinishedRecord(folder);
    this.leftBehind = this.record.takeLeftBehind();
    this.subscription = vscode.Disposable.from(
      options.generations.onDidChange(() => this.writeSoon()),
      vscode.workspace.onDidOpenTextDocument((document) =>
        this.cleanUp(document),
      ),
    );
    for (const document of vscode.workspace.textDocuments) {
      this.cleanUp(document);
    }
  }

  dispose(): void {
    clearTimeout(this.timer);
    this.subscription.dispose();
  }

  private writeSoon(): void {
    this.timer ??= setTimeout(() => {
      this.timer = undefined;
      this.write();
    }, WRITE_MS);
  }

  private write(): void {
    const previews = this.options.generations.all.flatMap(({ preview }) => {
      if (!(preview instanceof InlinePreview)) return [];
      const { document, offsets } = preview;
      const uri = document.uri.toString();
      const slice = (start: number, end: number) =>
        document.getText(
          new vscode.Range(
            document.positionAt(start),
            document.positionAt(end),
          ),
        );
      return [describePreview(slice, { uri, ...offsets })];
    });
    try {
      this.record.write(previews);
    } catch (error) {
      this.options.log.warn(
        `Cannot keep the record of unfinished previews, so a reload would leave their text: ${String(error)}`,
      );
    }
  }

  private cleanUp(document: vscode.TextDocument): void {
    const uri = document.uri.toString();
    const own = this.leftBehind.filter((each) => each.uri === uri);
    if (own.length === 0) return;
    this.leftBehind = this.leftBehind.filter((each) => each.uri !== uri);
    const text = document.getText();
    const edit = new vscode.WorkspaceEdit();
    for (const preview of own) {
      const found = findPreview(text, preview);
      if (!found) continue;
      const { start, end } = found;
      edit.delete(
        document.uri,
        new vscode.Range(document.positionAt(start), document.positionAt(end)),
      );
    }
    if (edit.size === 0) return;
    void vscode.workspace.applyEdit(edit);
    vscode.window.setStatusBarMessage(
      vscode.l10n.t(
        "Inkling: text that was not accepted before the window was reloaded is taken out again",
      ),
      10_000,
    );
  }
}
