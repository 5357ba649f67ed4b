// A suggestion from the model in the package: offered, accepted, refused where it is off, and given up while typing.
import assert from "node:assert/strict";
import * as vscode from "vscode";
import type { InklingApi } from "../../src/extension";
import { deleteAdapter, importRandomAdapter, switchOn } from "./randomAdapter";
import {
  activateInkling,
  closeAll,
  nextWorkerAsked,
  openDocument,
  showWithCursor,
  typeAndAccept,
  until,
  withSetting,
} from "./support";

/** Every language model knows how this goes on, so that no gate keeps it back. */
const heading = "# Days\n\n";
const typed = "Monday, Tuesday, Wednesday, Thursday,";
const friday = /^ ?Friday/;

suite("inline completion", () => {
  let inkling: InklingApi;
  suiteSetup(async () => {
    inkling = await activateInkling();
  });
  teardown(closeAll);

  test("a suggestion in Markdown is written by the model and accepted", async () => {
    const editor = await openDocument(`${heading}[|]`);
    const text = await typeAndAccept(editor, typed);
    assert.ok(text.startsWith(heading + typed), text);
    assert.match(text.slice((heading + typed).length), friday);
    assert.equal(inkling.lastDecision()?.kind, "show");
  });

  test("a suggestion leaves the text below the cursor as it is", async () => {
    const below = "\n\nThe end.\n";
    const editor = await openDocument(`${heading}[|]${below}`);
    const text = await typeAndAccept(editor, typed);
    assert.ok(text.startsWith(heading + typed), text);
    assert.ok(text.endsWith(below), text);
  });

  test("a suggestion comes in an untitled document of plain text too", async () => {
    const document = await vscode.workspace.openTextDocument({
      language: "plaintext",
    });
    const editor = await showWithCursor(document, 0);
    const text = await typeAndAccept(editor, typed);
    assert.match(text.slice(typed.length), friday);
  });

  test("inkling.trigger asks where nobody has typed", async () => {
    const editor = await openDocument(`${heading}${typed}[|]`);
    await vscode.commands.executeCommand("inkling.trigger");
    const text = await typeAndAccept(editor, "");
    assert.match(text.slice((heading + typed).length), friday);
  });

  test("nothing is offered in a language that is off, and the reason is known", async () => {
    await withSetting(
      { key: "inkling.enable", value: { "*": false, markdown: false } },
      async () => {
        const editor = await openDocument(`${heading}${typed}[|]`);
        await until("a decision to be silent", async () => {
          await vscode.commands.executeCommand("inkling.trigger");
          return inkling.lastDecision()?.kind === "silent";
        });
        await vscode.commands.executeCommand(
          "editor.action.inlineSuggest.commit",
        );
        assert.equal(editor.document.getText(), heading + typed);
        assert.deepEqual(inkling.lastDecision(), {
          kind: "silent",
          reason: { code: "off", languageId: "markdown" },
        });
      },
    );
  });

  test("typing on cancels what runs and leaves the next suggestion whole", async () => {
    const editor = await openDocument(`${heading}[|]`);
    for (const letter of typed) {
      await vscode.commands.executeCommand("type", { text: letter });
      void vscode.commands.executeCommand("inkling.trigger");
    }
    assert.equal(editor.document.getText(), heading + typed);
    const text = await typeAndAccept(editor, "");
    assert.match(text.slice((heading + typed).length), friday);
    assert.equal(inkling.workerState(), "ready");
  });

  // One letter typed while the model was being loaded got no suggestion until the next one was typed.
  test("a letter typed while the model is loaded gets its suggestion without another key", async () => {
    const almost = `${heading}${typed.slice(0, -1)}`;
    const editor = await openDocument(`${almost}[|]`);
    await vscode.commands.executeCommand("inkling.restart");
    assert.equal(inkling.workerState(), "loading");
    const text = await typeAndAccept(editor, typed.slice(-1));
    assert.match(text.slice((heading + typed).length), friday);
  });

  test("a letter typed just before another load begins gets its suggestion all the same", async () => {
    const almost = `${heading}${typed.slice(0, -1)}`;
    const editor = await openDocument(`${almost}[|]`);
    await until("the model", () => inkling.workerState() === "ready");
    await vscode.commands.executeCommand("type", { text: typed.slice(-1) });
    await withSetting({ key: "inkling.threads", value: 1 }, async () => {
      await until("a load", () => inkling.workerState() === "loading");
      const text = await typeAndAccept(editor, "");
      assert.match(text.slice((heading + typed).length), friday);
    });
    await until("the model", () => inkling.workerState() === "ready");
  });

  // What was under way was stopped when the adapter was on, and nobody asked again.
  test("a letter typed while an adapter is put on gets its suggestion without another key", async () => {
    const id = await importRandomAdapter(inkling);
    try {
      const almost = `${heading}${typed.slice(0, -1)}`;
      const editor = await openDocument(`${almost}[|]`);
      await until("the model", () => inkling.workerState() === "ready");
      const exchange = nextWorkerAsked();
      const isOn = switchOn(inkling, id);
      await exchange;
      await vscode.commands.executeCommand("type", { text: typed.slice(-1) });
      const text = await typeAndAccept(editor, "");
      assert.match(text.slice((heading + typed).length), friday);
      await isOn;
    } finally {
      await inkling.panel.act({ kind: "switchOff" });
      await deleteAdapter(inkling, id);
    }
  });

  // Worker.terminate() within a run of ONNX Runtime used to abort the extension host.
  test("a worker that is ended while it writes is started again for the next suggestion", async () => {
    const editor = await openDocument(`${heading}[|]`);
    await until("a running model", () => inkling.workerState() === "ready");
    const worker = nextWorkerAsked();
    await vscode.commands.executeCommand("type", { text: "Once upon a" });
    void vscode.commands.executeCommand("inkling.trigger");
    (await worker).postMessage({ kind: "event", name: "endThread" });
    await until("the model's end", () => inkling.workerState() !== "ready");
    await until("its return", () => inkling.workerState() === "ready");
    const text = await typeAndAccept(editor, ` day.\n\n${typed}`);
    assert.match(text.split(typed)[1] ?? "", friday);
  });
});
