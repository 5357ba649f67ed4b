import assert from "node:assert/strict";
import { findLabels, unframed } from "../../../src/documents/labels";
import { framed } from "../../../src/engine/classify";

const rowsOf = (
  counts: Record<string, number>,
  promptOf = (index: number) => `text ${index}.`,
) =>
  Object.entries(counts).flatMap(([completion, count]) =>
    Array.from({ length: count }, (_, index) => ({
      prompt: promptOf(index),
      completion,
    })),
  );

suite("findLabels()", () => {
  const check = (
    counts: Record<string, number>,
    completions: string[] | undefined,
  ) =>
    assert.deepEqual(
      findLabels(rowsOf(counts))?.completions,
      completions,
      JSON.stringify(counts),
    );
  const each = (numLabels: number, rows: number) =>
    Object.fromEntries(
      Array.from({ length: numLabels }, (_, index) => [`l${index}`, rows]),
    );

  test("few completions of many rows are labels, the most frequent first", () => {
    check({ bad: 9, good: 11 }, ["good", "bad"]);
    check({ " good": 10, "good ": 5, " bad": 5 }, [" good", " bad"]);
    check(each(20, 10), Object.keys(each(20, 10)));
  });

  test("one completion, too many, a single one and too few rows are none", () => {
    check({}, undefined);
    check({ good: 100 }, undefined);
    check(each(21, 20), undefined);
    check({ good: 99, bad: 1 }, undefined);
    check({ good: 10, bad: 9 }, undefined);
  });
});

suite("the frame of labels", () => {
  const frameOf = (promptOf: (index: number) => string) => {
    const { before, after } = findLabels(rowsOf({ a: 15, b: 15 }, promptOf))!;
    return [before, after];
  };

  test("what all prompts share, from white space to white space", () => {
    const words = ["aim", "end", "art", "one"];
    const word = (index: number) => words[index % words.length]!;
    const check = (
      promptOf: (index: number) => string,
      expected: [string, string],
    ) => assert.deepEqual(frameOf(promptOf), expected);
    check((i) => `Text: ${word(i)}\nLabel:`, ["Text: ", "\nLabel:"]);
    check((i) => `Is ${word(i)}. It is:`, ["Is ", " It is:"]);
    check((i) => `${word(i)}.`, ["", ""]);
    check((i) => `${word(i)}.\n\n`, ["", "\n\n"]);
    check(() => "same text", ["same ", ""]);
  });

  test("a text is framed once, and comes out of its frame", () => {
    const frame = { before: "Text: ", after: "\nLabel:" };
    const prompt = "Text: a b\nLabel:";
    assert.equal(framed(" a b\n", frame), prompt);
    assert.equal(framed(prompt, frame), prompt);
    assert.equal(unframed(prompt, frame), "a b");
    assert.equal(framed(" a ", { before: "", after: "" }), "a");
  });
});
