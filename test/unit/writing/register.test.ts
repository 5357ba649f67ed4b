import assert from "node:assert/strict";
import {
  begunPart,
  faultOf,
  readPart,
  registerOf,
  type PartFault,
  type Register,
} from "../../../src/writing/register";

const markdown = (textBefore: string) => ({
  textBefore,
  languageId: "markdown",
});

suite("registerOf()", () => {
  test("registerOf() knows sentences, items, lines and code", () => {
    const rows: [string, string, Register][] = [
      ["Dear Anna,\n\nthank you for", "plaintext", "sentences"],
      ["Shopping:\n\n- milk\n-", "plaintext", "items"],
      ["1. First\n2. ", "markdown", "items"],
      ["# A head", "markdown", "line"],
      ["```js\nlet a = ", "markdown", "code"],
      ["def f():\n    ", "python", "code"],
      ["// Parses a", "typescript", "sentences"],
      // Its lines go on as those of a list do.
      ["/**\n * Parses a", "typescript", "items"],
    ];
    for (const [textBefore, languageId, register] of rows) {
      assert.equal(
        registerOf({ textBefore, languageId }),
        register,
        textBefore,
      );
    }
  });
});

suite("readPart()", () => {
  function check(
    [textBefore, raw]: [string, string],
    expected: [string, string, boolean] | undefined,
    { languageId = "markdown", isDone = false } = {},
  ): void {
    const place = { textBefore, languageId };
    const register = registerOf(place);
    const part = readPart(raw, { place, register, isDone });
    assert.deepEqual(
      part && [part.gap, part.text, part.isLast],
      expected,
      JSON.stringify(raw),
    );
  }

  test("readPart() takes a sentence and sees that a paragraph ends behind it", () => {
    check(["It", " rains. The"], ["", " rains.", false]);
    check(["It", " rains.\n"], ["", " rains.", true]);
    check(["It rains.", "\n\n"], undefined);
    check(
      ["It rains.", " \n \nThen it stops. The"],
      ["\n\n", "Then it stops.", false],
    );
    check(["It", " rains"], undefined);
    check(["It", " rains"], ["", " rains", true], { isDone: true });
  });

  test("readPart() reads over a line break by hand within a sentence", () => {
    const line = "A line that somebody has broken by hand at the side,\n";
    check([`${line}and`, " another\n"], undefined);
    check([`${line}and`, " another\none. And"], ["", " another\none.", false]);
  });

  test("readPart() takes an item, and a block of code up to where it is left", () => {
    check(["- a\n- ", "bread\n"], ["", "bread", false]);
    check(["- a\n- b", "\n- c\n"], ["\n", "- c", false]);
    const python = { languageId: "python", isDone: true };
    check(
      ["def f(a):\n    ", "if a:\n        return 1\n    return 2\nprint(f(1))"],
      ["", "if a:\n        return 1\n    return 2", true],
      python,
    );
    check(
      ["function f() {\n  ", "return 1;\n}\nf();"],
      ["", "return 1;\n}", true],
      { languageId: "javascript", isDone: true },
    );
    check(
      [
        'def f():\n    """Return one.\n\n    ',
        'Always.\n    """\n    return 1',
      ],
      ["", 'Always.\n    """', true],
      python,
    );
  });

  test("readPart() takes a fence of Markdown whole", () => {
    check(["## Use\n\n", "```bash\nmake\n"], undefined);
    check(
      ["## Use\n\n", "```bash\nmake\n```\n"],
      ["", "```bash\nmake\n```", true],
    );
  });
});

test("begunPart() is what stands behind the last sentence's end", () => {
  assert.equal(begunPart("One. Two. And th"), "And th");
  assert.equal(begunPart("Two."), "");
  assert.equal(begunPart("One.\nAnd th"), "And th");
});

suite("faultOf()", () => {
  function check(
    textBefore: string,
    text: string,
    fault: PartFault | undefined,
    languageId = "markdown",
  ): void {
    const place = { textBefore, languageId };
    const part = { gap: "", text, isLast: false };
    const register = registerOf(place);
    assert.equal(faultOf(part, { place, register }), fault, text);
  }

  test("faultOf() names what is not whole and what is of another register", () => {
    check("It", " rains.", undefined);
    check("It", " rains and", "unfinished");
    check("- a\n- ", "bread", undefined);
    check("- a\n- ", "", "unfinished");
    const after = { gap: "\n", text: "So be it.", isLast: false };
    const place = markdown("- a\n- b");
    assert.equal(
      faultOf(after, { place, register: "items" }),
      "other-register",
    );
  });

  test("faultOf() names markup that the text has not, and leaves it where it has", () => {
    check("See", " the **bold** word.", "markup");
    check("A **word**. See", " the **bold** one.", undefined);
    check("Anna:", " A: I do not know.", undefined);
    check("", "Q: Who is it?", "markup");
    check("Run this:\n\n", "```sh\nmake\n```", undefined);
    check("Run this:\n\n", "```sh\nmake\n```", "markup", "plaintext");
  });

  test("faultOf() names what nobody has said: addresses, prices, blanks to be filled in", () => {
    check("Write", " to anna@example.org soon.", "made-up");
    check("anna@example.org. Write", " to anna@example.org soon.", undefined);
    check("See", " https://example.org for it.", "made-up");
    check("It costs", " $50 a day.", "made-up");
    check("Regards from", " [Your Name] and all.", "made-up");
    check("Call", " the `renderAll` function.", "made-up");
  });

  test("faultOf() names what was said before, word for word or nearly", () => {
    const said = "The boats lie in the harbour today. ";
    check(said, "The boats lie in the old harbour.", "repetition");
    check(said, "The sea is calm and grey.", undefined);
    check(
      "The sea is grey. He smiled at her.",
      " The sea is grey.",
      "repetition",
    );
    check("- tent\n- backpack\n- ", "backpack", "repetition");
    check("- tent\n- ", "backpack", undefined);
  });
});
