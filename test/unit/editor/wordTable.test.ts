import assert from "node:assert/strict";
import {
  bar,
  LINE_END,
  markdownTable,
  wordRows,
} from "../../../src/editor/wordTable";

function token(text: string, probability: number) {
  return {
    tokenId: 0,
    text,
    logProbability: Math.log(probability),
    alternatives: [
      { text, probability },
      { text: " other", probability: 0.1 },
    ],
  };
}

suite("wordRows()", () => {
  test("tokens up to the next white space are one word, as sure as all of them together", () => {
    const rows = wordRows({
      text: " Varnholm shines",
      tokens: [token(" Varn", 0.5), token("holm", 0.5), token(" shines", 0.25)],
    });
    assert.deepEqual(
      rows.map(({ text, probability }) => [text, probability.toFixed(2)]),
      [
        ["Varnholm", "0.25"],
        ["shines", "0.25"],
      ],
    );
    assert.deepEqual(rows[0]?.alternatives, [
      { text: "other", probability: 0.1 },
    ]);
  });

  test("Chinese words are rows, with the marks behind them", () => {
    const rows = wordRows({
      text: "今天天气很好，我们",
      tokens: ["今天", "天", "气", "很", "好", "，", "我", "们"].map((text) =>
        token(text, 0.5),
      ),
    });
    assert.deepEqual(
      rows.map(({ text, probability }) => [text, probability]),
      [
        ["今天", 0.5],
        ["天气", 0.25],
        ["很好，", 0.125],
        ["我们", 0.25],
      ],
    );
  });

  test("a part of a character belongs to the word that the character begins", () => {
    const rows = wordRows({
      text: "今天很",
      tokens: [token("今天", 0.5), token("", 0.5), token("很", 0.25)],
    });
    assert.deepEqual(
      rows.map(({ text, probability }) => [text, probability]),
      [
        ["今天", 0.5],
        ["很", 0.125],
      ],
    );
  });

  test("the end of a line is a row by itself, and what follows it begins a word", () => {
    const rows = wordRows({
      text: "a\nb",
      tokens: [token("a", 0.5), token("\n", 0.5), token("b", 0.5)],
    });
    assert.deepEqual(
      rows.map(({ text }) => text),
      ["a", LINE_END, "b"],
    );
  });

  test("words left of the cursor and within the text are shown, later ones are not", () => {
    const rows = wordRows({
      text: "iday morning",
      tokens: [token("Friday", 0.5), token(" morning", 0.25), token(" at", 1)],
    });
    assert.deepEqual(
      rows.map(({ isShown }) => isShown),
      [true, true, false],
    );
  });

  test("nothing of an empty text is shown", () => {
    const rows = wordRows({ text: "", tokens: [token(" kept", 0.2)] });
    assert.deepEqual(
      rows.map(({ isShown }) => isShown),
      [false],
    );
  });

  test("where the text was changed after it was written, every word counts as shown", () => {
    const rows = wordRows({
      text: "a\r\nb",
      tokens: [token("a\n", 0.5), token("b", 0.5)],
    });
    assert.deepEqual(
      rows.map(({ text, isShown }) => [text, isShown]),
      [
        ["a", true],
        ["b", true],
      ],
    );
  });
});

suite("bar()", () => {
  test("it is as long for all, and full for what is sure", () => {
    assert.equal(bar(0), "░░░░░░░░░░");
    assert.equal(bar(0.34), "███░░░░░░░");
    assert.equal(bar(1), "██████████");
  });
});

suite("markdownTable()", () => {
  test("the first row is the head", () => {
    assert.equal(
      markdownTable([
        ["a", "b"],
        ["1", "2"],
      ]),
      "| a | b |\n| --- | --- |\n| 1 | 2 |",
    );
  });
});
