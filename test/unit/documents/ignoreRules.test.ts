import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import {
  isIgnoredBy,
  matchesPatterns,
} from "../../../src/documents/ignoreRules";

suite("matchesPatterns()", () => {
  test("patterns without a slash match in any folder, others from the top", () => {
    assert.equal(matchesPatterns("/data/a.csv", ["*.csv"]), true);
    assert.equal(matchesPatterns("/data/a.csv", ["**/*.csv"]), true);
    assert.equal(matchesPatterns("/private/letter.md", ["private/**"]), true);
    assert.equal(matchesPatterns("/a/private/b.md", ["/private/"]), false);
  });

  test("a later pattern with ! takes a file out again", () => {
    const patterns = ["*.csv", "!public.csv"];
    assert.equal(matchesPatterns("/public.csv", patterns), false);
    assert.equal(matchesPatterns("/other.csv", patterns), true);
  });

  test("a path that is none matches nothing", () => {
    assert.equal(matchesPatterns("", ["*"]), false);
    assert.equal(matchesPatterns("../a", ["*"]), false);
  });

  test("a path with a drive letter is matched from the drive's top", () => {
    assert.equal(matchesPatterns("/C:/notes/a.md", ["/notes/"]), true);
  });
});

suite("isIgnoredBy()", () => {
  // The oracle is git itself.
  test("it answers as git does, with nested files, negations and folders", () => {
    const folder = mkdtempSync(path.join(tmpdir(), "inkling-ignore-"));
    try {
      const ignoreFiles = {
        "": "build/\n*.log\n!keep.log\n/top.md\nfoo/*\n!foo/bar.md\n",
        docs: "drafts\n!drafts/good.md\n*.tmp\n!important.log\n",
        "docs/deep": "!*.tmp\n",
      };
      const paths = [
        "a.log",
        "keep.log",
        "top.md",
        "docs/top.md",
        "build/a.md",
        "docs/build/keep.log",
        "docs/important.log",
        "docs/drafts/good.md",
        "docs/a.tmp",
        "docs/deep/a.tmp",
        "foo/bar.md",
        "foo/other.md",
        "readme.md",
      ];
      git(folder, ["init", "--quiet"]);
      const files = Object.entries(ignoreFiles).map(([sub, text]) => {
        mkdirSync(path.join(folder, sub), { recursive: true });
        writeFileSync(path.join(folder, sub, ".gitignore"), text);
        return { folder: path.posix.join("/project", sub), text };
      });
      for (const each of paths) {
        assert.equal(
          isIgnoredBy(files, `/project/${each}`),
          git(folder, ["check-ignore", "--quiet", each]),
          each,
        );
      }
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  test("rules of another folder say nothing", () => {
    const files = [{ folder: "/other", text: "*" }];
    assert.equal(isIgnoredBy(files, "/project/a.md"), false);
  });
});

/** Whether git was content; its exit code 1 says no. */
function git(folder: string, options: string[]): boolean {
  try {
    execFileSync("git", options, { cwd: folder, stdio: "ignore" });
    return true;
  } catch (error) {
    assert.equal((error as { status?: number }).status, 1);
    return false;
  }
}
