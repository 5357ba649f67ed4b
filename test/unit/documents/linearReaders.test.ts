// Whatever reads a document on the extension host or in the trainer takes time in proportion to it, whoever wrote it:
// texts of one mark, and of one mark in an opened comment, string or fence, are what makes a reader look twice.
import assert from "node:assert/strict";
import { findMarkdownForm } from "../../../src/completion/markdownForm";
import { fitOverlap, wordsBehind } from "../../../src/completion/overlap";
import { reindent } from "../../../src/completion/indentation";
import { findRepetition } from "../../../src/completion/repetition";
import {
  describeDiff,
  withoutSecretFiles,
} from "../../../src/documents/diffText";
import { parseExamples } from "../../../src/documents/examples";
import { extractComments } from "../../../src/documents/extractComments";
import { isGeneratedText } from "../../../src/documents/generatedFiles";
import {
  groupNearDuplicates,
  sketchText,
} from "../../../src/documents/nearDuplicates";
import { holdsSecret } from "../../../src/documents/secretText";
import { findSentenceEnd } from "../../../src/text/sentenceEnd";

const CHARACTERS = 100_000;
/** Of the processor; one that takes the square needs seconds for the same. */
const PATIENCE_MS = 2_000;

function checkSoon(what: string, work: () => unknown): void {
  const before = process.cpuUsage();
  work();
  const tookMs = process.cpuUsage(before).user / 1_000;
  assert.ok(tookMs < PATIENCE_MS, `${what} took ${tookMs.toFixed(0)} ms`);
}

function repeated(unit: string, begin = ""): string {
  return begin + unit.repeat(Math.ceil(CHARACTERS / unit.length));
}

const marks = ['"', "'", "`", '"""', "/*", "*/", "//", "#", "--", "<!--", "{-", "--[[", "#|", ";", "%", "\\"]; // prettier-ignore
const spaces = [" ", "\n", " \n", "\n ", "*\n", "a b\n"];
const ends = "c js rs php css py rb html vue sql lua hs lisp erl".split(" ");

suite("readers of documents", () => {
  for (const end of ends) {
    test(`extractComments() of .${end} takes time in proportion`, () => {
      for (const mark of marks) {
        const texts = [
          repeated(mark),
          repeated(` ${mark}`),
          repeated(`${mark}\n`),
          ...spaces.map((unit) => repeated(unit, mark)),
        ];
        for (const text of texts) {
          const what = JSON.stringify(text.slice(0, 12));
          checkSoon(what, () => extractComments(`a.${end}`, text));
        }
      }
    });
  }

  const readers: [string, (text: string) => unknown][] = [
    ["isGeneratedText()", isGeneratedText],
    ["sketchText()", sketchText],
    ["holdsSecret()", holdsSecret],
    ["withoutSecretFiles()", withoutSecretFiles],
    ["describeDiff()", describeDiff],
    ["findMarkdownForm()", findMarkdownForm],
    ["findRepetition()", (text) => findRepetition("hello there", text)],
    ["wordsBehind()", wordsBehind],
    ["reindent()", (text) => reindent("a\n  b", text)],
    ["findSentenceEnd()", (text) => findSentenceEnd("a. And e.g. b", text)],
    [
      "fitOverlap()",
      (text) =>
        fitOverlap("hello there", {
          textBefore: text,
          textAfter: text,
          mustRunIntoWords: false,
        }),
    ],
  ];
  const texts = [
    ...marks.map((mark) => repeated(mark)),
    ...spaces.map((unit) => repeated(unit)),
    ...[" ", "\n", "-"].map((unit) => repeated(unit, "---\n")),
    ...["~", " ", "`"].map((unit) => repeated(unit, "```")),
    ...["| ", "|-", "a.", "1", "中", "。", "(", "[", "é", "😀"].map((unit) => repeated(unit)),
    ...["password", "password= ", "secret_key", "eyJaaaaaaaaaa.", "://a:b", "-----BEGIN A ", "AccountKey="].map((unit) => repeated(unit)),
    ...["generated ", "auto-generated ", "do not ", "diff --git ", "+++ b/"].map((unit) => repeated(unit)),
    ...["b/", ' "b/', "a b/\u2028", "x"].map((unit) => repeated(unit, "diff --git a/")),
  ]; // prettier-ignore
  for (const [name, read] of readers) {
    test(`${name} takes time in proportion`, () => {
      for (const text of texts) {
        const what = JSON.stringify(text.slice(0, 20));
        checkSoon(what, () => read(text));
      }
    });
  }

  test("extractComments() reads a comment of half a million lines", () => {
    const text = `/*${" a word or two\n".repeat(500_000)}*/`;
    assert.ok(extractComments("a.c", text).length > 1_000_000);
  });

  test("parseExamples() refuses more lines than a person writes", () => {
    checkSoon("a million lines", () =>
      assert.throws(() => parseExamples("x\n".repeat(1_000_000)), RangeError),
    );
  });

  test("groupNearDuplicates() compares documents that share a template with a few of each other", () => {
    const template = "this is the template of every note in the folder ".repeat(
      3,
    );
    const sketches = Array.from({ length: 3_000 }, (_, at) =>
      sketchText(template + Array.from({ length: 60 }, (_, word) => `w${at}x${word}`).join(" ")),
    ); // prettier-ignore
    sketches.push(sketches[7]!);
    checkSoon("grouping", () => {
      const groups = groupNearDuplicates(sketches);
      assert.equal(groups.at(-1), groups[7]);
      assert.equal(new Set(groups).size, 3_000);
    });
  });
});
