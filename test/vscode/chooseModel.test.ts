// Models other than the one in the extension: chosen, tried, taken, given back, and what happens when one cannot be used.
import assert from "node:assert/strict";
import {
  cpSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import * as vscode from "vscode";
import type { InklingApi } from "../../src/extension";
import { RecordedMessages } from "./messages";
import { activateInkling, closeAll, openDocument, until } from "./support";
import { extensionId, withSetting } from "./support";

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

  suite("Choose Model", () => {
    const folder = mkdtempSync(path.join(tmpdir(), "inkling-models-"));
    const hubHome = process.env["HF_HOME"];
    let fixture: string;
    let dialogs: AnsweredDialogs;
    suiteSetup(() => {
      const { extensionPath } = vscode.extensions.getExtension(extensionId)!;
      fixture = path.join(extensionPath, "test/fixtures/gpt2-tiny");
      // A hub's cache with the same model, where Inkling looks for one.
      process.env["HF_HOME"] = path.join(folder, "hf");
      const repository = path.join(folder, "hf/hub/models--Owner--Tiny");
      cpSync(fixture, path.join(repository, "snapshots/one"), {
        recursive: true,
      });
    });
    suiteTeardown(() => {
      if (hubHome === undefined) delete process.env["HF_HOME"];
      else process.env["HF_HOME"] = hubHome;
      rmSync(folder, { recursive: true, force: true });
    });
    setup(() => {
      dialogs = new AnsweredDialogs();
    });
    teardown(() => dialogs.stop());

    const modelSetting = () =>
      vscode.workspace.getConfiguration("inkling").inspect<string>("model")
        ?.globalValue;
    const inModelsFolder = (test: () => Promise<void>) =>
      withSetting(
        { key: "inkling.modelsFolder", value: path.join(folder, "models") },
        test,
      );

    test("a model from the disk is imported, tried, taken and given back, each on the person's word", async () => {
      await openDocument(text);
      await until("the model", () => inkling.model());
      await inModelsFolder(async () => {
        dialogs.answers = ["Import", "Keep the Present One"];
        await vscode.commands.executeCommand("inkling.chooseModel", fixture);
        assert.equal(modelSetting(), undefined);
        assert.equal(inkling.model()?.name, EMBEDDED);
        const [, trial] = dialogs.asked;
        assert.match(dialogs.asked[0]!, /It takes about .* MB in /);
        assert.match(trial!, /Speed: \d+ tokens a second/);
        assert.match(trial!, /Memory: [\d.]+ MB \([\d.]+ MB\)/);
        assert.match(trial!, /English prose: [\d.]+ \([\d.]+\); fewer are/);
        dialogs.asked.length = 0;
        // It is there already, and is not imported again.
        dialogs.answers = ["Import", "Use This Model"];
        await vscode.commands.executeCommand("inkling.chooseModel", fixture);
        await until(
          "the tiny model",
          () => inkling.model()?.name === "gpt2-tiny",
        );
        const directory = modelSetting() ?? "";
        assert.equal(path.dirname(directory), path.join(folder, "models"));
        assert.equal(readdirSync(path.join(folder, "models")).length, 1);
        assert.equal(inkling.model()?.modelFault, undefined);
        // The first in the list is the one in the extension, and Enter takes it.
        const pick = nextQuickPick();
        const chosen = vscode.commands.executeCommand("inkling.chooseModel");
        const { items } = await pick;
        await until("the model of the hub's cache", () =>
          items().some((item) => item.label.endsWith("Owner/Tiny")),
        );
        assert.match(
          items().find(({ label }) => label.endsWith("gpt2-tiny"))
            ?.description ?? "",
          /in use/,
        );
        await vscode.commands.executeCommand(
          "workbench.action.acceptSelectedQuickOpenItem",
        );
        await chosen;
        await until(
          "the model before",
          () => inkling.model()?.name === EMBEDDED,
        );
        assert.equal(modelSetting(), undefined);
        await untilSuggested();
      });
    });

    test("what is no model is told with a way to another one, and changes nothing", async () => {
      const file = path.join(folder, "no-model.gguf");
      writeFileSync(file, "GGUF");
      await vscode.commands.executeCommand("inkling.chooseModel", file);
      await messages.untilSaid(/no-model cannot be used/);
      const said = messages.find(/no-model cannot/)!;
      assert.deepEqual(messages.buttons.get(said), ["Choose Another..."]);
      assert.deepEqual(dialogs.asked, []);
      assert.equal(modelSetting(), undefined);
    });
  });
});

/** Answers the questions of modal dialogs, which hold a run of tests up, by their buttons' titles. */
class AnsweredDialogs {
  answers: string[] = [];
  /** Their texts with what stands below. */
  readonly asked: string[] = [];
  private readonly original = vscode.window.showInformationMessage;

  constructor() {
    vscode.window.showInformationMessage = (
      text: string,
      ...rest: unknown[]
    ) => {
      const [options, ...buttons] = rest as [
        vscode.MessageOptions | undefined,
        ...(string | vscode.MessageItem)[],
      ];
      this.asked.push(`${text}\n${options?.detail ?? ""}`);
      const answer = this.answers.shift();
      const button = buttons.find(
        (each) => (typeof each === "string" ? each : each.title) === answer,
      );
      // Answered as the type of the buttons wants it, which only the caller knows.
      return Promise.resolve(button as undefined);
    };
  }

  stop(): void {
    vscode.window.showInformationMessage = this.original;
  }
}

/** The next list that the extension opens. */
function nextQuickPick(): Promise<{
  items(): readonly vscode.QuickPickItem[];
}> {
  const { createQuickPick } = vscode.window;
  return new Promise((resolve) => {
    vscode.window.createQuickPick = <T extends vscode.QuickPickItem>() => {
      vscode.window.createQuickPick = createQuickPick;
      const pick = createQuickPick<T>();
      resolve({ items: () => pick.items });
      return pick;
    };
  });
}
