// A document as the model sees it: a read-only text beside the file itself, of source code the comments alone.

import path from "node:path";
import * as vscode from "vscode";
import { readDocument } from "../documents/readDocument";
import type { DocumentReference } from "../protocol/training";
import { reasonWords } from "../words/panelSentences";

const SCHEME = "inkling-document";

/** Provides previews. The address of one says of which file it is, so that no list of them has to be kept. */
export class Preview
  implements vscode.TextDocumentContentProvider, vscode.Disposable
{
  private readonly emitter = new vscode.EventEmitter<vscode.Uri>();
  readonly onDidChange = this.emitter.event;
  private readonly registration =
    vscode.workspace.registerTextDocumentContentProvider(SCHEME, this);

  async provideTextDocumentContent(uri: vscode.Uri): Promise<string> {
    const read = await readDocument(previewedBy(uri));
    return "text" in read
      ? read.text
      : vscode.l10n.t(
          "The model does not see this file: {0}.",
          reasonWords({ code: read.reason }),
        );
  }

  /** Shows a document. */
  async show({ file, name, allowedSecret }: DocumentReference): Promise<void> {
    const { dir, name: base, ext } = path.posix.parse(name);
    const title = vscode.l10n.t("as the model sees it");
    const uri = vscode.Uri.from({
      scheme: SCHEME,
      path: `/${path.posix.join(dir, `${base} (${title})${ext}`)}`,
      query: JSON.stringify({ file, name, allowedSecret }),
    });
    this.emitter.fire(uri);
    const document = await vscode.workspace.openTextDocument(uri);
    await vscode.window.showTextDocument(document, { preview: true });
  }

  dispose(): void {
    this.registration.dispose();
    this.emitter.dispose();
  }
}

function previewedBy(uri: vscode.Uri): DocumentReference {
  const { file, name, allowedSecret } = JSON.parse(
    uri.query,
  ) as Partial<DocumentReference>;
  if (typeof file !== "string" || typeof name !== "string") {
    throw new TypeError(
      `Cannot show a preview of ${uri.toString()}: expected a file and its name in the address`,
    );
  }
  return { file, name, allowedSecret };
}
