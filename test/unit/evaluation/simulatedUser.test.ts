import assert from "node:assert/strict";
import {
  acceptedWordLength,
  isFirstWordRight,
} from "../../../src/evaluation/acceptedWords";
import { compareSaved } from "../../../src/evaluation/bootstrap";
import {
  figuresByPlace,
  savedOf,
  showFiguresOf,
} from "../../../src/evaluation/figures";
import {
  simulateWriter,
  type ShownText,
  type SimulatedUserLog,
  type WriterOptions,
} from "../../../src/evaluation/simulatedUser";

/** Types `text` with these offers at these positions. */
function write(
  text: string,
  suggestions: Record<number, string | ShownText>,
  options: WriterOptions = { kind: "word" },
): SimulatedUserLog {
  return simulateWriter(
    { documentIndex: 0, start: 0, end: text.length },
    {
      text,
      suggestionAt: ({ position }) => {
        const suggestion = suggestions[position] ?? "";
        return typeof suggestion === "string"
          ? { text: suggestion }
          : suggestion;
      },
      options,
    },
  );
}

suite("acceptedWordLength()", () => {
  const rows: [text: string, taken: string][] = [
    ["world and more", "world"],
    [" world", " "],
    ["snake_case more", "snake_case"],
    ["don't", "don"],
    ["'t stop", "'"],
    [", and", ", "],
    ["(a) b", "("],
    ["...", "..."],
    ["\n\nNext", "\n\n"],
    ["été chaud", "été"],
  ];
  for (const [text, taken] of rows) {
    test(`takes "${taken}" of "${text}"`.replaceAll("\n", "\\n"), () =>
      assert.equal(text.slice(0, acceptedWordLength(text)), taken),
    );
  }
});

suite("isFirstWordRight()", () => {
  test("asks for the whole word", () => {
    assert.ok(isFirstWordRight("developer x", "developer y"));
    assert.ok(!isFirstWordRight("develop x", "developer y"));
    assert.ok(!isFirstWordRight("developers", "developer y"));
    assert.ok(isFirstWordRight(", but", ", and"));
  });
});

suite("simulateWriter()", () => {
  //            0123456789
  const text = "one two three";

  test("word takes the leading right words, a key each", () => {
    // At 4 "two" is right, at 7 the rest is offered again: " " is right although "four" is not.
    const log = write(text, { 4: "two four", 7: " four", 8: "four" });
    assert.deepEqual(log.acceptances, [{ position: 4, characters: 3 }]);
    // 3 characters with one key: (3 - 1) / 12.
    assert.equal(savedOf([log]), 2 / 12);
  });

  test("whole takes all or nothing", () => {
    const wrong = write(text, { 4: "two four" }, { kind: "whole" });
    assert.deepEqual(wrong.acceptances, []);
    const right = write(text, { 4: "two three" }, { kind: "whole" });
    assert.deepEqual(right.acceptances, [{ position: 4, characters: 9 }]);
    assert.equal(savedOf([right]), 8 / 12);
  });

  test("counts a suggestion once until it changes or goes", () => {
    // "tea time" at 4 and its rest at 5 are one; "e" was not typed at 5, so that "o x" is another; "here" at 10 too.
    const log = write(text, {
      4: "tea time",
      5: "ea time",
      6: "o x",
      9: "here",
      10: "here",
    });
    assert.deepEqual(
      log.shown.map(({ position, isRight }) => ({ position, isRight })),
      [
        { position: 4, isRight: false },
        { position: 6, isRight: true },
        { position: 9, isRight: false },
        { position: 10, isRight: false },
      ],
    );
  });

  test("takes what goes on in the same direction for the same suggestion", () => {
    const log = write("abcdef", { 1: "bcx", 2: "cx", 3: "dex" });
    assert.equal(log.shown.length, 2);
    const longer = write("abcdef", { 1: "bc x", 2: "c", 3: "" });
    assert.equal(longer.shown.length, 1);
  });

  test("figures follow their definitions", () => {
    const log = write(text, { 1: "ne", 5: "ea", 8: "three" });
    // Asked at 0, 1, 3 to 8: 1 is right and taken to 3; 5 is wrong; 8 is right and taken to the end.
    assert.deepEqual(showFiguresOf([log]), {
      asked: 8,
      showRate: 3 / 8,
      precision: 2 / 3,
      wrongShowRate: 1 / 8,
      coverage: 7 / 13,
    });
    assert.deepEqual(figuresByPlace([log]), {
      // 1, 5 and 6 stand between two letters.
      insideWord: {
        asked: 3,
        showRate: 2 / 3,
        precision: 0.5,
        wrongShowRate: 1 / 3,
      },
      atWordStart: { asked: 5, showRate: 0.2, precision: 1, wrongShowRate: 0 },
    });
  });

  test("does not see what comes after the next key", () => {
    const suggestion = (latencyMs: number): Record<number, ShownText> => ({
      4: { text: "two", request: { position: 4, latencyMs } },
      5: { text: "wo", request: { position: 4, latencyMs } },
    });
    const taken = (latencyMs: number) =>
      write(text, suggestion(latencyMs), { kind: "word", keyGapMs: 120 })
        .acceptances[0];
    assert.deepEqual(taken(119), { position: 4, characters: 3 });
    assert.deepEqual(taken(200), { position: 5, characters: 2 });
    assert.equal(taken(241), undefined);
  });

  test("counts no characters beyond the stretch", () => {
    const log = simulateWriter(
      { documentIndex: 0, start: 0, end: 6 },
      {
        text,
        suggestionAt: ({ position }) => ({
          text: position === 4 ? "two three" : "",
        }),
        options: { kind: "whole" },
      },
    );
    assert.deepEqual(log.acceptances, [{ position: 4, characters: 2 }]);
  });
});

suite("compareSaved()", () => {
  const paragraph = "one two three\n\n";
  const documents = [
    { name: "a", languageId: "markdown", text: paragraph.repeat(40) },
  ];
  const logFor = (suggestion: string) => {
    const text = documents[0]!.text;
    return [
      simulateWriter(
        { documentIndex: 0, start: 0, end: text.length },
        {
          text,
          suggestionAt: ({ position }) => ({
            text: position % 15 === 8 ? suggestion : "",
          }),
          options: { kind: "word" },
        },
      ),
    ];
  };

  test("is zero for the same logs", () => {
    const { difference, low, high } = compareSaved(logFor("three"), {
      theirs: logFor("three"),
      documents,
    });
    assert.deepEqual([difference, low, high], [0, 0, 0]);
  });

  test("excludes zero where one is better in every paragraph, and says over what", () => {
    const interval = compareSaved(logFor("three"), {
      theirs: logFor("thirty"),
      documents,
    });
    // 4 keys saved of every 15.
    assert.ok(Math.abs(interval.difference - (40 * 4) / 599) < 1e-12);
    assert.ok(interval.low > 0.2 && interval.high < 0.3);
    assert.equal(interval.unit, "paragraph");
    assert.equal(interval.units, 40);
  });
});
