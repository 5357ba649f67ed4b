// A suggestion from the model in the package: offered, accepted, refused where it is off, and given up while typing.
import assert from "node:assert/strict";
import * as vscode from "vscode";
import type { InklingApi } from "../../src/extension";
import {
  acceptSuggestion,
  activateInkling,
  closeAll,
  openDocument,
  showWithCursor,
  until,
  withSetting,
} from "./support";

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

  test("nothing is offered in a language that is off, and the reason is known", async () => {
    await withSetting(
      { key: "inkling.enable", value: { "*": false, markdown: false } },
      async () => {
        const editor = await openDocument(`${sureText}[|]`);
        await until("a decision to be silent", async () => {
          await vscode.commands.executeCommand(
            "editor.action.inlineSuggest.trigger",
          );
          return inkling.lastDecision()?.kind === "silent";
        });
        await vscode.commands.executeCommand(
          "editor.action.inlineSuggest.commit",
        );
        assert.equal(editor.document.getText(), sureText);
        assert.deepEqual(inkling.lastDecision(), {
          kind: "silent",
          reason: { code: "off", languageId: "markdown" },
        });
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
    assert.match(text.slice(sureText.length), /^ ?Friday/);
    assert.equal(inkling.workerState(), "ready");
  });

  test("a worker that was terminated is started again for the next suggestion", async () => {
    const editor = await openDocument(`${sureText}[|]`);
    await until("a running model", () => inkling.workerState() === "ready");
    await vscode.commands.executeCommand("inkling.test.terminateWorker");
    await until("the model's end", () => inkling.workerState() !== "ready");
    await until("its return", () => inkling.workerState() === "ready");
    const text = await acceptSuggestion(editor);
    assert.match(text.slice(sureText.length), /^ ?Friday/);
  });
});
