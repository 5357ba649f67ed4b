import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import path from "node:path";
import { seededRandom } from "../../../src/common/random";
import {
  compileIgnoreFile,
  compilePatterns,
  isIgnoredBy,
  isIgnoredHere,
  readPatterns,
} from "../../../src/documents/ignoreRules";
import { useTemporaryFolder } from "../support/temporaryFolder";

/** Processor time that a question may take; before there was a limit the rows here took seconds to hours. */
const PATIENCE_MS = 2_000;

/** What is asked of the processor, which a busy machine makes no longer. */
function processorMs(work: () => void): number {
  const before = process.cpuUsage();
  work();
  return process.cpuUsage(before).user / 1_000;
}

suite("ignore rules beside git", () => {
  const inFolder = useTemporaryFolder();
  const ask = (folder: string, paths: readonly string[]) => {
    const { stdout } = spawnSync(
      "git",
      ["-c", "core.ignorecase=true", "check-ignore", "--no-index", "--stdin"],
      { cwd: folder, input: paths.join("\n"), encoding: "utf8" },
    );
    return stdout.split("\n").filter((line) => line !== "");
  };

  test("isIgnoredBy() answers as git does for random lines", () => {
    const folder = inFolder("oracle");
    execFileSync("git", ["init", "--quiet", folder]);
    const random = seededRandom(20261128);
    const draw = <T>(all: readonly T[]): T =>
      all[Math.floor(random() * all.length)]!;
    const pieces = (
      "a b ab A . * * ? ** / / **/ /** [ab] [!a] [^b] [a-c] []a] [[:alpha:]] " +
      "[[:nope:]] [c-a] [a [ \\a \\* ] - ! # ## {"
    ).split(" ");
    const letters = ["a", "b", "ab", "abc", "B", "]", "-", "*", "#"];
    for (let round = 0; round < 150; round++) {
      const lines = Array.from({ length: 4 }, () => {
        const sign = random() < 0.2 ? "!" : "";
        const length = 1 + Math.floor(random() * 5);
        const end = draw(["", "", "", "/", " ", "\\ ", "\r"]);
        return `${sign}${Array.from({ length }, () => draw(pieces)).join("")}${end}`;
      });
      const text = `${lines.join("\n")}\n`;
      writeFileSync(path.join(folder, ".gitignore"), text);
      const paths = Array.from({ length: 40 }, () =>
        Array.from({ length: 1 + Math.floor(random() * 4) }, () =>
          Array.from({ length: draw([1, 1, 2]) }, () => draw(letters)).join(""),
        ).join("/"),
      );
      const expected = [...new Set(ask(folder, paths))].sort();
      const files = [{ folder: "/top", text }];
      const actual = paths.filter((each) => isIgnoredBy(files, `/top/${each}`));
      assert.deepEqual(
        [...new Set(actual)].sort(),
        expected,
        JSON.stringify(lines),
      );
    }
  });
});

suite("hostile ignore files", () => {
  const deep = (depth: number) => `/top/${"a/".repeat(depth)}c`;
  const rows: [string, { line: string; times?: number }, string][] = [
    ["folders of any depth", { line: `${"**/a/".repeat(8)}b` }, deep(24)],
    ["more of them", { line: `${"**/a/".repeat(200)}b` }, deep(2_000)],
    ["stars in a name", { line: `${"*a".repeat(40)}b` }, `/top/${"a".repeat(255)}`],
    ["long runs between stars", { line: `*${"a".repeat(120)}b*`, times: 2_000 }, `/top/${"a".repeat(255)}`],
    ["question marks", { line: `*${"?".repeat(100)}b`, times: 2_000 }, `/top/${"a".repeat(255)}`],
    ["sets of letters", { line: `${"*[a-y]".repeat(30)}z` }, `/top/${"a".repeat(255)}`],
    ["a set of a hundred thousand letters", { line: `*[${"a-b".repeat(70_000)}]z` }, `/top/${"c".repeat(255)}`],
    ["a set without an end", { line: "[".repeat(200_000) }, "/top/a"],
    ["names of letters without an end", { line: `[${"[:".repeat(100_000)}` }, "/top/a"],
    ["spaces", { line: `a${" ".repeat(200_000)}b` }, "/top/a"],
    ["backslashes", { line: `a${"\\".repeat(200_001)} ` }, "/top/a"],
    ["many lines", { line: "*x*y?z", times: 10_000 }, "/top/readme.md"],
    ["many lines against a deep path", { line: "**/x/**/y", times: 10_000 }, deep(500)],
    ["stars alone", { line: "*".repeat(200_000) + "b" }, `/top/${"a".repeat(255)}`],
  ]; // prettier-ignore
  for (const [what, { line, times = 1 }, file] of rows) {
    test(`isIgnoredBy() answers soon about ${what}`, () => {
      const text = `${line}\n`.repeat(times);
      const tookMs = processorMs(() => {
        isIgnoredBy([{ folder: "/top", text }], file);
        const compiled = compileIgnoreFile({ folder: "/top", text });
        isIgnoredHere([compiled], file);
      });
      assert.ok(tookMs < PATIENCE_MS, `it took ${tookMs.toFixed(0)} ms`);
    });
  }

  test("isIgnoredBy() keeps out what it cannot tell in the steps it has", () => {
    const text = `*${"a".repeat(120)}b*\n`.repeat(2_000);
    const file = `/top/${"a".repeat(255)}`;
    assert.equal(isIgnoredBy([{ folder: "/top", text }], file), true);
  });

  const tooLong: [string, string][] = [
    ["too many letters", `${"x".repeat(4_000)}\n`.repeat(100)],
    ["too many lines", "x\n".repeat(10_001)],
    ["a line that is too long", `a\n[${"x".repeat(5_000)}]\n`],
  ];
  for (const [what, text] of tooLong) {
    test(`isIgnoredBy() keeps out everything below rules with ${what}`, () => {
      const files = [{ folder: "/top", text }];
      const compiled = files.map(compileIgnoreFile);
      assert.equal(isIgnoredBy(files, "/top/a.md"), true);
      assert.equal(isIgnoredHere(compiled, "/top/a"), true);
      assert.equal(isIgnoredHere(compiled, "/other/a"), false);
    });
  }
});

suite("hostile patterns of a setting", () => {
  const rows: [string, string[]][] = [
    ["two of two, sixteen times", ["{a,b}".repeat(16)]],
    ["two of two, two hundred times", ["{a,b}".repeat(200)]],
    ["nested braces", ["{".repeat(10) + "a" + ",b}".repeat(10).repeat(12)]],
    ["commas alone", [`{${",".repeat(900)}}`]],
    ["a long pattern", ["a".repeat(2_000_000)]],
    ["braces without an end", ["{,".repeat(400_000)]],
    ["many patterns", Array.from({ length: 100_000 }, (_, at) => `*.x${at}`)],
    [
      "many patterns with braces",
      Array.from({ length: 400 }, () => `{${"a,".repeat(90)}b}${"c".repeat(500)}`),
    ],
  ]; // prettier-ignore
  for (const [what, patterns] of rows) {
    test(`readPatterns() refuses ${what} and keeps the others`, () => {
      const all = ["private/", ...patterns];
      const tookMs = processorMs(() => readPatterns(all));
      const { usable, refused } = readPatterns(all);
      assert.ok(tookMs < PATIENCE_MS, `it took ${tookMs.toFixed(0)} ms`);
      assert.ok(refused.length > 0);
      assert.equal(usable.length + refused.length, patterns.length + 1);
      assert.equal(compilePatterns(usable)("/private/a.md"), true);
      assert.throws(() => compilePatterns(patterns), RangeError);
    });
  }

  const fine: [string, string[], string, boolean][] = [
    ["braces", ["*.{md,txt}"], "/a/b.txt", true],
    ["braces in braces", ["{a,{b,c}d}/x"], "/cd/x", true],
    ["braces twice", ["{a,b}{c,d}"], "/bd", true],
    ["the same letters in braces and out", ["{a,b}{a,b}"], "/ba", true],
    ["one choice", ["{a}"], "/{a}", true],
    ["a dollar sign", ["{$&,b}"], "/$&", true],
  ];
  for (const [what, patterns, file, expected] of fine) {
    test(`compilePatterns() still reads ${what}`, () =>
      assert.equal(compilePatterns(patterns)(file), expected));
  }
});
