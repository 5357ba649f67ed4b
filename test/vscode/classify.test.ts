// "Classify Selection" without an adapter that has learned labels, and with one.
import assert from "node:assert/strict";
import * as vscode from "vscode";
import type { InklingApi } from "../../src/extension";
import type { LabelProbability } from "../../src/protocol/training";
import { deleteAdapter, importRandomAdapter, switchOn } from "./randomAdapter";
import { activateInkling, closeAll, openDocument } from "./support";

suite("Classify Selection", () => {
  let inkling: InklingApi;
  suiteSetup(async () => {
    inkling = await activateInkling();
  });
  teardown(closeAll);

  /** Runs the command; answers the labels, what was listed and what was said. */
  async function classify(text: string) {
    await openDocument(text);
    const { showQuickPick, showInformationMessage } = vscode.window;
    const listed: string[] = [];
    const said: string[] = [];
    Object.assign(vscode.window, {
      showQuickPick: (items: vscode.QuickPickItem[]) => {
        listed.push(
          ...items.map((item) => `${item.label} ${item.description}`),
        );
        return Promise.resolve(undefined);
      },
      showInformationMessage: (message: string) => {
        said.push(message);
        return Promise.resolve(undefined);
      },
    });
    try {
      const labels = await vscode.commands.executeCommand<
        LabelProbability[] | undefined
      >("inkling.classify");
      return { labels, listed, said };
    } finally {
      Object.assign(vscode.window, { showQuickPick, showInformationMessage });
    }
  }

  test("says what is missing where no adapter has labels, and where there is no text", async () => {
    const without = await classify("A fine day.[|]");
    assert.equal(without.labels, undefined);
    assert.match(without.said.join(), /no adapter that has learned labels/);
    const empty = await classify("[|]");
    assert.match(empty.said.join(), /there is no text here/);
  });

  test("lists the labels of the paragraph at the cursor with their probabilities", async () => {
    const id = await importRandomAdapter(inkling, {
      completions: [" good", " bad"],
      before: "",
      after: "\n\nMood:",
    });
    try {
      await switchOn(inkling, id);
      const { labels, listed } = await classify(
        "Something else.\n\nA fine[|] day.\n",
      );
      assert.deepEqual(labels?.map(({ label }) => label).sort(), [
        "bad",
        "good",
      ]);
      const sum = labels.reduce((all, { probability }) => all + probability, 0);
      assert.ok(Math.abs(sum - 1) < 1e-6, `${sum}`);
      assert.equal(listed.length, 2);
      assert.match(listed[0]!, new RegExp(`^${labels[0]!.label} <?\\d+%$`));
    } finally {
      await deleteAdapter(inkling, id);
    }
  });
});
