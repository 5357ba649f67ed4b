// The Simplified Chinese sentences by the rules of docs/TRANSLATING.md.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { wordsIn } from "../support/wordsInEnglish";

const root = path.resolve(__dirname, "../../..");
const read = (file: string) =>
  JSON.parse(readFileSync(path.join(root, file), "utf8")) as Record<
    string,
    string
  >;
const bundle = read("l10n/bundle.l10n.zh-cn.json");
const sentences = [
  ...Object.values(bundle),
  ...Object.values(read("package.nls.zh-cn.json")),
];

const HALF_WIDTH = /\p{Script=Han}[,;:!?]|\p{Script=Han}\.(?!\w|\.)/u;
const CLOSE = /\p{Script=Han}[A-Za-z0-9`]|[A-Za-z0-9`]\p{Script=Han}/u;
const CLOSE_PLACE = /\p{Script=Han}\{\d|\d\}\p{Script=Han}/u;
/** Their places are sentences with a stop, or Chinese words. */
const CHINESE_PLACES = [
  "Line {0} may hold {1}. There may be more in other lines.",
  "the model does not know {0} well ({1})",
  "{0} A model that was trained on this document can write it out again. If the document changes, you are asked again.",
  "{0} Once that is fixed, resume from the last checkpoint.",
  "{0} by day, as columns. The figures are in the table below.",
];
/** Another word for what the glossary has one for. */
const OTHER_WORDS =
  /令牌数|标记数|精调|分词|工作空间|插件|缺省|鼠标|您|校验集|保留集|快捷建议/u;
/** What is said in English in every language. */
const LATIN = new Set(
  "Inkling Git CSV GGUF Hugging Face OWNER NAME https label Markdown JSON JSONL Lines Python peft Code Tab Esc name prompt completion target messages instruction output chosen rejected text docs core excludesFile gitignore".split(
    " ",
  ),
);

suite("sentences in Simplified Chinese", () => {
  test("stops and commas behind Chinese are full-width", () => {
    assert.deepEqual(
      sentences.filter((each) => HALF_WIDTH.test(each)),
      [],
    );
  });

  test("a space stands between Chinese and Latin letters, digits and places", () => {
    assert.deepEqual(
      sentences.filter((each) => CLOSE.test(each)),
      [],
    );
    const close = Object.entries(bundle)
      .filter(([, sentence]) => CLOSE_PLACE.test(sentence))
      .map(([key]) => key);
    assert.deepEqual(close.sort(), CHINESE_PLACES);
  });

  test("the words are those of the glossary", () => {
    assert.deepEqual(
      sentences.filter((each) => OTHER_WORDS.test(each)),
      [],
    );
  });

  test("no English is left but names, keys and code", () => {
    const wordsOf = (sentence: string) =>
      sentence
        .replace(/\$\([a-z~-]+\)|\b(?:inkling|editor)\.[\w.]+/g, "")
        .match(/[a-z]{3,}/gi) ?? [];
    const left = Object.values(bundle)
      .flatMap(wordsOf)
      .filter((word) => !LATIN.has(word));
    assert.deepEqual(left, []);
  });

  const rows: [sentence: string, isHalfWidth: boolean, isClose: boolean][] = [
    ["太大, 太小", true, false],
    ["太大，太小", false, false],
    ["太大.", true, false],
    ["打开...", false, false],
    ["用Tab接受", false, true],
    ["用 Tab 接受", false, false],
    ["约5行", false, true],
  ];
  for (const [sentence, isHalfWidth, isClose] of rows) {
    test(`the rules judge ${sentence}`, () => {
      assert.equal(HALF_WIDTH.test(sentence), isHalfWidth);
      assert.equal(CLOSE.test(sentence), isClose);
    });
  }

  test("a decision is one sentence, and so is why a whole language gets none", () => {
    const { decisionSentence } = wordsIn<
      typeof import("../../../src/words/editorWords")
    >("zh-cn", "editorWords");
    assert.equal(
      decisionSentence({
        kind: "silent",
        reason: { code: "unsure", confidence: 0.31, threshold: 0.38 },
      }),
      "无建议：把握仅 31%（达到 38% 才显示）",
    );
    assert.equal(
      decisionSentence({
        kind: "silent",
        reason: { code: "unknown-language", language: "zh" },
      }),
      "无建议：模型不太懂中文（可用“选择模型”寻找其他模型）",
    );
  });
});
