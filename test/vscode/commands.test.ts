// What the commands and settings do at once in the window in front.
import assert from "node:assert/strict";
import * as vscode from "vscode";
import type { EditorDecision } from "../../src/words/editorCodes";
import type { InklingApi } from "../../src/extension";
import { activateInkling, closeAll, openDocument } from "./support";
import { until, withSetting } from "./support";

const text = "# Days\n\nMonday, Tuesday, Wednesday, Thursday,[|]";

suite("commands and settings", () => {
  let inkling: InklingApi;
  suiteSetup(async () => {
    inkling = await activateInkling();
  });
  teardown(closeAll);

  /**
   * Types the last letter anew until the decision is the wanted one. The trigger command would not do: where nothing was
   * typed, VS Code keeps to the answer that it has.
   */
  async function untilDecision(
    what: string,
    isWanted: (decision: EditorDecision | undefined) => boolean,
  ): Promise<void> {
    await until(what, async () => {
      await vscode.commands.executeCommand("deleteLeft");
      await vscode.commands.executeCommand("type", { text: "," });
      return until(what, () => isWanted(inkling.lastDecision()), {
        patienceMs: 15_000,
      }).catch(() => undefined);
    });
  }

  test("inkling.toggle turns the language in front off and on again", async () => {
    await openDocument(text);
    await untilDecision(
      "a suggestion",
      (decision) => decision?.kind === "show",
    );
    await vscode.commands.executeCommand("inkling.toggle");
    await untilDecision(
      "silence",
      (decision) =>
        decision?.kind === "silent" && decision.reason.code === "off",
    );
    await vscode.commands.executeCommand("inkling.toggle");
    await untilDecision(
      "a suggestion",
      (decision) => decision?.kind === "show",
    );
    await vscode.workspace
      .getConfiguration()
      .update("inkling.enable", undefined, vscode.ConfigurationTarget.Global);
  });

  test("inkling.snooze is silent for its time and then ends by itself", async () => {
    const sixSeconds = 0.1; // in minutes
    await openDocument(text);
    await vscode.commands.executeCommand("inkling.snooze", sixSeconds);
    await untilDecision(
      "silence",
      (decision) =>
        decision?.kind === "silent" && decision.reason.code === "snoozed",
    );
    await untilDecision(
      "a suggestion",
      (decision) => decision?.kind === "show",
    );
  });

  test("a changed setting acts on the next suggestion", async () => {
    await openDocument(text);
    await untilDecision(
      "a suggestion",
      (decision) => decision?.kind === "show",
    );
    await withSetting({ key: "inkling.maxTokens", value: 2 }, async () => {
      await untilDecision(
        "a suggestion of two tokens",
        (decision) =>
          decision?.kind === "show" &&
          (decision.suggestions[0]?.tokens.length ?? 0) <= 2,
      );
    });
  });

  test("inkling.showLog opens the log", async () => {
    await vscode.commands.executeCommand("inkling.showLog");
    await until("the log", () =>
      vscode.window.visibleTextEditors.some(
        ({ document }) => document.uri.scheme === "output",
      ),
    );
    await vscode.commands.executeCommand("workbench.action.closePanel");
    assert.equal(inkling.workerState() === "failed", false);
  });
});
