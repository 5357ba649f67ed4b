import assert from "node:assert/strict";
import { buildTokenizerFiles } from "../../../src/tokenizer/buildTokenizerFiles";
import { parseTokenizerJson } from "../../../src/tokenizer/tokenizerJson";
import { TINY_TOKENIZER_FILES } from "../support/tinyTokenizer";

const FORMS: [string, string[]][] = [
  ["Qwen2.5-Coder", ["<|fim_prefix|>", "<|fim_suffix|>", "<|fim_middle|>"]],
  ["StarCoder", ["<fim_prefix>", "<fim_suffix>", "<fim_middle>"]],
  ["SantaCoder", ["<fim-prefix>", "<fim-suffix>", "<fim-middle>"]],
  ["DeepSeek-Coder", ["<｜fim▁begin｜>", "<｜fim▁hole｜>", "<｜fim▁end｜>"]],
];

/** The tiny vocabulary with these added tokens behind it. */
function read(added: string[], config?: unknown) {
  const json = JSON.parse(
    JSON.stringify(TINY_TOKENIZER_FILES["tokenizer.json"]),
  ) as { added_tokens: Record<string, unknown>[] };
  const [first] = json.added_tokens;
  added.forEach((content, index) =>
    json.added_tokens.push({
      ...first,
      content,
      id: 128 + index,
      special: false,
    }),
  );
  return parseTokenizerJson(json, { config }).fillInMiddle;
}

suite("findFillInMiddle()", () => {
  const expected = { prefixId: 128, suffixId: 129, middleId: 130 };
  for (const [name, texts] of FORMS) {
    test(`finds the tokens of ${name}, which its file calls no special ones`, () => {
      assert.deepEqual(read(texts), expected);
    });
  }

  test("finds nothing where one of the three is missing or is text, nor Mistral's", () => {
    const [, qwen] = FORMS[0]!;
    assert.equal(read([]), undefined);
    assert.equal(read(qwen.slice(0, 2)), undefined);
    assert.equal(read(["[PREFIX]", "[SUFFIX]", "[MIDDLE]"]), undefined);
    const named = {
      fim_prefix_token: "a",
      fim_suffix_token: "b",
      fim_middle_token: "c",
    };
    assert.equal(read([], named), undefined);
  });

  test("goes by the ids of a GGUF file where the tokens have other names, and makes markup of them", () => {
    const tokens = ["<s>", "PRE", "SUF", "MID", "a"];
    const files = buildTokenizerFiles({
      tokens,
      tokenTypes: [3, 1, 4, 3, 1],
      merges: [],
      preTokenizer: "gpt-2",
      fimPrefixTokenId: 1,
      fimSuffixTokenId: 2,
      fimMiddleTokenId: 3,
    });
    const { fillInMiddle, addedTokens } = parseTokenizerJson(
      files["tokenizer.json"],
      { config: files["tokenizer_config.json"] },
    );
    assert.deepEqual(fillInMiddle, { prefixId: 1, suffixId: 2, middleId: 3 });
    assert.ok(addedTokens.every(({ isSpecial }) => isSpecial));
  });
});
