import assert from "node:assert/strict";
import { cleanAnswer } from "../../../src/writing/answer";
import { builtInIds, builtInTask } from "../../../src/writing/builtInTasks";
import { wordsInEnglish } from "../support/wordsInEnglish";
import { ownTask, readOwnPrompts } from "../../../src/writing/ownTasks";
import { cutText, messagesFor } from "../../../src/writing/task";
import { fillVariables } from "../../../src/writing/variables";

const { promptFaultSentence } =
  wordsInEnglish<typeof import("../../../src/words/promptFaultWords")>(
    "promptFaultWords",
  );

suite("cleanAnswer()", () => {
  const rows: [string, "text" | "paragraph" | "line" | "list", string][] = [
    ["Plain text.", "text", "Plain text."],
    ["\n\nPlain text.\n", "text", "Plain text."],
    ["Here is a summary of the text:\n\nIt rains.", "text", "It rains."],
    ["Sure! Here's the rewritten text: It rains.", "text", "It rains."],
    ['"It rains."', "text", "It rains."],
    ['"It rains," she said.', "text", '"It rains," she said.'],
    ["It rains.\n\nI made a few changes to the text.", "text", "It rains."],
    ["It rains.\n\nI know that.", "text", "It rains.\n\nI know that."],
    ["It rains.\n\nAnd more.", "paragraph", "It rains."],
    ['Title: "A Rainy Day"\nIt rains.', "line", "A Rainy Day"],
    ["## A Rainy Day", "line", "A Rainy Day"],
    ["**A Rainy Day**", "line", "A Rainy Day"],
    ["1. Rain\n2. Sun\n3.", "list", "1. Rain\n2. Sun"],
    ["- Rain\n- Sun\n-", "list", "- Rain\n- Sun"],
    ["", "text", ""],
  ];
  for (const [raw, form, expected] of rows) {
    test(`cleanAnswer() makes ${JSON.stringify(raw)} ${JSON.stringify(expected)}`, () => {
      assert.equal(cleanAnswer(raw, { form, isDone: true }), expected);
      // What is shown while it grows is never taken back further than an ending that is cut.
      for (let length = 0; length < raw.length; length++) {
        const shown = cleanAnswer(raw.slice(0, length), {
          form,
          isDone: false,
        });
        assert.equal(shown.includes("Here is"), false, shown);
      }
    });
  }
});

suite("fillVariables()", () => {
  test("fillVariables() replaces what it knows, once, and leaves the rest", () => {
    assert.equal(
      fillVariables("${selection} in ${language}, ${other}, ${question}", {
        selection: "${language}",
        language: "French",
      }),
      "${language} in French, ${other}, ",
    );
  });
});

suite("messagesFor()", () => {
  test("messagesFor() puts the text of the document into one message", () => {
    for (const id of builtInIds) {
      const task = builtInTask(id);
      const messages = messagesFor(
        task,
        { selection: "TEXT", diff: "DIFF", question: "WHY", language: "Latin" },
        { maxSelectionCharacters: 100 },
      );
      assert.equal(messages.length === 0, id === "continue");
      const joined = messages.map(({ content }) => content).join("\n");
      const parts = joined.split(id === "commitMessage" ? "DIFF" : "TEXT");
      assert.equal(parts.length, id === "continue" ? 1 : 2, joined);
      assert.doesNotMatch(joined, /\$\{(selection|diff|question|language)\}/);
      if (id !== "continue") assert.equal(messages.at(-1)!.role, "user");
    }
  });

  test("cutText() cuts at white space", () => {
    assert.equal(cutText("one two three", 9), "one two");
    assert.equal(cutText("  one two  ", 9), "one two");
    assert.equal(cutText("onetwothree", 6), "onetwo");
  });
});

suite("readOwnPrompts()", () => {
  const good = { name: "A", prompt: "Do ${selection}", target: "replace" };

  test("readOwnPrompts() takes what can be used", () => {
    const { prompts, faults } = readOwnPrompts([
      good,
      { name: " B ", prompt: "Say ${question}" },
    ]);
    assert.deepEqual(faults, []);
    assert.deepEqual(prompts, [
      good,
      { name: "B", prompt: "Say ${question}", target: "below" },
    ]);
    assert.deepEqual(ownTask(prompts[1]!).variables, ["question"]);
    assert.equal(ownTask(prompts[1]!).id, "own:B");
  });

  const faults: [string, unknown, RegExp][] = [
    ["no list", { name: "A" }, /expected a list of prompts/],
    ["no object", ["Do it"], /entry 1 .* expected an object/],
    ["no name", [{ prompt: "x" }], /its name is undefined, expected a text/],
    ["no prompt", [{ name: "A", prompt: " " }], /its prompt is " "/],
    ["a name twice", [good, good], /entry 2 .* "A" is taken/],
    [
      "an unknown variable",
      [{ name: "A", prompt: "${text}" }],
      /names \$\{text\}, expected one of \$\{selection\}/,
    ],
    [
      "an unknown target",
      [{ ...good, target: "above" }],
      /its target is "above", expected one of replace, below/,
    ],
    [
      "a long name",
      [{ ...good, name: "A".repeat(1e6) }],
      /its name has 1000000 characters, expected at most 100$/,
    ],
    [
      "a long prompt",
      [{ ...good, prompt: "A".repeat(1e6) }],
      /its prompt has 1000000 characters, expected at most 20000$/,
    ],
    [
      "many entries",
      Array.from({ length: 100_000 }, (_, at) => ({ ...good, name: `${at}` })),
      /all entries .* there are 100000, expected at most 100$/,
    ],
    ["a huge value", "x".repeat(1e6), /it is "x{99}…, expected a list/],
  ];
  for (const [what, value, expected] of faults) {
    test(`readOwnPrompts() says what is wrong with ${what}`, () => {
      const read = readOwnPrompts(value);
      assert.equal(read.faults.length, 1);
      assert.match(promptFaultSentence(read.faults[0]!), expected);
    });
  }
});
