import assert from "node:assert/strict";
import { coldTexts } from "../../../src/evaluation/coldTexts";
import { pauseFigures } from "../../../src/evaluation/pauses";

const paragraph = (word: string) => `${`${word} `.repeat(60).trim()}.`;

suite("coldTexts()", () => {
  const document = {
    name: "a.md",
    languageId: "markdown",
    text: `# Title\n\n${paragraph("alpha")}\n\nshort\n\n${paragraph("beta")}\n`,
  };

  test("are the document's beginning and its paragraphs, cut before a word at 200 characters", () => {
    const texts = coldTexts([document], { characters: 10_000, seed: 1 });
    const starts = texts.map(({ text }) => text.slice(0, 9)).sort();
    assert.deepEqual(starts, ["# Title\n\n", "alpha alp", "beta beta"]);
    for (const { text } of texts) {
      assert.ok(text.length <= 200 && text.length > 190, text);
      assert.match(text, /(?:alpha|beta)$/);
    }
    assert.equal(new Set(texts.map(({ name }) => name)).size, texts.length);
  });

  test("as many as come to so many characters, the same for a seed", () => {
    const draw = (seed: number) =>
      coldTexts([document], { characters: 400, seed }).map(({ name }) => name);
    assert.equal(draw(1).length, 2);
    assert.deepEqual(draw(1), draw(1));
  });
});

suite("pauseFigures()", () => {
  const documents = [
    { name: "a.md", languageId: "markdown", text: "one two three four" },
  ];
  const spans = [{ documentIndex: 0, start: 0, end: 18 }];

  test("asks at words' starts alone", () => {
    const asked = new Set<number>();
    const figures = pauseFigures(spans, {
      documents,
      suggestionAt: ({ position, visible }) => {
        if (!visible) asked.add(position);
        if (position === 4) return { text: "two three" };
        if (position === 14) return { text: "five" };
        return { text: visible ?? "" };
      },
    });
    assert.deepEqual([...asked], [4, 8, 14]);
    assert.equal(figures.asked, 3);
    assert.equal(figures.showRate, 2 / 3);
    assert.equal(figures.precision, 1 / 2);
    assert.equal(figures.meanWords, 1.5);
    // "two", " ", "three": nine characters by three keys, of the 17 after the first.
    assert.equal(figures.saved, 6 / 17);
  });
});
