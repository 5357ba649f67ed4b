// What a preview of a result can do, wherever it is shown.

import type * as vscode from "vscode";

/** Shows the growing text of one session. */
export interface Preview {
  /** The document in which it is shown. */
  readonly document: vscode.TextDocument;
  /** Where it stands in that document now. */
  readonly range: vscode.Range;
  /** Shows another text in place of what is shown; at once or as soon as it can. */
  show(text: string): void;
  /** Done once the document holds what is shown, as far as it can be edited. */
  settled(): Promise<unknown>;
  /** Makes the shown text the document's own; false where that is refused. */
  accept(): Promise<boolean>;
  /** Takes the shown text away and leaves everything else as it is. */
  discard(): Promise<void>;
  /** Forgets the preview without touching any text, as when its document was closed. */
  dispose(): void;
}
