// A read-only Markdown document that Inkling writes, shown by VS Code's own preview where there is one.

import path from "node:path";
import * as vscode from "vscode";
import { documentName } from "../words/editorWords";

/** One page; its text is asked for when it is shown. */
export class MarkdownPage
  implements vscode.TextDocumentContentProvider, vscode.Disposable
{
  private readonly emitter = new vscode.EventEmitter<vscode.Uri>();
  readonly onDidChange = this.emitter.event;
  private readonly uri: vscode.Uri;
  private readonly registration: vscode.Disposable;

  constructor(
    private readonly options: {
      scheme: string;
      /** The name that stands on the tab. */
      title: string;
      parts(): string[] | Promise<string[]>;
    },
  ) {
    const { scheme, title } = options;
    this.uri = vscode.Uri.from({ scheme, path: `${title}.md` });
    this.registration = vscode.workspace.registerTextDocumentContentProvider(
      scheme,
      this,
    );
  }

  async provideTextDocumentContent(): Promise<string> {
    const parts = await this.options.parts();
    return `${parts.join("\n\n")}\n`;
  }

  /** Shows what is known now. */
  async show(): Promise<void> {
    this.emitter.fire(this.uri);
    await vscode.workspace.openTextDocument(this.uri);
    const commands = await vscode.commands.getCommands(true);
    if (commands.includes("markdown.showPreview")) {
      await vscode.commands.executeCommand("markdown.showPreview", this.uri);
    } else {
      await vscode.window.showTextDocument(this.uri);
    }
  }

  dispose(): void {
    this.registration.dispose();
    this.emitter.dispose();
  }
}

/** A text that says in Markdown what it says. */
export function escapeMarkdown(text: string): string {
  return text.replace(/[\\`*_{}[\]()#+\-!|<>&]/g, "\\$&");
}

/**
 * The name of a document, linked where VS Code's preview follows a link: it refuses addresses with `file:`, and takes a
 * path from the root for one in the first folder of the workspace. `name` is a path, or the address of what is no file.
 */
export function documentLink(name: string): string {
  const title = escapeMarkdown(documentName(name));
  const [folder] = vscode.workspace.workspaceFolders ?? [];
  if (!folder || !path.isAbsolute(name)) return title;
  const relative = path.relative(folder.uri.fsPath, name);
  if (relative.startsWith("..") || path.isAbsolute(relative)) return title;
  const segments = relative.split(path.sep).map(encodeSegment);
  return `[${title}](/${segments.join("/")})`;
}

/** Parentheses would end the link, and `encodeURIComponent` leaves them. */
function encodeSegment(segment: string): string {
  return encodeURIComponent(segment)
    .replaceAll("(", "%28")
    .replaceAll(")", "%29");
}
