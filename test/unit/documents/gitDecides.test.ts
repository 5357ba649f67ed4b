// What git ignores is not learned from, however git knows it. Git itself is the oracle; where it cannot be asked, that
// is told.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { findGit, GitIgnore } from "../../../src/documents/gitIgnore";
import { slashed } from "../../../src/documents/gitRules";
import { collectDocuments } from "../../../src/documents/collectDocuments";
import { Ignoring } from "../../../src/documents/ignoring";
import { useTemporaryFolder } from "../support/temporaryFolder";
import { drawProse, writeTree } from "../support/textTree";

suite("what git ignores", () => {
  const inFolder = useTemporaryFolder();
  let numRepositories = 0;

  /** Runs git as a person with a name of their own and no settings. */
  function git(folder: string, ...args: string[]): void {
    execFileSync(
      "git",
      [
        ...["-c", "user.name=A", "-c", "user.email=a@example.org"],
        ...["-c", "protocol.file.allow=always", ...args],
      ],
      { cwd: folder, stdio: "ignore" },
    );
  }

  function makeRepository(names: readonly string[]): string {
    const top = inFolder(`repository${numRepositories++}`);
    mkdirSync(top);
    git(top, "init", "--quiet");
    writeTree(top, proseFiles(names));
    return top;
  }

  function proseFiles(names: readonly string[]): Record<string, string> {
    return Object.fromEntries(
      names.map((name, index) => [name, drawProse(index + 1)]),
    );
  }

  async function documentsOf(folder: string): Promise<string[]> {
    const asking = new GitIgnore();
    try {
      const found = await collectDocuments(folder, { askGit: asking.ask });
      assert.deepEqual(found.unaskedRepositories, []);
      return found.documents.map(({ name }) => name);
    } finally {
      asking.dispose();
    }
  }

  const waysToIgnore: Record<string, (top: string) => void> = {
    "core.excludesFile of the repository": (top) => {
      writeFileSync(inFolder("rules"), "private.md\n");
      git(top, "config", "core.excludesFile", inFolder("rules"));
    },
    "core.excludesFile of an included configuration": (top) => {
      writeFileSync(inFolder("included-rules"), "private.md\n");
      writeFileSync(
        inFolder("included"),
        `[core]\n\texcludesFile = ${inFolder("included-rules")}\n`,
      );
      git(top, "config", "include.path", inFolder("included"));
    },
    "core.excludesFile relative to the repository": (top) => {
      writeTree(top, { ".rules": "private.md\n" });
      git(top, "config", "core.excludesFile", ".rules");
    },
    "info/exclude": (top) =>
      writeTree(top, { ".git/info/exclude": "private.md\n" }),
    "core.ignoreCase": (top) => {
      writeTree(top, { ".gitignore": "PRIVATE.MD\n" });
      git(top, "config", "core.ignoreCase", "true");
    },
    "a .gitignore with a byte order mark": (top) =>
      writeTree(top, { ".gitignore": "\uFEFFprivate.md\n" }),
  };
  for (const [way, ignore] of Object.entries(waysToIgnore)) {
    test(`${way}: what it names is not learned from`, async () => {
      const top = makeRepository(["open.md", "private.md"]);
      ignore(top);
      assert.deepEqual(await documentsOf(top), ["open.md"]);
    });
  }

  test("a configuration that the environment names holds", async () => {
    const top = makeRepository(["open.md", "private.md"]);
    writeFileSync(inFolder("global-rules"), "private.md\n");
    writeFileSync(
      inFolder("global"),
      `[core]\n\texcludesFile = ${inFolder("global-rules")}\n`,
    );
    process.env["GIT_CONFIG_GLOBAL"] = inFolder("global");
    try {
      assert.deepEqual(await documentsOf(top), ["open.md"]);
    } finally {
      delete process.env["GIT_CONFIG_GLOBAL"];
    }
  });

  test("a file that git tracks is ignored by no rule, nor is its folder", async () => {
    const top = makeRepository(["out/kept.md", "out/made.md", "open.md"]);
    writeTree(top, { ".gitignore": "out/\n" });
    git(top, "add", "--force", "out/kept.md");
    assert.deepEqual(await documentsOf(top), ["open.md", "out/kept.md"]);
  });

  test("in a linked worktree and from a folder below the rules are the repository's", async () => {
    const top = makeRepository(["docs/open.md"]);
    writeTree(top, { ".git/info/exclude": "private.md\n" });
    git(top, "add", ".");
    git(top, "commit", "--quiet", "--message", "x");
    const linked = inFolder("linked");
    git(top, "worktree", "add", "--quiet", linked);
    writeTree(linked, proseFiles(["a.md", "docs/private.md"]));
    assert.deepEqual(await documentsOf(path.join(linked, "docs")), ["open.md"]);
  });

  test("in a submodule and in a repository within another its own rules hold", async () => {
    const inner = makeRepository(["open.md"]);
    git(inner, "add", ".");
    git(inner, "commit", "--quiet", "--message", "x");
    const top = makeRepository([]);
    git(top, "submodule", "--quiet", "add", inner, "sub");
    writeTree(top, {
      ".git/modules/sub/info/exclude": "private.md\n",
      ...proseFiles(["x.md", "b.md", "sub/private.md", "nested/private.md"]),
      ".git/info/exclude": "x.md\n",
    });
    mkdirSync(path.join(top, "nested"), { recursive: true });
    git(path.join(top, "nested"), "init", "--quiet");
    writeTree(top, {
      "nested/.git/info/exclude": "private.md\n",
      "nested/own.md": drawProse(50),
    });
    assert.deepEqual(await documentsOf(top), [
      "b.md",
      "nested/own.md",
      "sub/open.md",
    ]);
  });

  test("names that mean something to git or to a line are names", async function () {
    if (process.platform === "win32") this.skip();
    const names = [":(top)a.md", "ä ö.md", "b\nc.md", "d*.md", "!e.md"];
    const top = makeRepository([...names, "dd.md"]);
    writeTree(top, { ".git/info/exclude": "dd.md\nb*\n" });
    const expected = names.filter((name) => !name.startsWith("b")).sort();
    assert.deepEqual(await documentsOf(top), expected);
  });

  test("nothing that a repository's configuration names is started", async function () {
    if (process.platform === "win32") this.skip();
    const top = makeRepository(["a.md", "b.md"]);
    git(top, "add", ".");
    const trace = inFolder("started");
    const program = inFolder("program.sh");
    writeFileSync(program, `#!/bin/sh\ntouch ${trace}\n`, { mode: 0o755 });
    git(top, "config", "core.fsmonitor", program);
    git(top, "config", "core.pager", program);
    git(top, "config", "core.hooksPath", inFolder());
    git(top, "config", "pager.ls-files", program);
    writeTree(top, { ".git/info/exclude": "*.md\n" });
    assert.deepEqual(await documentsOf(top), ["a.md", "b.md"]);
    assert.equal(existsSync(trace), false);
  });

  test("where git is not there its rules are read, and it is told that it was not asked", async () => {
    const top = makeRepository(["open.md", "private.md", "local.md"]);
    writeTree(top, { ".gitignore": "private.md\n" });
    const without = [
      undefined,
      new GitIgnore({ program: undefined }).ask,
      new GitIgnore({ program: inFolder("no-such-git") }).ask,
    ];
    for (const askGit of without) {
      const found = await collectDocuments(top, { askGit });
      const names = found.documents.map(({ name }) => name);
      assert.deepEqual(names, ["local.md", "open.md"]);
      assert.equal(found.unaskedRepositories.length, 1);
    }
    const plain = inFolder("plain");
    writeTree(plain, proseFiles(["a.md"]));
    assert.deepEqual((await collectDocuments(plain)).unaskedRepositories, []);
  });

  test("of one file, of a link to one and of a file that is not there yet git says the same", async function () {
    if (process.platform === "win32") this.skip();
    const top = makeRepository(["docs/open.md", "private/a.md", "docs/b.md"]);
    writeFileSync(inFolder("hidden-rules"), "private/\n*.hidden.md\n");
    git(top, "config", "core.excludesFile", inFolder("hidden-rules"));
    symlinkSync(path.join(top, "private/a.md"), path.join(top, "docs/link.md"));
    symlinkSync(top, inFolder("way-in"));
    const asking = new GitIgnore();
    const check = async (file: string, expected: boolean | undefined) => {
      const ignoring = new Ignoring(asking.ask);
      assert.equal(await ignoring.isFileIgnored(file), expected, file);
    };
    await check(path.join(top, "docs/open.md"), false);
    await check(path.join(top, "private/a.md"), true);
    await check(path.join(top, "docs/link.md"), true);
    await check(path.join(top, "docs/new.hidden.md"), true);
    await check(inFolder("way-in", "private", "a.md"), true);
    await check(inFolder("way-in", "docs", "b.md"), false);
    await check(inFolder("in-no-repository.md"), undefined);
    asking.dispose();
  });

  test("a git that does not answer is not waited for, nor asked again", async function () {
    if (process.platform === "win32") this.skip();
    const program = inFolder("slow-git");
    writeFileSync(program, "#!/bin/sh\nexec sleep 60\n", { mode: 0o755 });
    const top = makeRepository(["a.md"]);
    const asking = new GitIgnore({ program, patienceMs: 100 });
    for (let i = 0; i < 2; i++) {
      await assert.rejects(
        asking.ask(top, ["a.md"]),
        /Cannot ask git about .*: no answer within 100 ms/,
      );
    }
    asking.dispose();
  });
});

suite("findGit()", () => {
  const inFolder = useTemporaryFolder();

  test("it takes a program by its whole path, and never one of the current folder", () => {
    mkdirSync(inFolder("bin"));
    writeFileSync(inFolder("bin", "git"), "", { mode: 0o755 });
    const search = ["", ".", "bin", inFolder("bin")].join(path.delimiter);
    assert.equal(findGit(search, "linux"), inFolder("bin", "git"));
    assert.equal(findGit(["", "."].join(path.delimiter), "linux"), undefined);
  });

  const git = "C:\\Program Files\\Git\\cmd\\git.exe";
  const programs = [git, "D:\\tools\\git.exe", "git.exe", ".\\git.exe"];
  for (const [what, search, expected] of [
    ["an absolute folder", "C:\\Program Files\\Git\\cmd", git],
    ["one with slashes", "C:/Program Files/Git/cmd", git],
    [
      "the first of two",
      "D:\\tools\\;C:\\Program Files\\Git\\cmd",
      "D:\\tools\\git.exe",
    ],
    ["none where folders are relative", ";.;tools;C:", undefined],
    ["none on an empty path", "", undefined],
  ] as const) {
    test(`on Windows it takes ${what}`, () => {
      const isThere = (file: string) => programs.includes(file);
      assert.equal(findGit(search, "win32", isThere), expected);
    });
  }

  test("on macOS it does not take the program that would open a window", () => {
    const tools = "/Library/Developer/CommandLineTools/usr/bin/git";
    const there = new Set(["/usr/bin/git", tools]);
    const isThere = (file: string) => there.has(file);
    assert.equal(findGit("/usr/bin:/bin", "darwin", isThere), tools);
    there.delete(tools);
    assert.equal(findGit("/usr/bin:/bin", "darwin", isThere), undefined);
  });
});

suite("slashed()", () => {
  for (const [file, separator, expected] of [
    ["C:\\notes\\a.md", "\\", "C:/notes/a.md"],
    ["\\\\server\\share\\a.md", "\\", "//server/share/a.md"],
    ["notes/a\\b.md", "/", "notes/a\\b.md"],
    ["a.md", "\\", "a.md"],
    ["", "\\", ""],
  ] as const) {
    test(`${JSON.stringify(file)} with ${separator} is ${expected}`, () =>
      assert.equal(slashed(file, separator), expected));
  }
});
