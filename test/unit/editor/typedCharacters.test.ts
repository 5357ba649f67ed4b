import assert from "node:assert/strict";
import { typedCharacters } from "../../../src/editor/typedCharacters";

suite("typedCharacters()", () => {
  const rows: [string, string[], number][] = [
    ["a letter", ["a"], 1],
    ["a character of two UTF-16 units", ["😀"], 1],
    ["a letter at three cursors", ["a", "a", "a"], 1],
    ["a new line with its indentation", ["\r\n    "], 1],
    ["an indentation", ["    "], 1],
    ["a bracket that the editor closes", ["()"], 1],
    ["a deletion", [""], 0],
    ["what was pasted", ["two words"], 0],
    ["a word that was accepted", [" on"], 0],
    ["two lines that were pasted", ["\n\n"], 0],
    ["different texts at once, as a formatter writes", ["a", "b"], 0],
    ["no change", [], 0],
  ];
  for (const [name, texts, expected] of rows) {
    test(`typedCharacters() of ${name} is ${expected}`, () => {
      const changes = texts.map((text) => ({
        rangeOffset: 0,
        rangeLength: 0,
        text,
      }));
      assert.equal(typedCharacters(changes), expected);
    });
  }
});
