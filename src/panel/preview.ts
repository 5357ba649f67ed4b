// A document as the model sees it: a read-only text beside the file itself, of source code the comments alone.

import path from "node:path";
import * as vscode from "vscode";
import { readDocument } from "../documents/readDocument";
import { reasonWords } from "./sentences";

const SCHEME = "inkling-document";

/** Provides previews; knows only of documents that were asked for. */
export class Preview
  implements vscode.TextDocumentContentProvider, vscode.Disposable
{
  private readonly emitter = new vscode.EventEmitter<vscode.Uri>();
  readonly onDidChange = this.emitter.event;
  /** By the path of the preview. */
  private readonly documents = new Map<
    string,
    { file: string; name: string }
  >();
  private readonly registration =
    vscode.workspace.registerTextDocumentContentProvider(SCHEME, this);

  async provideTextDocumentContent(uri: vscode.Uri): Promise<string> {
    const document = this.documents.get(uri.path);
    if (!document) return "";
    const read = await readDocument(document);
    return "text" in read
      ? read.text
      : vscode.l10n.t(
          "The model does not see this file: {0}.",
          reasonWords(read.reason, { isByHand: false }),
        );
  }

  /** Shows a document. */
  async show({ file, name }: { file: string; name: string }): Promise<void> {
    const { dir, name: base, ext } = path.posix.parse(name);
    const title = vscode.l10n.t("as the model sees it");
    const uri = vscode.Uri.from({
      scheme: SCHEME,
      path: `/${path.posix.join(dir, `${base} (${title})${ext}`)}`,
    });
    this.documents.set(uri.path, { file, name });
    this.emitter.fire(uri);
    const document = await vscode.workspace.openTextDocument(uri);
    await vscode.window.showTextDocument(document, { preview: true });
  }

  dispose(): void {
    this.registration.dispose();
    this.emitter.dispose();
  }
}
