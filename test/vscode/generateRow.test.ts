// The row of actions above a generated text, as VS Code hands it out: once in every kind of document, and true while
// another text is being written.
import assert from "node:assert/strict";
import * as vscode from "vscode";
import { activateInkling, closeAll, openDocument } from "./support";
import { showWithCursor, until, withSetting } from "./support";

const text = "The river rises in the hills above the town. From there it flows";

/** The titles of the row in the document in front, or of a preview beside it. */
async function row(uri: vscode.Uri): Promise<string[]> {
  const lenses = await vscode.commands.executeCommand<vscode.CodeLens[]>(
    "vscode.executeCodeLensProvider",
    uri,
  );
  return lenses.map(({ command }) => command?.title ?? "");
}

async function untitled(language: string): Promise<vscode.Uri> {
  const document = await vscode.workspace.openTextDocument({
    language,
    content: text,
  });
  await showWithCursor(document, text.length);
  return document.uri;
}

async function file(extension: string): Promise<vscode.Uri> {
  const editor = await openDocument(`${text}[|]`, { extension });
  return editor.document.uri;
}

/** A continuation that is as long as it may be says so at the row's end. */
async function rowOfWritten(uri: vscode.Uri): Promise<string[]> {
  return (await row(uri)).filter((title) => title !== "Cut short");
}

const written = ["$(check) Accept", "Discard", "Another", "More…"];

suite("the row of actions above a generated text", () => {
  suiteSetup(async () => {
    await activateInkling();
  });
  teardown(async () => {
    await vscode.commands.executeCommand("inkling.generation.discard");
    await closeAll();
  });

  const kinds: [string, () => Promise<vscode.Uri>][] = [
    ["an untitled Markdown document", () => untitled("markdown")],
    ["an untitled plain text", () => untitled("plaintext")],
    ["an untitled document in a language of code", () => untitled("python")],
    ["a Markdown file", () => file("md")],
    ["a text file", () => file("txt")],
    [
      "a file of a language that VS Code does not know",
      () => file("unheardof"),
    ],
  ];
  for (const [what, open] of kinds) {
    test(`it is there once in ${what}`, async () => {
      const uri = await open();
      await vscode.commands.executeCommand("inkling.generate", {
        task: "continue",
      });
      assert.deepEqual(await rowOfWritten(uri), written);
    });
  }

  test("it is there once above a preview beside the document", async () => {
    await withSetting(
      { key: "files.autoSave", value: "afterDelay" },
      async () => {
        await file("md");
        await vscode.commands.executeCommand("inkling.generate", {
          task: "continue",
        });
        // Documents of earlier previews live on, without an editor.
        const preview = vscode.window.visibleTextEditors.find(
          ({ document }) => document.uri.scheme === "inkling-preview",
        );
        assert.ok(preview, "the preview is seen");
        const { uri } = preview.document;
        assert.deepEqual(await rowOfWritten(uri), written);
      },
    );
  });

  test("it offers to stop and not to accept while a text is written, and tells that it was stopped", async () => {
    const prompt = "Write a long story with many chapters: ${selection}";
    const prompts = [{ name: "story", prompt }];
    const long = { key: "inkling.generation.maxTokens", value: 4096 };
    await withSetting({ key: "inkling.prompts", value: prompts }, () =>
      withSetting(long, async () => {
        const uri = await file("md");
        const isWritten = vscode.commands.executeCommand("inkling.generate", {
          task: "own:story",
        });
        const document = await vscode.workspace.openTextDocument(uri);
        await until("some text", () => document.getText().length > text.length);
        assert.deepEqual(await row(uri), [
          "$(debug-stop) Stop",
          "Discard",
          "$(loading~spin) Writing",
        ]);
        await vscode.commands.executeCommand("inkling.generation.stop");
        await isWritten;
        assert.deepEqual(await row(uri), [...written, "Stopped"]);
      }),
    );
  });
});
