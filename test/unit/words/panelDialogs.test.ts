// What the panel asks, in English; VS Code's part of it is put in by hand.
import assert from "node:assert/strict";
import Module, { createRequire } from "node:module";
import type * as PanelDialogs from "../../../src/words/panelDialogs";
import type { Question } from "../../../src/words/panelCodes";

const vscode = {
  l10n: {
    t: (sentence: string, ...values: unknown[]) =>
      sentence.replace(/\{(\d)\}/g, (_, index: string) =>
        String(values[Number(index)]),
      ),
  },
};

suite("questionWords()", () => {
  let words: typeof PanelDialogs;
  suiteSetup(() => {
    const loader = Module as unknown as {
      _load(this: void, request: string, ...others: unknown[]): unknown;
    };
    const load = loader._load;
    loader._load = (request, ...others) =>
      request === "vscode" ? vscode : load(request, ...others);
    try {
      const file = "../../../src/words/panelDialogs";
      words = createRequire(__filename)(file) as typeof PanelDialogs;
    } finally {
      loader._load = load;
    }
  });

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
