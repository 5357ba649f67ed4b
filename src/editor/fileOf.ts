// Which file a document belongs to. The cells of a notebook are documents with addresses of their own, and what is said
// of files, by patterns, by git and by names, is said of the notebook.

import * as vscode from "vscode";

/** The notebook's address for a cell, the document's own for all else. */
export function fileOf(document: vscode.TextDocument): vscode.Uri {
  const { uri } = document;
  if (uri.scheme !== "vscode-notebook-cell") return uri;
  const notebook = vscode.workspace.notebookDocuments.find((each) =>
    each.getCells().some((cell) => cell.document === document),
  );
  return notebook?.uri ?? uri;
}
