// How a preview in a document looks: its own text, and the text that it would replace.

import * as vscode from "vscode";

/** What one preview has in an editor. */
export interface PreviewRanges {
  added: vscode.Range | undefined;
  replaced: vscode.Range | undefined;
}

/** The two kinds of decoration; one set serves all previews of a window. */
export class PreviewDecorations implements vscode.Disposable {
  readonly added = vscode.window.createTextEditorDecorationType({
    backgroundColor: new vscode.ThemeColor("diffEditor.insertedTextBackground"),
    // High contrast themes have no such background; elsewhere this colour is not set and nothing is drawn.
    outline: "1px dashed var(--vscode-contrastActiveBorder, transparent)",
    overviewRulerColor: new vscode.ThemeColor(
      "diffEditorOverview.insertedForeground",
    ),
    overviewRulerLane: vscode.OverviewRulerLane.Left,
    rangeBehavior: vscode.DecorationRangeBehavior.ClosedClosed,
  });

  readonly replaced = vscode.window.createTextEditorDecorationType({
    backgroundColor: new vscode.ThemeColor("diffEditor.removedTextBackground"),
    textDecoration: "line-through",
    rangeBehavior: vscode.DecorationRangeBehavior.ClosedClosed,
  });

  private readonly byEditor = new Map<
    vscode.TextEditor,
    Map<object, PreviewRanges>
  >();

  /** Draws one preview's ranges in an editor, beside those of the others. */
  set(editor: vscode.TextEditor, owner: object, ranges: PreviewRanges): void {
    const all = this.byEditor.get(editor) ?? new Map<object, PreviewRanges>();
    this.byEditor.set(editor, all);
    if (ranges.added || ranges.replaced) all.set(owner, ranges);
    else all.delete(owner);
    const list = [...all.values()];
    const added = list.flatMap((each) => each.added ?? []);
    editor.setDecorations(this.added, added);
    const replaced = list.flatMap((each) => each.replaced ?? []);
    editor.setDecorations(this.replaced, replaced);
    if (all.size === 0) this.byEditor.delete(editor);
  }

  dispose(): void {
    this.added.dispose();
    this.replaced.dispose();
  }
}
