// "Generate from Selection" where it cannot do what is wished, or where the text changes under it: the document is left
// as it should be, and a message says why.
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import path from "node:path";
import * as vscode from "vscode";
import type { InklingApi } from "../../src/extension";
import { activateInkling, closeAll, openDocument } from "./support";
import { RecordedMessages } from "./messages";
import { showWithCursor, until, withSetting } from "./support";

const text =
  "# The river\n\nThe river rises in the hills above the town. From there it flows[|]\n\nThe end.\n";
const plain = text.replace("[|]", "");
const READ_ONLY_SCHEME = "inkling-test-read-only";
/** Just above what VS Code hands to extensions. */
const HUGE_BYTES = 51 * 2 ** 20;

suite("Generate from Selection where something is in the way", () => {
  let inkling: InklingApi;
  let said: RecordedMessages;
  suiteSetup(async () => {
    inkling = await activateInkling();
    said = new RecordedMessages();
  });
  suiteTeardown(() => said.stop());
  setup(() => said.clear());
  teardown(async () => {
    await act("discard");
    await closeAll();
  });

  /** A model may also write nothing, and then there is nothing to be refused: it is asked again. */
  function untilRefused(): Promise<void> {
    return said.untilSaid(/cannot be changed/, () => generate("continue"));
  }

  test("a document that VS Code holds as read-only stays as it is", async () => {
    const provider = vscode.workspace.registerTextDocumentContentProvider(
      READ_ONLY_SCHEME,
      { provideTextDocumentContent: () => plain },
    );
    try {
      const document = await vscode.workspace.openTextDocument(
        vscode.Uri.from({ scheme: READ_ONLY_SCHEME, path: "/river.md" }),
      );
      await showWithCursor(document, text.indexOf("[|]"));
      await untilRefused();
      assert.equal(document.getText(), plain);
    } finally {
      provider.dispose();
    }
  });

  test("a file that a setting makes read-only stays as it is", async () => {
    await withSetting(
      { key: "files.readonlyInclude", value: { "**/*.md": true } },
      async () => {
        const { document } = await openDocument(text);
        await untilRefused();
        assert.equal(document.getText(), plain);
      },
    );
  });

  test("an empty document has nothing to go on", async () => {
    const { document } = await openDocument("[|]");
    for (const task of ["continue", "simplify"]) {
      said.clear();
      await generate(task);
      assert.ok(said.find(/there is no text here/), said.texts.join("\n"));
    }
    assert.equal(document.getText(), "");
  });

  test("a document of 50 MB, of which VS Code tells extensions nothing, gets a message and no ghost text", async () => {
    const folder = vscode.workspace.workspaceFolders?.[0]?.uri.fsPath ?? "";
    const file = path.join(folder, "huge.md");
    const line = "A line like any other in this long document.\n";
    writeFileSync(file, line.repeat(HUGE_BYTES / line.length));
    await withSetting(
      { key: "workbench.editorLargeFileConfirmation", value: 1024 },
      async () => {
        await vscode.commands.executeCommand(
          "vscode.open",
          vscode.Uri.file(file),
        );
        await until("the tab", () => activeTabLabel() === "huge.md");
        assert.equal(vscode.window.activeTextEditor, undefined);
        const decided = inkling.lastDecision();
        await generate("continue");
        assert.ok(said.find(/50 MB/), said.texts.join("\n"));
        await vscode.commands.executeCommand("inkling.trigger");
        assert.equal(inkling.lastDecision(), decided);
        await closeAll();
      },
    );
    await vscode.workspace.fs.delete(vscode.Uri.file(file));
  });

  test("a selection that is too long is not replaced by a rewriting of its beginning", async () => {
    const long = "The river rises in the hills. ".repeat(300);
    const { document } = await openDocument(`${long}[|]`);
    await generate("simplify");
    assert.ok(said.find(/too long to be replaced/), said.texts.join("\n"));
    assert.equal(document.getText(), long);
  });

  test("a cursor that goes elsewhere while it streams leaves the result where it began", async () => {
    const editor = await openDocument(text);
    const { document } = editor;
    const isWritten = generate("continue");
    await until("some text", () => document.getText().length > plain.length);
    editor.selection = new vscode.Selection(0, 0, 0, 5);
    await isWritten;
    const written = document.getText();
    assert.ok(written.startsWith(plain.replace("\n\nThe end.\n", "")), written);
    assert.ok(written.endsWith("\n\nThe end.\n"), written);
    await act("discard");
    assert.equal(document.getText(), plain);
  });

  test("a text that is changed while its replacement streams is named, and discarding keeps the change", async () => {
    const { document } = await openDocument(text);
    const isWritten = generate("simplify");
    await until("some text", () => document.getText().length > plain.length);
    await change(document, "river rises", "brook rises");
    await said.untilSaid(/accepting replaces it as it is now/);
    await isWritten;
    await act("discard");
    assert.equal(
      document.getText(),
      plain.replace("river rises", "brook rises"),
    );
  });

  test("a text that is changed while it streams goes with its replacement's acceptance, and undo brings it back", async () => {
    const { document } = await openDocument(text);
    await generate("simplify");
    await change(document, "river rises", "brook rises");
    await said.untilSaid(/accepting replaces it as it is now/);
    await act("accept");
    const accepted = document.getText();
    assert.ok(!accepted.includes("brook rises"), accepted);
    await vscode.commands.executeCommand("undo");
    await until("the words that were changed", () =>
      document.getText().includes("brook rises"),
    );
  });
});

/** Starts a task and answers once its text is written. */
async function generate(task: string): Promise<void> {
  await vscode.commands.executeCommand("inkling.generate", { task });
}

async function act(name: string): Promise<void> {
  await vscode.commands.executeCommand(`inkling.generation.${name}`);
}

function activeTabLabel(): string | undefined {
  return vscode.window.tabGroups.activeTabGroup.activeTab?.label;
}

/** Puts other words in the place of some, as a person's typing would. */
async function change(
  document: vscode.TextDocument,
  before: string,
  after: string,
): Promise<void> {
  await until(`"${after}"`, () => {
    const start = document.getText().indexOf(before);
    const edit = new vscode.WorkspaceEdit();
    const range = new vscode.Range(
      document.positionAt(start),
      document.positionAt(start + before.length),
    );
    edit.replace(document.uri, range, after);
    return vscode.workspace.applyEdit(edit);
  });
}
