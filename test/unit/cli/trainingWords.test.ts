// What the terminal says of what a run passes over and of too little text.
import assert from "node:assert/strict";
import {
  describeShortage,
  describeSkipped,
} from "../../../src/cli/trainingWords";
import type { ExampleError } from "../../../src/protocol/training";

suite("words of training in the terminal", () => {
  function check(lines: ExampleError[], expected: string[]): void {
    assert.deepEqual(
      describeSkipped({ name: "x.jsonl", lines }),
      expected.map((reason) => `Left out: x.jsonl (${reason})`),
    );
  }

  test("describeSkipped() says what is wrong with each line", () => {
    check([{ line: 1, fault: "not JSON" }], ["line 1 is not JSON"]);
    check([{ line: 2, fault: "not an object" }], ["line 2 is not an object"]);
    check(
      [{ line: 3, fault: "no completion" }],
      ['line 3 has no text called "completion"'],
    );
    check([{ line: 4, fault: "empty prompt" }], ["line 4 has an empty prompt"]);
    check(
      [{ line: 9, fault: "duplicate", firstLine: 8 }],
      ["line 9 is the same as line 8"],
    );
    check(
      [{ line: 10, fault: "longer than a block" }],
      ["line 10 is longer than a block"],
    );
    check(
      [{ line: 1, fault: "columns", columns: "title, stars" }],
      [
        "it is a table with the columns title, stars, expected a column prompt, text, input, question, sentence, instruction and a column completion, label, class, category, output, answer",
      ],
    );
    check(
      [{ line: 7, fault: "open quote" }],
      ["it is a table with a quoted column that does not end before line 7"],
    );
  });

  test("describeSkipped() spells out the first ten of many lines, and a file by its reason", () => {
    const many = Array.from({ length: 25 }, (_, index): ExampleError => ({
      line: index + 1,
      fault: "not JSON",
    }));
    const texts = describeSkipped({ name: "x.jsonl", lines: many });
    assert.equal(texts.length, 11);
    assert.equal(texts.at(-1), "Left out: x.jsonl (and 15 more)");
    assert.deepEqual(describeSkipped({ name: "a.md", reason: "too short" }), [
      "Left out: a.md (too short)",
    ]);
  });

  test("describeShortage() says what there is, what is needed and what was left out", () => {
    const leftOut = (["too short", "secret", "too short"] as const).map(
      (reason) => ({ file: "", name: "", reason, sizeBytes: 1 }),
    );
    const shortage = {
      trainingTokens: 1234,
      neededTrainingTokens: 2000,
      heldOutDocuments: 0,
      neededHeldOutDocuments: 1,
      tooShort: 0,
    };
    const start =
      "Cannot train on notes: there are about 1,234 tokens to learn from and 0 documents to hold out, " +
      "expected at least 2,000 tokens and at least 1 document to hold out";
    assert.equal(
      describeShortage(shortage, { folder: "notes", leftOut }),
      `${start} (left out: 2 too short, 1 secret)`,
    );
    assert.equal(
      describeShortage(shortage, { folder: "notes", leftOut: [] }),
      start,
    );
  });
});
