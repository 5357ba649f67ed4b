// Fine-tuning inside the extension host, without its page: what is learned from, settings, previews, commands.
import assert from "node:assert/strict";
import * as vscode from "vscode";
import type { InklingApi } from "../../src/extension";
import { panelInWords } from "../../src/words/panelSentences";
import { activateInkling, closeAll, until } from "./support";

const prose = "The harbour of the small town lies between two rocks. ";

suite("fine-tuning in the extension host", () => {
  let panel: InklingApi["panel"];
  let folder: vscode.Uri;

  suiteSetup(async () => {
    ({ panel } = await activateInkling());
    const workspace = vscode.workspace.workspaceFolders?.[0]?.uri;
    assert.ok(workspace, "a folder is open");
    folder = vscode.Uri.joinPath(workspace, "panel-documents");
    await write("learned.md", prose.repeat(8));
    await write("code.ts", `// ${prose.repeat(6)}\nconst harbour = 1;\n`);
    await write(
      "token.md",
      `-----BEGIN RSA PRIVATE KEY-----\n${prose.repeat(8)}`,
    );
  });
  suiteTeardown(async () => {
    await vscode.workspace.fs.delete(folder, { recursive: true });
    await panel.act({ kind: "defaultSettings" });
  });
  teardown(closeAll);

  async function write(name: string, text: string): Promise<void> {
    const uri = vscode.Uri.joinPath(folder, name);
    await vscode.workspace.fs.writeFile(uri, Buffer.from(text));
  }

  function documentCalled(name: string) {
    return panel.state.documents.documents.find(
      (document) => document.name === `panel-documents/${name}`,
    );
  }

  test("documents are found, secrets cannot be taken in unasked, source code only when it is asked for", async () => {
    await panel.act({ kind: "collect" });
    assert.notEqual(documentCalled("learned.md")?.role, "out");
    const secret = documentCalled("token.md");
    assert.deepEqual([secret?.role, secret?.isChoosable], ["out", false]);
    assert.equal(secret?.canTrainAnyway, true);
    assert.equal(documentCalled("code.ts"), undefined);

    const { include, exclude } = panel.state.documents;
    await panel.act({ kind: "filter", include, exclude, withComments: true });
    await until("the comments", () => documentCalled("code.ts"));
    await panel.act({ kind: "filter", include, exclude, withComments: false });
    await until("the comments to go", () => !documentCalled("code.ts"));
  });

  test("a document that is left out by hand can be taken in again", async () => {
    const names = ["panel-documents/learned.md"];
    await panel.act({ kind: "assign", names, role: "out" });
    const out = documentCalled("learned.md");
    assert.deepEqual([out?.role, out?.isChoosable], ["out", true]);
    await panel.act({ kind: "assign", names, role: "in" });
    assert.notEqual(documentCalled("learned.md")?.role, "out");
  });

  test("a preview shows what the model sees and cannot be edited", async () => {
    const { include, exclude } = panel.state.documents;
    await panel.act({ kind: "filter", include, exclude, withComments: true });
    await until("the comments", () => documentCalled("code.ts"));
    await panel.act({ kind: "preview", name: "panel-documents/code.ts" });
    const document = vscode.window.activeTextEditor?.document;
    assert.equal(document?.uri.scheme, "inkling-document");
    assert.match(document?.getText() ?? "", /^The harbour of the small town/);
    assert.doesNotMatch(document?.getText() ?? "", /const harbour/);
    await panel.act({ kind: "filter", include, exclude, withComments: false });
  });

  test("a wrong setting is named at its field and keeps training from starting", async () => {
    await panel.act({ kind: "setting", field: "rank", text: "many" });
    assert.equal(
      panelInWords(panel.state).settings.errors.rank,
      "Enter a number from 1 to 64.",
    );
    assert.deepEqual(panel.state.blockedReason, { code: "wrong-setting" });
    await panel.act({ kind: "start" });
    assert.equal(panel.state.phase, "choosing");
    await panel.act({ kind: "defaultSettings" });
    assert.deepEqual(panel.state.settings.errors, {});
  });

  test("too little text is said with how much is needed", async () => {
    const { include, exclude } = panel.state.documents;
    const rules = { kind: "filter", exclude, withComments: false } as const;
    // Other suites have left longer documents in the workspace.
    await panel.act({ ...rules, include: "panel-documents/*.md" });
    await until("the sentence", () =>
      panelInWords(panel.state).blockedReason?.includes("2,000"),
    );
    await panel.act({ kind: "start" });
    assert.equal(panel.state.phase, "choosing");
    await panel.act({ ...rules, include });
  });

  test("no documents at all are said with what to do", async () => {
    const { include, exclude } = panel.state.documents;
    const rules = { kind: "filter", exclude, withComments: false } as const;
    await panel.act({ ...rules, include: "*.nowhere" });
    await until("the sentence", () =>
      panelInWords(panel.state).blockedReason?.startsWith(
        "No documents to train on",
      ),
    );
    await panel.act({ ...rules, include });
    await until("the documents", () => documentCalled("learned.md"));
  });

  test("the commands show the view and the tab", async () => {
    await vscode.commands.executeCommand("inkling.fineTune");
    await vscode.commands.executeCommand("inkling.fineTuneInTab");
    await until("the tab", () =>
      vscode.window.tabGroups.all
        .flatMap(({ tabs }) => tabs)
        .some(
          ({ input }) =>
            input instanceof vscode.TabInputWebview &&
            input.viewType.includes("inkling.fineTuneTab"),
        ),
    );
  });
});
