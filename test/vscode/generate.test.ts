// "Generate from Selection" inside the extension host: what happens to documents, with the model in the extension.
import assert from "node:assert/strict";
import * as vscode from "vscode";
import { activateInkling, closeAll, openDocument } from "./support";
import { until, withSetting } from "./support";

const text =
  "# The river\n\nThe river rises in the hills above the town. From there it flows[|]\n\nThe end.\n";
const plain = text.replace("[|]", "");

/** Starts a task and answers once its text is written. */
async function generate(
  task: string,
  more: Record<string, unknown> = {},
): Promise<void> {
  await vscode.commands.executeCommand("inkling.generate", { task, ...more });
}

async function act(name: string): Promise<void> {
  await vscode.commands.executeCommand(`inkling.generation.${name}`);
}

suite("Generate from Selection", () => {
  suiteSetup(async () => {
    await activateInkling();
  });
  teardown(async () => {
    await act("discard");
    await closeAll();
  });

  test("a continuation is written at the cursor, accepted, and one undo takes it away", async () => {
    const { document } = await openDocument(text);
    await generate("continue");
    const written = document.getText();
    assert.ok(written.length > plain.length, "something was written");
    assert.ok(written.endsWith("\n\nThe end.\n"), written);
    await act("accept");
    assert.equal(document.getText(), written);
    await vscode.commands.executeCommand("undo");
    assert.equal(document.getText(), plain);
  });

  test("discard takes away what was written and nothing that was typed elsewhere meanwhile", async () => {
    const { document } = await openDocument(text);
    const isWritten = generate("continue");
    await until("some text", () => document.getText().length > plain.length);
    await edit(document, (edit) =>
      edit.insert(document.uri, new vscode.Position(0, 0), "<!-- above -->\n"),
    );
    await isWritten;
    const end = document.positionAt(document.getText().length);
    await edit(document, (edit) => edit.insert(document.uri, end, "Below.\n"));
    await act("discard");
    assert.equal(document.getText(), `<!-- above -->\n${plain}Below.\n`);
  });

  test("stop keeps what is there, and another result stands beside the first", async () => {
    const { document } = await openDocument(text);
    const isWritten = generate("continue");
    await until("some text", () => document.getText().length > plain.length);
    await act("stop");
    await isWritten;
    const first = document.getText();
    assert.ok(first.length > plain.length);
    await act("another");
    const second = document.getText();
    await act("previous");
    assert.equal(document.getText(), first);
    await act("next");
    assert.equal(document.getText(), second);
  });

  test("longer writes on and shorter takes a sentence away", async () => {
    const { document } = await openDocument(text);
    await generate("continue");
    const written = document.getText();
    let longer = written;
    // What is drawn may repeat the text at once, and then nothing is added: asked again, it is drawn anew.
    for (let attempt = 0; attempt < 5 && longer === written; attempt++) {
      await act("longer");
      longer = document.getText();
    }
    assert.ok(longer.length > written.length, longer);
    await act("shorter");
    const shorter = document.getText();
    assert.ok(shorter.length < longer.length, shorter);
    assert.ok(shorter.endsWith("\n\nThe end.\n"), shorter);
  });

  test("a result that replaces the text leaves it until it is accepted, and one undo brings it back", async () => {
    const { document } = await openDocument(text);
    await generate("simplify");
    assert.ok(document.getText().includes("above the town."));
    await act("accept");
    const accepted = document.getText();
    assert.notEqual(accepted, plain);
    assert.ok(accepted.startsWith("# The river\n\n"), accepted);
    assert.ok(accepted.endsWith("\n\nThe end.\n"), accepted);
    await vscode.commands.executeCommand("undo");
    assert.equal(document.getText(), plain);
  });

  test("two cursors get a result each", async () => {
    const editor = await openDocument(
      "One day a fox[|]\n\nLater that night a bear\n",
    );
    const { document } = editor;
    const second = document.lineAt(2).range.end;
    editor.selections = [
      editor.selection,
      new vscode.Selection(second, second),
    ];
    await generate("continue");
    const [first = "", , ...rest] = document.getText().split("\n");
    assert.ok(first.length > "One day a fox".length, document.getText());
    assert.ok(
      rest.join("\n").length > "Later that night a bear\n".length,
      document.getText(),
    );
    await act("discard");
    assert.equal(
      document.getText(),
      "One day a fox\n\nLater that night a bear\n",
    );
  });

  test("where files are saved by themselves, nothing stands in the document before it is accepted", async () => {
    await withSetting(
      { key: "files.autoSave", value: "afterDelay" },
      async () => {
        const { document } = await openDocument(text);
        await generate("continue");
        assert.equal(document.getText(), plain);
        await act("accept");
        assert.ok(document.getText().length > plain.length);
        assert.ok(document.getText().endsWith("\n\nThe end.\n"));
      },
    );
  });

  test("a document that is closed ends its generation", async () => {
    const { document } = await openDocument(text);
    const isWritten = generate("continue");
    await until("some text", () => document.getText().length > plain.length);
    await closeAll();
    await isWritten;
  });

  test("a prompt of the user's goes where it says", async () => {
    const prompts = [
      {
        name: "Shout",
        prompt: "Repeat this in capital letters: ${selection}",
        target: "clipboard",
      },
    ];
    await withSetting({ key: "inkling.prompts", value: prompts }, async () => {
      const { document } = await openDocument(text);
      await vscode.env.clipboard.writeText("before");
      await generate("own:Shout");
      await act("accept");
      assert.equal(document.getText(), plain);
      assert.notEqual(await vscode.env.clipboard.readText(), "before");
    });
  });
});

async function edit(
  document: vscode.TextDocument,
  change: (edit: vscode.WorkspaceEdit) => void,
): Promise<void> {
  const edit = new vscode.WorkspaceEdit();
  change(edit);
  await until(`an edit of ${document.uri.toString()}`, () =>
    vscode.workspace.applyEdit(edit),
  );
}
