// The page's HTML: a root, our one script and our one stylesheet. Nothing else may run, load or be sent.

import { randomBytes } from "node:crypto";

/** What the page is made of; addresses are those that the webview may load. */
export interface PageParts {
  scriptUri: string;
  styleUri: string;
  /** The source of the extension's own files, as VS Code names it. */
  cspSource: string;
  /** BCP 47. */
  language: string;
  title: string;
}

/** The whole document; each call has a nonce of its own. */
export function panelHtml(parts: PageParts): string {
  const nonce = randomBytes(16).toString("base64");
  const policy = [
    "default-src 'none'",
    `script-src 'nonce-${nonce}'`,
    `style-src ${parts.cspSource}`,
    "base-uri 'none'",
    "form-action 'none'",
  ].join("; ");
  return `<!DOCTYPE html>
<html lang="${escapeAttribute(parts.language)}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${escapeAttribute(policy)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeAttribute(parts.title)}</title>
<link rel="stylesheet" href="${escapeAttribute(parts.styleUri)}">
</head>
<body>
<main id="root"></main>
<script nonce="${nonce}" src="${escapeAttribute(parts.scriptUri)}"></script>
</body>
</html>
`;
}

function escapeAttribute(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll('"', "&quot;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;");
}
