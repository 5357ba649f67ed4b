// Kinds of documents and of editing that other completions got wrong by public reports: each leaves the text whole, and
// is offered something or told why not.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import * as vscode from "vscode";
import type { InklingApi } from "../../src/extension";
import {
  activateInkling,
  closeAll,
  openDocument,
  showWithCursor,
  typeAndAccept,
  until,
  withSetting,
} from "./support";

const heading = "# Days\n\n";
const typed = "Monday, Tuesday, Wednesday, Thursday,";
const friday = /^ ?Friday/;

suite("what was reported of others", () => {
  let inkling: InklingApi;
  suiteSetup(async () => {
    inkling = await activateInkling();
  });
  teardown(closeAll);

  /** Why nothing was offered, once somebody has asked by hand. */
  async function whySilent(): Promise<unknown> {
    const before = inkling.lastDecision();
    const decision = await until("a decision", async () => {
      await vscode.commands.executeCommand("inkling.trigger");
      const last = inkling.lastDecision();
      return last === before ? undefined : last;
    });
    return decision.kind === "silent" ? decision.reason : decision;
  }

  function folder(): vscode.Uri {
    return vscode.workspace.workspaceFolders![0]!.uri;
  }

  test("CRLF: what is accepted adds no other line endings", async () => {
    const editor = await openDocument(`# Days\r\n\r\n[|]\r\n\r\nThe end.\r\n`);
    const text = await typeAndAccept(editor, typed);
    assert.match(text.slice(`# Days\r\n\r\n${typed}`.length), friday);
    assert.doesNotMatch(text, /(?<!\r)\n/);
    assert.ok(text.endsWith("\r\n\r\nThe end.\r\n"), text);
  });

  test("undo takes an accepted suggestion back whole, and redo counts nothing", async () => {
    const editor = await openDocument(`${heading}[|]`);
    const accepted = await typeAndAccept(editor, typed);
    await vscode.commands.executeCommand("undo");
    assert.equal(editor.document.getText(), heading + typed);
    const { acceptedWhole, acceptedInPart } = inkling.counts();
    await vscode.commands.executeCommand("redo");
    assert.equal(editor.document.getText(), accepted);
    const after = inkling.counts();
    assert.equal(after.acceptedWhole, acceptedWhole);
    assert.equal(after.acceptedInPart, acceptedInPart);
  });

  test("an input method's composition stands as it was typed", async () => {
    const editor = await openDocument(`${heading}Monday, [|]`);
    const compose = (text: string, replacePrevCharCnt: number) =>
      vscode.commands.executeCommand("compositionType", {
        ...{ text, replacePrevCharCnt },
        ...{ replaceNextCharCnt: 0, positionDelta: 0 },
      });
    await vscode.commands.executeCommand("compositionStart");
    await compose("に", 0);
    await compose("にほ", 1);
    await compose("日本", 2);
    await vscode.commands.executeCommand("compositionEnd");
    assert.equal(editor.document.getText(), `${heading}Monday, 日本`);
  });

  test("a line that VS Code draws no further is told of", async () => {
    await openDocument(`${heading}${"word ".repeat(2_001)}${typed}[|]`);
    assert.deepEqual(await whySilent(), { code: "long-line" });
  });

  test("a document of five megabytes is continued at its end", async () => {
    const paragraph = `${"All is quiet by the river. ".repeat(20)}\n\n`;
    const long = paragraph.repeat(Math.ceil(5e6 / paragraph.length));
    const editor = await openDocument(`${long}${heading}[|]`);
    const text = await typeAndAccept(editor, typed);
    assert.match(text.slice((long + heading + typed).length), friday);
  });

  test("the right side of a diff editor is written in", async () => {
    const { document } = await openDocument(`${heading}[|]`);
    const other = await openDocument(`# Weeks\n\n[|]`);
    await vscode.commands.executeCommand(
      "vscode.diff",
      other.document.uri,
      document.uri,
    );
    const editor = await until("the right side", () =>
      vscode.window.visibleTextEditors.find(
        (each) =>
          each.document === document && each === vscode.window.activeTextEditor,
      ),
    );
    const end = document.positionAt(document.getText().length);
    editor.selection = new vscode.Selection(end, end);
    const text = await typeAndAccept(editor, typed);
    assert.match(text.slice((heading + typed).length), friday);
  });

  test("a document of another program's that is only to be read stays as it is", async () => {
    const text = heading + typed;
    const provider = vscode.workspace.registerTextDocumentContentProvider(
      "inkling-test-readonly",
      { provideTextDocumentContent: () => text },
    );
    try {
      const uri = vscode.Uri.parse("inkling-test-readonly:/days.md");
      const document = await vscode.workspace.openTextDocument(uri);
      await showWithCursor(document, text.length);
      await vscode.commands.executeCommand("inkling.trigger");
      await vscode.commands.executeCommand(
        "editor.action.inlineSuggest.commit",
      );
      assert.equal(document.getText(), text);
    } finally {
      provider.dispose();
    }
  });

  test("a search editor is no text to continue", async () => {
    await vscode.commands.executeCommand("search.action.openNewEditor", {
      query: "Monday",
      triggerSearch: false,
    });
    await until(
      "the search editor",
      () =>
        vscode.window.activeTextEditor?.document.uri.scheme === "search-editor",
    );
    assert.deepEqual(await whySilent(), {
      ...{ code: "unsuitable-document", scheme: "search-editor" },
    });
  });

  test("a document whose language is changed goes on being continued", async () => {
    const editor = await openDocument(`[|]`, { extension: "txt" });
    await vscode.languages.setTextDocumentLanguage(editor.document, "markdown");
    const text = await typeAndAccept(vscode.window.activeTextEditor!, typed);
    assert.match(text.slice(typed.length), friday);
  });

  // A cell's address is below no folder, so that no pattern that begins with one kept it out.
  test("cells of a notebook are kept out by what is said of its file", async () => {
    const name = `${randomUUID()}.ipynb`;
    const uri = vscode.Uri.joinPath(folder(), "notebooks", name);
    const cell = { cell_type: "markdown", metadata: {}, source: ["Monday,"] };
    const content = {
      ...{ cells: [cell], metadata: {}, nbformat: 4, nbformat_minor: 5 },
    };
    await vscode.workspace.fs.writeFile(
      uri,
      Buffer.from(JSON.stringify(content)),
    );
    const notebook = await vscode.workspace.openNotebookDocument(uri);
    await vscode.window.showNotebookDocument(notebook);
    await vscode.commands.executeCommand("notebook.cell.edit");
    const document = notebook.cellAt(0).document;
    await until(
      "the cell",
      () => vscode.window.activeTextEditor?.document === document,
    );
    await withSetting(
      { key: "inkling.exclude", value: ["/notebooks/**"] },
      async () => {
        await until("the cell kept out", async () => {
          const reason = (await whySilent()) as { code: string };
          return reason.code === "excluded";
        });
      },
    );
  });
});
