import assert from "node:assert/strict";
import {
  replaceOnLine,
  startOfTextBefore,
} from "../../../src/editor/inlineItem";

/** `line` has the cursor at [|]; `expected` is the line with the suggestion taken. */
function check(
  line: string,
  suggestion: { text: string; replacedAfter?: number },
  expected: string,
) {
  const [before, after] = line.split("[|]") as [string, string];
  const replacement = replaceOnLine(before, {
    replacedAfter: 0,
    ...suggestion,
  });
  assert.ok(replacement);
  const { startCharacter, endCharacter, insertText } = replacement;
  assert.ok(
    insertText.startsWith(before.slice(startCharacter)),
    "what is typed stays a prefix, else VS Code shows nothing",
  );
  const rest = (before + after).slice(endCharacter);
  assert.equal(before.slice(0, startCharacter) + insertText + rest, expected);
}

suite("replaceOnLine()", () => {
  test("replaceOnLine() puts the suggestion at the cursor", () => {
    check("The cat[|]", { text: " sat." }, "The cat sat.");
    check("[|]", { text: "The cat" }, "The cat");
    check("\t- a[|]", { text: "pple" }, "\t- apple");
    check("a 🐈[|]", { text: " sat" }, "a 🐈 sat");
    check("(see[|])", { text: " below" }, "(see below)");
  });

  test("replaceOnLine() replaces text right of the cursor", () => {
    check(
      "const x = [[|]]",
      { text: "compute()]", replacedAfter: 1 },
      "const x = [compute()]",
    );
    check("a th[|]at b", { text: "is", replacedAfter: 2 }, "a this b");
  });

  // VS Code draws nothing where the range holds a character of two UTF-16 units.
  test("replaceOnLine() begins at the line's start, or behind its last character of two units", () => {
    const starts = {
      "": 0,
      "The cat": 0,
      "é 日本語 שלום": 0,
      "😀 The": 2,
      "a 🐈": 4,
      "🇩🇪 flag": 4,
      "👨‍👩‍👧 family": 8,
      "𝄞 and 𠀀 here": 9,
      "cut \ud83d here": 5,
    };
    for (const [before, start] of Object.entries(starts)) {
      const item = replaceOnLine(before, { text: " x", replacedAfter: 0 });
      assert.equal(item?.startCharacter, start, before);
    }
  });

  test("replaceOnLine() keeps further lines of the suggestion", () => {
    check("One[|]", { text: " two\nthree" }, "One two\nthree");
  });

  test("replaceOnLine() makes nothing of what nobody could see", () => {
    for (const text of ["", " ", "\t", "\n\n"]) {
      const nothing = replaceOnLine("a", { text, replacedAfter: 0 });
      assert.equal(nothing, undefined);
    }
  });
});

suite("startOfTextBefore()", () => {
  test("startOfTextBefore() reads documents of ordinary length from their start", () => {
    assert.equal(startOfTextBefore(0), 0);
    assert.equal(startOfTextBefore(131_072), 0);
  });

  test("startOfTextBefore() moves in jumps and leaves between 64 and 128 Ki characters", () => {
    const starts = new Set<number>();
    for (let offset = 131_073; offset < 1_000_000; offset += 997) {
      const start = startOfTextBefore(offset);
      starts.add(start);
      assert.ok(offset - start > 65_536 - 1 && offset - start <= 131_072);
    }
    assert.deepEqual(
      [...starts].filter((start) => start % 65_536 !== 0),
      [],
    );
  });
});
