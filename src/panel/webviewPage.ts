// Puts one of our pages into a webview of VS Code: its script and its stylesheet, both in dist/, and nothing else.

import * as vscode from "vscode";
import { panelHtml } from "./panelHtml";

/** Which page it is. */
export interface WebviewPage {
  extensionUri: vscode.Uri;
  /** Of the page's script and stylesheet in dist/, without what follows the dot. */
  name: "webview" | "counters";
  title: string;
}

/** Fills the webview; what was in it is gone. */
export function fillWebview(webview: vscode.Webview, page: WebviewPage): void {
  const dist = vscode.Uri.joinPath(page.extensionUri, "dist");
  const address = (file: string) =>
    webview.asWebviewUri(vscode.Uri.joinPath(dist, file)).toString();
  webview.options = { enableScripts: true, localResourceRoots: [dist] };
  webview.html = panelHtml({
    scriptUri: address(`${page.name}.js`),
    styleUri: address(`${page.name}.css`),
    cspSource: webview.cspSource,
    language: vscode.env.language,
    title: page.title,
  });
}
