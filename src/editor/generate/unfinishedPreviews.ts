// Keeps the record of previews that stand in documents, and after a reload takes out what VS Code has brought back.

import * as vscode from "vscode";
import type { ActiveGenerations } from "./activeGenerations";
import { InlinePreview } from "./inlinePreview";
import {
  describePreview,
  findPreview,
  UnfinishedRecord,
  withText,
  type UnfinishedPreview,
  type WrittenText,
} from "./unfinished";

/** The record of a growing text is written no more often than this. */
const WRITE_MS = 200;

/** Removes what was left behind, and keeps the record of what is there now. */
export class UnfinishedPreviews implements vscode.Disposable {
  private readonly record: UnfinishedRecord;
  private leftBehind: UnfinishedPreview[];
  /** What stood in each preview since it began, as far as Inkling wrote it. */
  private readonly written = new WeakMap<
    InlinePreview,
    readonly WrittenText[]
  >();
  /** Previews in the record. */
  private numRecorded = 0;
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
      options.generations.onDidChange(() => this.changed()),
      vscode.workspace.onDidOpenTextDocument((document) => {
        void this.cleanUp(document);
      }),
    );
    for (const document of vscode.workspace.textDocuments) {
      void this.cleanUp(document);
    }
  }

  /** To be called while the generations are still there: VS Code keeps the documents as they are now. */
  dispose(): void {
    if (this.timer) this.write();
    this.subscription.dispose();
  }

  /** At once where one was accepted or discarded, since its text is no preview any more. */
  private changed(): void {
    if (this.inline().length < this.numRecorded) this.write();
    else this.timer ??= setTimeout(() => this.write(), WRITE_MS);
  }

  private inline(): InlinePreview[] {
    return this.options.generations.all.flatMap(({ preview }) =>
      preview instanceof InlinePreview ? [preview] : [],
    );
  }

  private write(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    const previews = this.inline().map((preview) => this.describe(preview));
    try {
      this.record.write(previews);
      this.numRecorded = previews.length;
    } catch (error) {
      this.options.log.warn(
        `Cannot keep the record of unfinished previews, so a reload would leave their text: ${String(error)}`,
      );
    }
  }

  private describe(preview: InlinePreview): UnfinishedPreview {
    const { document, offsets, ownText } = preview;
    const before = this.written.get(preview) ?? [];
    const written = ownText === undefined ? before : withText(before, ownText);
    this.written.set(preview, written);
    const slice = (start: number, end: number) =>
      document.getText(
        new vscode.Range(document.positionAt(start), document.positionAt(end)),
      );
    const uri = document.uri.toString();
    return describePreview(slice, { uri, ...offsets, written });
  }

  private async cleanUp(document: vscode.TextDocument): Promise<void> {
    const uri = document.uri.toString();
    const own = this.leftBehind.filter((each) => each.uri === uri);
    if (own.length === 0) return;
    this.leftBehind = this.leftBehind.filter((each) => each.uri !== uri);
    const text = document.getText();
    const edit = new vscode.WorkspaceEdit();
    let leftAt: number | undefined;
    for (const preview of own) {
      const found = findPreview(text, preview);
      if (found.kind === "there") {
        const start = document.positionAt(found.start);
        const end = document.positionAt(found.end);
        edit.delete(document.uri, new vscode.Range(start, end));
      } else if (found.kind === "unclear") {
        leftAt ??= found.start;
      }
    }
    if (edit.size > 0) {
      const isTakenOut = await vscode.workspace.applyEdit(edit);
      if (isTakenOut) tellOfRemoval(document);
      else leftAt ??= own[0]!.start;
    }
    if (leftAt !== undefined) await tellOfTextLeft(document, leftAt);
  }
}

function tellOfRemoval(document: vscode.TextDocument): void {
  void vscode.window.showInformationMessage(
    vscode.l10n.t(
      "Inkling: generated text that had not been accepted when the window closed was taken out of {0}. Undo brings it back.",
      nameOf(document),
    ),
  );
}

async function tellOfTextLeft(
  document: vscode.TextDocument,
  offset: number,
): Promise<void> {
  const show = vscode.l10n.t("Show Place");
  const chosen = await vscode.window.showWarningMessage(
    vscode.l10n.t(
      "Inkling: {0} held generated text that had not been accepted when the window closed. The text there has changed since, so nothing was taken out.",
      nameOf(document),
    ),
    show,
  );
  if (chosen !== show) return;
  const position = document.positionAt(offset);
  await vscode.window.showTextDocument(document, {
    selection: new vscode.Range(position, position),
  });
}

function nameOf(document: vscode.TextDocument): string {
  return vscode.workspace.asRelativePath(document.uri);
}
