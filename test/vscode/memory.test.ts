// What another file of the workspace says is offered where a suggestion is asked for by hand, is no longer once it is
// saved away, and never comes from files that are kept out.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { setTimeout as delay } from "node:timers/promises";
import { promisify } from "node:util";
import * as vscode from "vscode";
import type { InklingApi } from "../../src/extension";
import {
  activateInkling,
  closeAll,
  openDocument,
  until,
  withSetting,
} from "./support";

/** A text with a word that no model knows. */
const sentence = (word: string) =>
  `# Notes\n\nThe engine is called ${word} and it runs.\n`;
/** So long after the last decision no other comes. */
const QUIET_MS = 400;
const opening = "# Other\n\nThe engine is called ";

suite("memory of the workspace", () => {
  let inkling: InklingApi;
  suiteSetup(async () => {
    inkling = await activateInkling();
  });
  teardown(closeAll);

  async function write(name: string, content: string): Promise<vscode.Uri> {
    const uri = vscode.Uri.joinPath(workspaceFolder(), name);
    await vscode.workspace.fs.writeFile(uri, Buffer.from(content));
    return uri;
  }

  /** What is offered after the first letters of a word, once nothing more comes. */
  async function offered(letters: string): Promise<string> {
    await openDocument(`${opening}[|]`);
    for (const letter of letters) {
      await vscode.commands.executeCommand("type", { text: letter });
    }
    await vscode.commands.executeCommand("inkling.trigger");
    let decision = inkling.lastDecision();
    for (let quietMs = 0; quietMs < QUIET_MS; quietMs += 50) {
      await delay(50);
      const last = inkling.lastDecision();
      if (last !== decision) quietMs = 0;
      decision = last;
    }
    await closeAll();
    return decision?.kind === "show" ? decision.suggestions[0]!.text : "";
  }

  async function checkForgotten(letters: string, rest: string): Promise<void> {
    await until(
      `no "${rest}" after "${letters}"`,
      async () => !(await offered(letters)).startsWith(rest),
    );
  }

  /** What the command shows. */
  async function readingPage(): Promise<string> {
    await vscode.commands.executeCommand("inkling.showReading");
    const page = vscode.workspace.textDocuments.find(
      ({ uri }) => uri.scheme === "inkling-reading",
    );
    return page?.getText() ?? "";
  }

  /** Waits for the workspace to be read; each question is a new document. */
  async function checkOffered(letters: string, rest: string): Promise<void> {
    await until(`"${rest}" after "${letters}"`, async () =>
      (await offered(letters)).startsWith(rest),
    );
  }

  test("a word of another file is offered after its first letters, and no longer when it is saved away", async () => {
    const uri = await write("notes.md", sentence("Zorblatticus"));
    await checkOffered("Zorb", "latticus");
    const document = await vscode.workspace.openTextDocument(uri);
    const edit = new vscode.WorkspaceEdit();
    const start = document.getText().indexOf("Zorblatticus");
    const end = start + "Zorblatticus".length;
    const range = new vscode.Range(
      document.positionAt(start),
      document.positionAt(end),
    );
    edit.replace(uri, range, "Quexomantis");
    await vscode.workspace.applyEdit(edit);
    await document.save();
    await checkOffered("Quex", "omantis");
    assert.doesNotMatch(await offered("Zorb"), /^latticus/);
    await vscode.workspace.fs.delete(uri);
    await checkForgotten("Quex", "omantis");
  });

  test("a file that is renamed is known by its new name, and one that goes with its folder is not known", async () => {
    const uri = await write("plans.md", sentence("Wimbrathol"));
    await checkOffered("Wimbr", "athol");
    const moved = vscode.Uri.joinPath(workspaceFolder(), "later/renamed.md");
    await vscode.workspace.fs.rename(uri, moved);
    await until("the new name", async () =>
      /renamed\.md/.test(await readingPage()),
    );
    assert.doesNotMatch(await readingPage(), /plans\.md/);
    await checkOffered("Wimbr", "athol");
    const folder = vscode.Uri.joinPath(workspaceFolder(), "later");
    await vscode.workspace.fs.delete(folder, { recursive: true });
    await checkForgotten("Wimbr", "athol");
  });

  test("after a checkout the words of that branch are known, and those of the other are not", async () => {
    const folder = workspaceFolder();
    const git = (...args: string[]) =>
      promisify(execFile)("git", args, { cwd: folder.fsPath });
    const commit = async (word: string) => {
      await write("branch.md", sentence(word));
      await git("add", "--force", "branch.md");
      const who = ["-c", "user.name=a", "-c", "user.email=a@example.org"];
      const isolated = ["-c", "commit.gpgSign=false", "-c", "core.hooksPath="];
      await git(...who, ...isolated, "commit", "--quiet", "-m", word);
    };
    await git("init", "--quiet", "--initial-branch", "one");
    try {
      await commit("Drimlockian");
      await git("checkout", "--quiet", "-b", "two");
      await commit("Vosperanto");
      await checkOffered("Vosp", "eranto");
      await git("checkout", "--quiet", "one");
      await checkOffered("Drim", "lockian");
      await checkForgotten("Vosp", "eranto");
      await git("checkout", "--quiet", "two");
      await checkOffered("Vosp", "eranto");
      await checkForgotten("Drim", "lockian");
    } finally {
      for (const name of ["branch.md", ".git"]) {
        const uri = vscode.Uri.joinPath(folder, name);
        await vscode.workspace.fs.delete(uri, { recursive: true });
      }
    }
  });

  test("What Inkling Reads Here names the files, and of others why not", async () => {
    await write("secrets.txt", sentence("Vintarquell"));
    await write("guide (draft).md", sentence("Marlowick"));
    await checkOffered("Marlow", "ick");
    const link = /- \[guide \\\(draft\\\)\.md\]\(\/guide%20%28draft%29\.md\)/;
    // A page that is open already gets its new text a moment later.
    const page = await until("the page", async () => {
      const text = await readingPage();
      return link.test(text) ? text : undefined;
    });
    assert.match(page, /- secrets\.txt: may hold a secret/);
  });

  test("a word of a file that is secret, excluded or ignored is not offered", async () => {
    await withSetting(
      { key: "inkling.exclude", value: ["kept-out/**"] },
      async () => {
        await write("secrets.txt", sentence("Vintarquell"));
        await write("kept-out/notes.md", sentence("Bramdoquist"));
        await write(".gitignore", "ignored/\n");
        await write("ignored/notes.md", sentence("Flimbertoz"));
        // The control, written last: when it is offered the others have been looked at.
        const uri = await write("read.md", sentence("Grobnivar"));
        await checkOffered("Grobn", "ivar");
        assert.doesNotMatch(await offered("Vinta"), /^rquell/);
        assert.doesNotMatch(await offered("Bramd"), /^oquist/);
        assert.doesNotMatch(await offered("Flimb"), /^ertoz/);
        await vscode.workspace.fs.delete(uri);
      },
    );
  });

  test("nothing is remembered where the setting is 0", async () => {
    const uri = await write("notes.md", sentence("Zorblatticus"));
    await checkOffered("Zorb", "latticus");
    await withSetting({ key: "inkling.memory", value: 0 }, async () => {
      await until(
        "an empty memory",
        () => inkling.memory()?.numDocuments === 0,
      );
      assert.doesNotMatch(await offered("Zorb"), /^latticus/);
    });
    await vscode.workspace.fs.delete(uri);
  });
});

function workspaceFolder(): vscode.Uri {
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri;
  assert.ok(folder, "a folder is open");
  return folder;
}
