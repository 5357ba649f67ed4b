// What is said about silence, in English.
import assert from "node:assert/strict";
import type * as EditorWords from "../../../src/words/editorWords";
import { wordsInEnglish } from "../support/wordsInEnglish";

type Reason = Parameters<typeof EditorWords.silenceWords>[0];

const extensions = [
  { packageJSON: {} },
  { packageJSON: { contributes: { languages: [{ id: "odd" }] } } },
  {
    packageJSON: {
      contributes: {
        languages: [
          { id: "shellscript", aliases: ["Shell Script", "bash"] },
          { id: "git-commit", aliases: ["Git Commit Message"] },
        ],
      },
    },
  },
];

suite("silenceWords()", () => {
  const words = wordsInEnglish<typeof EditorWords>("editorWords", {
    extensions,
  });

  const unsure = (confidence: number, threshold: number): Reason => ({
    code: "unsure",
    confidence,
    threshold,
  });
  const rows: [Reason, string][] = [
    [
      { code: "unknown-language", language: "zh" },
      'the model does not know Chinese well ("Choose Model" finds another)',
    ],
    [
      { code: "unknown-language", language: "Cyrl" },
      'the model does not know Cyrillic well ("Choose Model" finds another)',
    ],
    [unsure(0.31, 0.45), "only 31% sure (shows at 45%)"],
    // It said "0.45 where 0.45 is asked".
    [unsure(0.4499, 0.45), "only 44% sure (shows at 45%)"],
    [unsure(0.0004, 0.29), "only <1% sure (shows at 29%)"],
    [unsure(0.65, 0.651), "only 65% sure (shows at 66%)"],
    [
      { code: "rejected-here", rejections: 3, confidence: 0.5, threshold: 0.65 },
      "only 50% sure (shows at 65% after rejections here)",
    ],
    [
      { code: "too-short", characters: 1, threshold: 2 },
      "a single character is too short",
    ],
    [
      { code: "too-short", characters: 2, threshold: 3 },
      "2 characters are too short (shows at 3)",
    ],
    [{ code: "off", languageId: "shellscript" }, "turned off for Shell Script"],
    [{ code: "off", languageId: "scminput" }, "turned off for commit messages"],
    [{ code: "off", languageId: "plaintext" }, "turned off for plain text"],
    [{ code: "off", languageId: "git-commit" }, "turned off for Git Commit Message"],
    [{ code: "off", languageId: "odd" }, "turned off for odd"],
    [{ code: "unsuitable-document", scheme: "git" }, "off in earlier versions of files"],
    [{ code: "unsuitable-document", scheme: "x" }, 'off in documents of the kind "x"'],
    [{ code: "long-line" }, "the cursor is where VS Code no longer draws this long line"],
    [{ code: "word-after-cursor" }, "a word follows right after the cursor"],
    [{ code: "mid-word-after-cursor" }, "the cursor is inside a word"],
  ]; // prettier-ignore
  for (const [reason, expected] of rows) {
    test(`silenceWords() says "${expected}"`, () =>
      assert.equal(words.silenceWords(reason), expected));
  }
});
