// What the panel asks, in English.
import assert from "node:assert/strict";
import type * as PanelDialogs from "../../../src/words/panelDialogs";
import type { Question } from "../../../src/words/panelCodes";
import { wordsInEnglish } from "../support/wordsInEnglish";

suite("questionWords()", () => {
  const words = wordsInEnglish<typeof PanelDialogs>("panelDialogs");

  type Secret = Extract<Question, { code: "train-anyway" }>["secret"];
  const rows: [Secret, string][] = [
    [
      { kind: "password", line: 12 },
      "Line 12 may hold a password. There may be more in other lines.",
    ],
    [
      { kind: "seed words", line: 3 },
      "Line 3 may hold the seed words of a wallet. There may be more in other lines.",
    ],
    [{ kind: "name" }, "Its name is one for files of keys or passwords."],
  ];
  for (const [secret, found] of rows) {
    test(`questionWords() names the document, what was found (${secret.kind}) and what follows`, () => {
      const question = {
        code: "train-anyway",
        name: "a/b.md",
        secret,
      } as const;
      assert.deepEqual(words.questionWords(question), {
        message: 'Train on "a/b.md" anyway?',
        detail: `${found} A model that was trained on this document can write it out again. If the document changes, you are asked again.`,
        yes: "Train Anyway",
      });
    });
  }
});
