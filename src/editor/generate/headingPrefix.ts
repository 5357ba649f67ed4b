// The marks of a heading that goes above a text: one level below the heading that the text stands under.

import * as vscode from "vscode";
import type { Place } from "./place";

const MAX_LEVEL = 6;

/** "## " and the like in Markdown; nothing in other languages. */
export function headingPrefix(
  document: vscode.TextDocument,
  { offset }: Place,
): string {
  if (document.languageId !== "markdown") return "";
  for (let line = document.positionAt(offset).line - 1; line >= 0; line--) {
    const marks = /^(#{1,6}) /.exec(document.lineAt(line).text)?.[1];
    if (marks) return `${"#".repeat(Math.min(MAX_LEVEL, marks.length + 1))} `;
  }
  return "# ";
}
