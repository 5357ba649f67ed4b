// Keeps the end of a growing text in view in the editors that show its document.

import * as vscode from "vscode";
import { Following, type View } from "./following";

/** Follows one text in one document. */
export class ViewFollower implements vscode.Disposable {
  private readonly byEditor = new WeakMap<vscode.TextEditor, Following>();
  private readonly subscription: vscode.Disposable;

  constructor(
    private readonly document: vscode.TextDocument,
    /** Where the text ends now. */
    private readonly end: () => number,
  ) {
    this.subscription = vscode.window.onDidChangeTextEditorVisibleRanges(
      ({ textEditor }) => {
        const view = this.viewOf(textEditor);
        if (textEditor.document !== document || !view) return;
        this.following(textEditor).seen(view, this.end());
      },
    );
  }

  /** To be called when the text has grown. */
  grown(): void {
    const end = this.end();
    const position = this.document.positionAt(end);
    for (const editor of vscode.window.visibleTextEditors) {
      if (editor.document !== this.document) continue;
      const following = this.following(editor);
      if (!following.wants(this.viewOf(editor), end)) continue;
      editor.revealRange(new vscode.Range(position, position));
    }
  }

  dispose(): void {
    this.subscription.dispose();
  }

  private following(editor: vscode.TextEditor): Following {
    const known = this.byEditor.get(editor) ?? new Following();
    this.byEditor.set(editor, known);
    return known;
  }

  private viewOf({ visibleRanges }: vscode.TextEditor): View | undefined {
    const [first] = visibleRanges;
    const last = visibleRanges.at(-1);
    return (
      first &&
      last && {
        top: this.document.offsetAt(first.start),
        bottom: this.document.offsetAt(last.end),
      }
    );
  }
}
