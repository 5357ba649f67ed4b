// Models other than the one in the extension: chosen, tried, taken, given back, and what happens when one cannot be used.
import assert from "node:assert/strict";
import {
  cpSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import * as vscode from "vscode";
import type { InklingApi } from "../../src/extension";
import { HostileServer, publishModel } from "../unit/network/hostileServer";
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
        assert.match(dialogs.asked[0]!, /It takes about \d+ KB in /);
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

    test("a model from a hub is fetched, imported and tried, and nothing is asked for before", async () => {
      const server = new HostileServer();
      await server.start();
      const files = Object.fromEntries(
        readdirSync(fixture).map((name) => [
          name,
          readFileSync(path.join(fixture, name)),
        ]),
      );
      publishModel(server, { name: "owner/fetched-tiny", files });
      const { showInputBox } = vscode.window;
      vscode.window.showInputBox = () => Promise.resolve("owner/fetched-tiny");
      const choose = async () => {
        const pick = nextQuickPick();
        const chosen = vscode.commands.executeCommand("inkling.chooseModel");
        const { items, accept } = await pick;
        return { items, accept, chosen };
      };
      const another = /Another, by name or address/;
      try {
        await inModelsFolder(() =>
          withSetting(
            { key: "inkling.hubAddress", value: server.address },
            async () => {
              dialogs.answers = ["Fetch", "Keep the Present One"];
              const { accept, chosen } = await choose();
              assert.equal(server.requests.length, 0);
              await accept(another);
              await chosen;
              assert.match(dialogs.asked[0]!, /Licence: apache-2\.0/);
              assert.match(dialogs.asked[0]!, /Inkling asks 127\.0\.0\.1:\d+,/);
              assert.match(dialogs.asked[1]!, /Use fetched-tiny from now on/);
              const names = readdirSync(path.join(folder, "models"));
              assert.ok(
                names.some((name) => name.startsWith("fetched-tiny-")),
                names.join(),
              );
              assert.equal(modelSetting(), undefined);
              const key = "inkling.network";
              await withSetting({ key, value: false }, async () => {
                const { items } = await choose();
                assert.ok(!items().some(({ label }) => another.test(label)));
                await vscode.commands.executeCommand(
                  "workbench.action.closeQuickOpen",
                );
              });
            },
          ),
        );
      } finally {
        vscode.window.showInputBox = showInputBox;
        await server.stop();
      }
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

/** The next list that the extension opens; `accept` chooses as Enter does. */
function nextQuickPick(): Promise<{
  items(): readonly vscode.QuickPickItem[];
  accept(label: RegExp): Thenable<unknown>;
}> {
  const { createQuickPick } = vscode.window;
  return new Promise((resolve) => {
    vscode.window.createQuickPick = <T extends vscode.QuickPickItem>() => {
      vscode.window.createQuickPick = createQuickPick;
      const pick = createQuickPick<T>();
      const accept = async (label: RegExp) => {
        // The window tells of it when it has it, and only then takes it for chosen.
        const isActive = new Promise<void>((done) =>
          pick.onDidChangeActive((active) => {
            if (active.some((item) => label.test(item.label))) done();
          }),
        );
        pick.activeItems = pick.items.filter((item) => label.test(item.label));
        await isActive;
        return vscode.commands.executeCommand(
          "workbench.action.acceptSelectedQuickOpenItem",
        );
      };
      resolve({ items: () => pick.items, accept });
      return pick;
    };
  });
}
