import assert from "node:assert/strict";
import {
  placeWindow,
  PromptWindows,
  type WindowState,
} from "../../../src/completion/promptWindow";

const paragraph =
  "The quick brown fox jumps over the lazy dog and sits down.\n\n";

function longDocument(characters: number): string {
  let text = "# Title\n\n";
  for (let section = 1; text.length < characters; section++) {
    text += paragraph.repeat(4) + `## Section ${section}\n\n`;
  }
  return text.slice(0, characters);
}

suite("placeWindow()", () => {
  const budgetCharacters = 2000;

  test("begins at the document's beginning while all of it fits", () => {
    const window = placeWindow(longDocument(2000), {
      budgetCharacters,
      previous: undefined,
    });
    assert.equal(window.start, 0);
  });

  test("moves rarely and in jumps while a long document is typed", () => {
    const text = longDocument(12_000);
    const starts: number[] = [];
    let previous: WindowState | undefined;
    for (let length = 1; length <= text.length; length++) {
      const window = placeWindow(text.slice(0, length), {
        budgetCharacters,
        previous,
      });
      assert.ok(length - window.start <= budgetCharacters);
      assert.ok(
        window.start === 0 || length - window.start >= budgetCharacters / 2,
      );
      if (window.start !== (previous?.start ?? 0)) starts.push(window.start);
      previous = window;
    }
    // 10,000 characters beyond the first window, by jumps of an eighth (250) or more.
    assert.ok(starts.length <= 40, `${starts.length} jumps`);
    assert.ok(starts.length >= 10, `${starts.length} jumps`);
    for (const [index, start] of starts.entries()) {
      if (index > 0) assert.ok(start - (starts[index - 1] ?? 0) >= 125);
    }
  });

  test("begins at a heading or paragraph after a jump", () => {
    const text = longDocument(5000);
    const { start } = placeWindow(text, {
      budgetCharacters,
      previous: undefined,
    });
    assert.equal(text.slice(start - 2, start), "\n\n");
  });

  test("prefers a heading to a paragraph", () => {
    const text = `${paragraph.repeat(44)}## Here\n\n${paragraph.repeat(24)}`;
    const { start } = placeWindow(text, {
      budgetCharacters,
      previous: undefined,
    });
    assert.ok(text.startsWith("## Here", start), text.slice(start, start + 20));
  });

  test("follows the text when an edit above the window moves it", () => {
    const text = longDocument(5000);
    const before = placeWindow(text, { budgetCharacters, previous: undefined });
    const after = placeWindow(`Inserted. ${text}`, {
      budgetCharacters,
      previous: before,
    });
    assert.equal(after.start, before.start + "Inserted. ".length);
  });

  test("keeps its start over typing and deleting around a jump", () => {
    const text = longDocument(5000);
    const first = placeWindow(text, { budgetCharacters, previous: undefined });
    const shorter = placeWindow(text.slice(0, -40), {
      budgetCharacters,
      previous: first,
    });
    assert.equal(shorter.start, first.start);
  });

  test("comes back to the same start after a visit elsewhere", () => {
    const text = longDocument(9000);
    const first = placeWindow(text, { budgetCharacters, previous: undefined });
    const elsewhere = placeWindow(text.slice(0, 4000), {
      budgetCharacters,
      previous: first,
    });
    const back = placeWindow(text, { budgetCharacters, previous: elsewhere });
    assert.notEqual(elsewhere.start, first.start);
    assert.equal(back.start, first.start);
  });

  test("splits no surrogate pair in a text without white space", () => {
    for (const pad of ["", "a"]) {
      const text = pad + "😀".repeat(3000);
      const { start } = placeWindow(text, {
        budgetCharacters,
        previous: undefined,
      });
      assert.ok(start > 0);
      const codeUnit = text.charCodeAt(start);
      assert.ok(codeUnit >= 0xd800 && codeUnit <= 0xdbff);
    }
  });
});

suite("PromptWindows", () => {
  const contextTokens = 512;
  const textBefore = longDocument(6000);

  function promptLength(windows: PromptWindows, documentKey = "a"): number {
    return windows.promptFor(documentKey, { textBefore, contextTokens }).length;
  }

  test("observe() shrinks the prompt of a document with more tokens than expected", () => {
    const windows = new PromptWindows();
    const promptCharacters = promptLength(windows);
    windows.observe("a", {
      promptCharacters,
      promptTokens: 512,
      contextTokens,
    });
    const shorter = promptLength(windows);
    assert.ok(shorter <= 512 * 3.6 * 0.85, `${shorter}`);
    // Two characters a token: 0.95 * 2 * 512 is what may be asked for.
    windows.observe("a", {
      promptCharacters: 1000,
      promptTokens: 500,
      contextTokens,
    });
    assert.ok(promptLength(windows) <= 0.95 * 2 * 512);
    assert.equal(promptLength(windows, "b"), promptCharacters);
  });

  test("observe() never widens a window that is in use", () => {
    const windows = new PromptWindows();
    const promptCharacters = promptLength(windows);
    windows.observe("a", {
      promptCharacters,
      promptTokens: 200,
      contextTokens,
    });
    assert.equal(promptLength(windows), promptCharacters);
  });
});
