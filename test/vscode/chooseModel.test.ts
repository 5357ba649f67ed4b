// Models other than the one in the extension: chosen, tried, taken, given back, and what happens when one cannot be used.
import assert from "node:assert/strict";
import * as vscode from "vscode";
import type { InklingApi } from "../../src/extension";
import { RecordedMessages } from "./messages";
import { activateInkling, closeAll, openDocument, until } from "./support";
import { withSetting } from "./support";

const text = "# Days\n\nMonday, Tuesday, Wednesday, Thursday,[|]";
const EMBEDDED = "SmolLM2-135M trained further";

suite("models", () => {
  let inkling: InklingApi;
  let messages: RecordedMessages;
  suiteSetup(async () => {
    inkling = await activateInkling();
  });
  setup(() => {
    messages = new RecordedMessages();
  });
  teardown(async () => {
    messages.stop();
    await closeAll();
  });

  /** Types the last letter anew until something is suggested. */
  async function untilSuggested(): Promise<void> {
    await until("a suggestion", async () => {
      await vscode.commands.executeCommand("deleteLeft");
      await vscode.commands.executeCommand("type", { text: "," });
      return until("it", () => inkling.lastDecision()?.kind === "show", {
        patienceMs: 5_000,
      }).catch(() => undefined);
    });
  }

  // It silenced everything, and was tried again and again.
  test("a model that is not there leaves the one in the extension and is told once", async () => {
    await openDocument(text);
    await until("the model", () => inkling.model());
    const model = "/nowhere/a-model";
    await withSetting({ key: "inkling.model", value: model }, async () => {
      await messages.untilSaid(/a-model/);
      await until("the fault", () => inkling.model()?.modelFault);
      assert.equal(inkling.model()?.name, EMBEDDED);
      await untilSuggested();
      await vscode.commands.executeCommand("inkling.restart");
      await until("the model again", () => inkling.model()?.modelFault);
      await untilSuggested();
      const said = messages.texts.filter((each) => each.includes(model));
      assert.equal(said.length, 1, said.join("\n"));
      assert.match(said[0]!, new RegExp(EMBEDDED));
      const buttons = messages.buttons.get(said[0]!);
      assert.deepEqual(buttons, ["Choose Model...", "Open Settings"]);
    });
    await until("no fault", () => {
      const loaded = inkling.model();
      return loaded && loaded.modelFault === undefined;
    });
  });
});
