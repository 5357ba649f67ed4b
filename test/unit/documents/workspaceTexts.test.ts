import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, renameSync, rmSync, utimesSync } from "node:fs";
import path from "node:path";
import { PATTERN_LIMITS } from "../../../src/documents/ignoreRules";
import type { AskGit } from "../../../src/documents/ignoring";
import {
  WorkspaceTexts,
  type OpenText,
} from "../../../src/documents/workspaceTexts";
import { useTemporaryFolder } from "../support/temporaryFolder";
import { writeTree } from "../support/textTree";

suite("WorkspaceTexts.update()", () => {
  const inFolder = useTemporaryFolder();
  let numFolders = 0;

  function open(files: Record<string, string>, askGit?: AskGit) {
    const folder = inFolder(`workspace${numFolders++}`);
    mkdirSync(folder);
    writeTree(folder, files);
    const texts = new WorkspaceTexts();
    return {
      folder,
      write: (changed: Record<string, string>) => writeTree(folder, changed),
      /** What is handed on, by names relative to the folder. */
      async update({
        exclude = [],
        opened = [],
        isTrusted = true,
      }: {
        exclude?: string[];
        opened?: OpenText[];
        isTrusted?: boolean;
      } = {}) {
        const read: Record<string, string> = {};
        const relative = (name: string) =>
          path.relative(folder, name).replaceAll(path.sep, "/");
        const { gone } = await texts.update(
          {
            folders: isTrusted ? [{ folder, exclude }] : [],
            open: opened,
            askGit,
          },
          async ({ name, text }) => void (read[relative(name)] = text),
        );
        return { read, gone: gone.map(relative) };
      },
    };
  }

  // Nothing at all was read: the patterns that always hold came on top, and the list was too long.
  test("obeys as many patterns as the limit allows", async () => {
    const { update } = open({
      "a.md": "Alpha",
      "f7/b.md": "Beta",
      "node_modules/c.md": "Gamma",
    });
    const exclude = Array.from(
      { length: PATTERN_LIMITS.patterns },
      (_, at) => `f${at}/`,
    );
    const { read } = await update({ exclude });
    assert.deepEqual(read, { "a.md": "Alpha" });
  });

  test("hands on prose, and never what is secret, excluded, ignored, generated or of others", async () => {
    const { update } = open({
      "a.md": "Alpha",
      "deep/b.txt": "Beta",
      ".gitignore": "ignored/\n*.draft.md\n",
      "ignored/c.md": "Gamma",
      "d.draft.md": "Delta",
      "private/e.md": "Epsilon",
      "secrets.txt": "Zeta",
      "key.md": `Our key is ${"AKIA"}IOSFODNN7QRXTPLK, mind it.`,
      "LICENSE.md": "Eta",
      "node_modules/x/readme.md": "Theta",
      "main.ts": "// Iota",
    });
    const { read, gone } = await update({ exclude: ["private/**"] });
    assert.deepEqual(read, { "a.md": "Alpha", "deep/b.txt": "Beta" });
    assert.deepEqual(gone, []);
  });

  test("hands on what has changed since, and says what is gone", async () => {
    const { folder, write, update } = open({
      "a.md": "one",
      "b.md": "two",
      "c.md": "three",
      "d.md": "four",
    });
    await update();
    assert.deepEqual(await update(), { read: {}, gone: [] });
    write({ "a.md": "one, changed" });
    rmSync(path.join(folder, "b.md"));
    renameSync(path.join(folder, "c.md"), path.join(folder, "e.md"));
    const { read, gone } = await update();
    assert.deepEqual(read, { "a.md": "one, changed", "e.md": "three" });
    assert.deepEqual(gone.sort(), ["b.md", "c.md"]);
  });

  test("takes back what a new rule keeps out, and reads it again when the rule is gone", async () => {
    const { write, update } = open({ "a.md": "one", "b.md": "two" });
    await update();
    assert.deepEqual((await update({ exclude: ["a.md"] })).gone, ["a.md"]);
    assert.deepEqual(await update(), { read: { "a.md": "one" }, gone: [] });
    write({ ".gitignore": "b.md\n" });
    assert.deepEqual((await update()).gone, ["b.md"]);
    write({ ".gitignore": "" });
    assert.deepEqual((await update()).read, { "b.md": "two" });
    // A file that comes to hold a key.
    write({ "b.md": `${"AKIA"}IOSFODNN7QRXTPLK` });
    assert.deepEqual(await update(), { read: {}, gone: ["b.md"] });
  });

  test("follows a branch that is switched", async () => {
    const { folder, write, update } = open({ "a.md": "main" });
    const git = (...args: string[]) =>
      execFileSync(
        "git",
        ["-c", "user.name=n", "-c", "user.email=e@e", ...args],
        { cwd: folder, stdio: "ignore" },
      );
    git("init", "--quiet", "--initial-branch=main");
    git("add", ".");
    git("commit", "-qm", "one");
    git("checkout", "-qb", "other");
    write({ "a.md": "other branch", "b.md": "more" });
    git("add", ".");
    git("commit", "-qm", "two");
    await update();
    git("checkout", "-q", "main");
    // Git may write within the tick of a clock.
    utimesSync(path.join(folder, "a.md"), new Date(0), new Date(0));
    assert.deepEqual(await update(), {
      read: { "a.md": "main" },
      gone: ["b.md"],
    });
  });

  test("reads open documents alone where no folder is given, but no keys", async () => {
    const { update } = open({ "a.md": "one" });
    const opened = [
      { name: "untitled:1", text: "typed" },
      { name: "untitled:2", text: `${"AKIA"}IOSFODNN7QRXTPLK` },
    ];
    const options = { isTrusted: false, opened };
    const { read } = await update(options);
    assert.deepEqual(Object.values(read), ["typed"]);
    assert.deepEqual((await update(options)).read, {});
    const trusted = await update();
    assert.deepEqual(trusted.read, { "a.md": "one" });
    assert.equal(trusted.gone.length, 1);
  });

  test("asks git what it ignores, which no file here says", async () => {
    const asked: string[] = [];
    const { folder, update } = open(
      { "a.md": "Alpha", "private.md": "Beta" },
      async (_top, names) => {
        asked.push(...names);
        return new Set(names.filter((name) => name === "private.md"));
      },
    );
    execFileSync("git", ["init", "--quiet", folder]);
    assert.deepEqual((await update()).read, { "a.md": "Alpha" });
    assert.ok(asked.includes("private.md"));
  });
});
