// Files that are kept out of every prompt: by their names, by the setting, by git.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { symlink } from "node:fs/promises";
import { promisify } from "node:util";
import * as vscode from "vscode";
import type { ExcludedBy } from "../../src/words/editorCodes";
import type { InklingApi } from "../../src/extension";
import {
  activateInkling,
  closeAll,
  showWithCursor,
  until,
  withSetting,
} from "./support";

const text = "Monday, Tuesday, Wednesday, Thursday,";

suite("files that are kept out", () => {
  let inkling: InklingApi;
  suiteSetup(async () => {
    inkling = await activateInkling();
  });
  teardown(closeAll);

  /** Types a letter at the end of a file and answers what was decided. */
  async function decisionIn(name: string) {
    return decisionAt(await writeFile(name, text));
  }

  async function decisionAt(uri: vscode.Uri) {
    const document = await vscode.workspace.openTextDocument(uri);
    await showWithCursor(document, text.length - 1);
    const before = inkling.lastDecision();
    return until("a decision", async () => {
      await vscode.commands.executeCommand("type", { text: "," });
      return until(
        "a new decision",
        () => {
          const decision = inkling.lastDecision();
          return decision === before ? undefined : decision;
        },
        { patienceMs: 5_000 },
      ).catch(() => undefined);
    });
  }

  async function checkExcluded(name: string, by: ExcludedBy): Promise<void> {
    assert.deepEqual(await decisionIn(name), {
      kind: "silent",
      reason: { code: "excluded", by },
    });
  }

  test("a file of a name that holds secrets gets no suggestion", async () => {
    await checkExcluded("secrets/.env", "secret");
    await checkExcluded("secrets/server.pem", "secret");
  });

  test("a link to a file with secrets and a text with one get no suggestion", async function () {
    const uri = await writeFile(
      "holds-one.md",
      `The password: ${"x7Kq2Zp9Lm4v"}\n\n${text}`,
    );
    assert.deepEqual(await decisionAt(uri), {
      kind: "silent",
      reason: { code: "excluded", by: "secret-text" },
    });
    if (process.platform === "win32") this.skip();
    await writeFile("secrets/.env", text);
    const link = vscode.Uri.joinPath(workspaceFolder(), "notes-link.md");
    await symlink(
      vscode.Uri.joinPath(workspaceFolder(), "secrets/.env").fsPath,
      link.fsPath,
    );
    assert.deepEqual(await decisionAt(link), {
      kind: "silent",
      reason: { code: "excluded", by: "link-to-secret" },
    });
  });

  test("a file that inkling.exclude names gets no suggestion", async () => {
    await withSetting(
      { key: "inkling.exclude", value: ["diary/**"] },
      async () => {
        await checkExcluded("diary/monday.md", "setting");
      },
    );
    const decision = await decisionIn("diary/tuesday.md");
    assert.notDeepEqual(
      decision.kind === "silent" && decision.reason.code,
      "excluded",
    );
  });

  test("a file that .gitignore names gets no suggestion, without git too", async () => {
    await writeFile(".gitignore", "ignored/\n");
    await checkExcluded("ignored/notes.md", "git");
  });

  test("what git alone knows to be ignored gets no suggestion", async () => {
    const folder = workspaceFolder();
    await promisify(execFile)("git", ["init", "--quiet"], {
      cwd: folder.fsPath,
    });
    // Nobody but git reads this file.
    await writeFile(".git/info/exclude", "by-git-alone.md\n");
    await checkExcluded("by-git-alone.md", "git");
    await promisify(execFile)(
      "git",
      ["config", "core.excludesFile", ".private-rules"],
      { cwd: folder.fsPath },
    );
    await writeFile(".private-rules", "by-configuration.md\n");
    await checkExcluded("by-configuration.md", "git");
    await vscode.workspace.fs.delete(vscode.Uri.joinPath(folder, ".git"), {
      recursive: true,
    });
  });
});

function workspaceFolder(): vscode.Uri {
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri;
  assert.ok(folder, "a folder is open");
  return folder;
}

async function writeFile(name: string, content: string): Promise<vscode.Uri> {
  const uri = vscode.Uri.joinPath(workspaceFolder(), name);
  await vscode.workspace.fs.writeFile(uri, Buffer.from(content));
  return uri;
}
