import assert from "node:assert/strict";
import {
  cutIntoPassages,
  findSimilarPassage,
  MAX_PASSAGE_CHARACTERS,
} from "../../../src/completion/similarPassage";
import { SimilarPassages } from "../../../src/completion/similarPassages";

const hooks = "Every plugin registers its own hooks before the server listens.";
const weather = "The weather was fine and the garden stood in bloom.";
const documents = [
  { documentKey: "a", text: weather },
  { documentKey: "b", text: hooks },
];

suite("findSimilarPassage()", () => {
  test("picks the passage that shares the most telling words", () => {
    const text = "A plugin that registers hooks must do so before";
    assert.equal(findSimilarPassage(text, { documents }), hooks);
  });

  test("picks nothing where hardly a word is shared", () => {
    const text = "Completely different matters, such as plugin names";
    assert.equal(findSimilarPassage(text, { documents }), "");
    assert.equal(findSimilarPassage(text, { documents: [] }), "");
  });

  test("stays with the previous passage unless another is much more alike", () => {
    const other = "A plugin registers its hooks before the server closes them.";
    const both = [...documents, { documentKey: "c", text: other }];
    const text = "plugin registers its hooks before the server";
    assert.equal(findSimilarPassage(text, { documents: both }), other);
    assert.equal(
      findSimilarPassage(text, { documents: both, previous: hooks }),
      hooks,
    );
    assert.equal(
      findSimilarPassage(text, { documents: both, previous: weather }),
      other,
    );
  });
});

suite("cutIntoPassages()", () => {
  test("keeps whole paragraphs together while there is room", () => {
    const short = "Few words.";
    const long = "word ".repeat(80).trim();
    assert.deepEqual(cutIntoPassages(`${short}\r\n\r\n${short}\n \n${long}`), [
      `${short}\n\n${short}\n\n${long}`,
    ]);
    assert.deepEqual(cutIntoPassages(`${long}\n\n${long}\n\n`), [long, long]);
  });

  test("cuts a longer paragraph at lines and words, never within a character", () => {
    for (const text of [
      "word ".repeat(300).trim(),
      "a line of words\n".repeat(100).trim(),
      "字".repeat(1000),
      "x" + "😀".repeat(600),
    ]) {
      const passages = cutIntoPassages(text);
      assert.ok(passages.length > 1);
      for (const passage of passages) {
        assert.ok(passage.length <= MAX_PASSAGE_CHARACTERS);
        assert.ok(!/[\ud800-\udbff]$|^[\udc00-\udfff]/.test(passage));
      }
      assert.equal(
        passages.join("").replaceAll(/\s/g, ""),
        text.replaceAll(/\s/g, ""),
      );
    }
  });
});

suite("SimilarPassages", () => {
  test("renew() picks when the prompt moves or has doubled, and not in between", () => {
    const passages = new SimilarPassages();
    let numCalls = 0;
    const renew = (promptCharacters: number, hasMoved = false) =>
      passages.renew({
        documentKey: "own",
        textBefore: "Plugin registers hooks before",
        promptCharacters,
        hasMoved,
        openDocuments: () => {
          numCalls++;
          return documents;
        },
      });
    assert.equal(renew(100), true);
    assert.equal(passages.of("own"), `${hooks}\n\n`);
    for (const length of [101, 250, 399]) assert.equal(renew(length), false);
    assert.equal(numCalls, 1);
    renew(400);
    assert.equal(numCalls, 2);
    renew(401, true);
    assert.equal(numCalls, 3);
    passages.forget("own");
    assert.equal(passages.of("own"), "");
  });
});
