// The page's HTML and its policy.
import assert from "node:assert/strict";
import { panelHtml } from "../../../src/panel/panelHtml";

const parts = {
  scriptUri: "https://file.example/dist/webview.js",
  styleUri: "https://file.example/dist/webview.css",
  cspSource: "https://file.example",
  language: "en",
  title: "Fine-tune",
};

function policyOf(html: string): string {
  return /Security-Policy" content="([^"]*)"/.exec(html)?.[1] ?? "";
}

suite("panelHtml", () => {
  test("panelHtml() allows the script with its nonce, our style, and nothing else", () => {
    const html = panelHtml(parts);
    const nonce = /script nonce="([^"]+)"/.exec(html)?.[1];
    assert.ok(nonce && nonce.length >= 22, "128 bits");
    assert.deepEqual(policyOf(html).split("; "), [
      "default-src 'none'",
      `script-src 'nonce-${nonce}'`,
      "style-src https://file.example",
      "base-uri 'none'",
      "form-action 'none'",
    ]);
    assert.doesNotMatch(html, /unsafe-|style=|onload=/);
  });

  test("panelHtml() never gives the same nonce twice", () => {
    assert.notEqual(policyOf(panelHtml(parts)), policyOf(panelHtml(parts)));
  });

  test("panelHtml() escapes what it is given", () => {
    const html = panelHtml({ ...parts, title: '"><script>x</script>' });
    assert.doesNotMatch(html, /<script>x/);
  });
});
