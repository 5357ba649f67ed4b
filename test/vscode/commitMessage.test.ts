// A commit message from the staged change of a real repository into the field of the source control view. With the
// embedded model the task is not in the list, since it does it badly (docs/TASKS.md); a key does it with any model, and
// with a model of the user's own it is in the list, the palette and the view's title.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { promisify } from "node:util";
import * as vscode from "vscode";
import { RecordedMessages } from "./messages";
import {
  activateInkling,
  closeAll,
  extensionId,
  showWithCursor,
} from "./support";
import { until, withSetting } from "./support";

const EMBEDDED_MODEL = "models/smollm2-135m-instruct";
const readme = "# Boats\n\nRun `make` to build the boats.\n";

interface Repository {
  rootUri: vscode.Uri;
  inputBox: { value: string };
}

interface Git {
  enabled: boolean;
  getAPI(version: 1): {
    openRepository(folder: vscode.Uri): Promise<unknown>;
    getRepository(folder: vscode.Uri): Repository | null;
  };
}

suite("commit message", () => {
  let folder: string;
  let said: RecordedMessages;

  suiteSetup(async () => {
    await activateInkling();
    said = new RecordedMessages();
    const workspace = vscode.workspace.workspaceFolders?.[0]?.uri.fsPath;
    assert.ok(workspace, "a folder is open");
    folder = path.join(workspace, "boats");
    mkdirSync(folder);
    await runGit("init", "--quiet");
    writeFileSync(path.join(folder, "README.md"), readme);
  });
  suiteTeardown(() => {
    said.stop();
    rmSync(folder, { recursive: true, force: true });
  });
  setup(() => said.clear());
  teardown(async () => {
    await vscode.commands.executeCommand("inkling.generation.discard");
    await closeAll();
  });

  async function runGit(...args: string[]): Promise<void> {
    await promisify(execFile)("git", args, { cwd: folder });
  }

  /** Opens the file of the repository, since the command takes the repository of the document in front. */
  async function openReadme(): Promise<void> {
    const file = vscode.Uri.file(path.join(folder, "README.md"));
    await showWithCursor(await vscode.workspace.openTextDocument(file), 0);
  }

  /** Does what is to write a message until there is one: a model may write nothing. */
  async function messageAfter(
    { inputBox }: Repository,
    write: () => PromiseLike<unknown>,
  ): Promise<string> {
    inputBox.value = "";
    return until("a message", async () => {
      await openReadme();
      await write();
      assert.ok(isPreviewOpen(), said.texts.join("\n"));
      assert.equal(
        inputBox.value,
        "",
        "nothing is there before it is accepted",
      );
      await vscode.commands.executeCommand("inkling.generation.accept");
      assert.ok(!isPreviewOpen());
      assert.equal(said.find(/was closed/), undefined);
      return inputBox.value;
    });
  }

  test("where VS Code's git is off it says so", async () => {
    await openReadme();
    await vscode.commands.executeCommand("inkling.generateCommitMessage");
    assert.ok(said.find(/git extension is off/), said.texts.join("\n"));
  });

  test("what is staged is put into the source control's field when it is accepted", async () => {
    await withSetting({ key: "git.enabled", value: true }, async () => {
      const repository = await until("git", () => repositoryIn(folder));
      await openReadme();
      await vscode.commands.executeCommand("inkling.generate", {
        task: "commitMessage",
      });
      assert.ok(said.find(/nothing is staged/), said.texts.join("\n"));

      await runGit("add", "README.md");
      const byKey = await messageAfter(repository, () =>
        vscode.commands.executeCommand("inkling.generate", {
          task: "commitMessage",
        }),
      );
      assert.ok(!byKey.includes("\n"), byKey);

      const extension = vscode.extensions.getExtension(extensionId);
      const value = path.join(extension?.extensionPath ?? "", EMBEDDED_MODEL);
      await withSetting({ key: "inkling.model", value }, async () => {
        const { rootUri } = repository;
        const byButton = await messageAfter(repository, () =>
          vscode.commands.executeCommand("inkling.generateCommitMessage", {
            rootUri,
          }),
        );
        assert.ok(!byButton.includes("\n"), byButton);
      });
      await closeAll();
    });
  });
});

function isPreviewOpen(): boolean {
  return vscode.window.tabGroups.all
    .flatMap(({ tabs }) => tabs)
    .some(
      ({ input }) =>
        input instanceof vscode.TabInputText &&
        input.uri.scheme === "inkling-preview",
    );
}

/** What VS Code's git extension knows of a folder; undefined as long as it knows nothing. */
async function repositoryIn(folder: string): Promise<Repository | undefined> {
  const extension = vscode.extensions.getExtension<Git>("vscode.git");
  assert.ok(extension, "VS Code's git extension is there");
  const git = await extension.activate();
  if (!git.enabled) return undefined;
  const uri = vscode.Uri.file(folder);
  await git.getAPI(1).openRepository(uri);
  return git.getAPI(1).getRepository(uri) ?? undefined;
}
