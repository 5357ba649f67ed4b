// A suggestion from the model in the package: offered, accepted, refused where it is off, and given up while typing.
import assert from "node:assert/strict";
import * as vscode from "vscode";
import {
  acceptSuggestion,
  activateInkling,
  closeAll,
  openDocument,
  showWithCursor,
  until,
  withSetting,
} from "./support";
import type { InklingApi } from "./support";

/** Every language model knows how this goes on, so that no gate keeps it back. */
const sureText = "# Days\n\nMonday, Tuesday, Wednesday, Thursday,";

suite("inline completion", () => {
  let inkling: InklingApi;
  suiteSetup(async () => {
    inkling = await activateInkling();
  });
  teardown(closeAll);

  test("a suggestion in Markdown is written by the model and accepted", async () => {
    const editor = await openDocument(`${sureText}[|]`);
    const text = await acceptSuggestion(editor);
    assert.ok(text.startsWith(sureText), text);
    assert.match(text.slice(sureText.length), /^ ?Friday/);
  });

  test("a suggestion keeps the text after the cursor's line", async () => {
    const editor = await openDocument(`${sureText}[|]\n\nThe end.\n`);
    const text = await acceptSuggestion(editor);
    assert.ok(text.startsWith(sureText), text);
    assert.ok(text.endsWith("\n\nThe end.\n"), text);
  });

  test("a suggestion comes in an untitled document too", async () => {
    const document = await vscode.workspace.openTextDocument({
      language: "plaintext",
      content: sureText,
    });
    const editor = await showWithCursor(document, sureText.length);
    const text = await acceptSuggestion(editor);
    assert.match(text.slice(sureText.length), /^ ?Friday/);
  });

  test("nothing is offered in a language that is off", async () => {
    await withSetting(
      { key: "inkling.enable", value: { "*": false, markdown: false } },
      async () => {
        const editor = await openDocument(`${sureText}[|]`);
        await triggerAndCommit();
        assert.equal(editor.document.getText(), sureText);
      },
    );
  });

  test("typing on cancels what runs and leaves the next suggestion whole", async () => {
    const editor = await openDocument("# Days\n\n[|]");
    for (const letter of "Monday, Tuesday, Wednesday, Thursday,") {
      await vscode.commands.executeCommand("type", { text: letter });
      void vscode.commands.executeCommand(
        "editor.action.inlineSuggest.trigger",
      );
    }
    assert.equal(editor.document.getText(), sureText);
    const text = await acceptSuggestion(editor);
    assert.ok(text.length > sureText.length);
    assert.equal(
      (await until("a decision", () => inkling.lastDecision())).kind,
      "show",
    );
  });
});

/** Accepts whatever is offered within a few asks; nothing happens when nothing is. */
async function triggerAndCommit(): Promise<void> {
  for (let attempt = 0; attempt < 5; attempt++) {
    await vscode.commands.executeCommand("editor.action.inlineSuggest.trigger");
    await vscode.commands.executeCommand("editor.action.inlineSuggest.commit");
  }
}
