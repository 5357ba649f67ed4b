import assert from "node:assert/strict";
import {
  codeCell,
  markdownTable,
  tokenRows,
} from "../../../src/editor/tokenTable";

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

suite("tokenRows()", () => {
  test("tokens left of the cursor and within the text are shown, later ones are not", () => {
    const rows = tokenRows({
      text: "iday morning",
      tokens: [token("Friday", 0.5), token(" morning", 0.25), token(".", 0.9)],
    });
    assert.deepEqual(
      rows.map(({ isShown }) => isShown),
      [true, true, false],
    );
    assert.equal(rows[1]?.probability.toFixed(2), "0.25");
    assert.deepEqual(rows[0]?.alternatives, [
      { text: " other", probability: 0.1 },
    ]);
  });

  test("nothing of an empty text is shown", () => {
    const rows = tokenRows({ text: "", tokens: [token(" kept", 0.2)] });
    assert.deepEqual(
      rows.map(({ isShown }) => isShown),
      [false],
    );
  });

  test("where the text was changed after it was written, every token counts as shown", () => {
    const rows = tokenRows({
      text: "a\r\nb",
      tokens: [token("a\n", 0.5), token("b", 0.5)],
    });
    assert.ok(rows.every(({ isShown }) => isShown));
  });
});

suite("codeCell()", () => {
  test("white space is seen, and neither bars nor back-ticks end the cell", () => {
    assert.equal(codeCell(" a\n"), '`" a\\n"`');
    assert.equal(codeCell("a|b"), '`"a\\|b"`');
    assert.equal(codeCell("``"), '```"``"```');
    assert.equal(codeCell("<script>"), '`"<script>"`');
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
