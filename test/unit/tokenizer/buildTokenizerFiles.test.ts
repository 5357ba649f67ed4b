import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import type { GgufTokenizer } from "../../../src/formats/ggufFile";
import { buildTokenizerFiles } from "../../../src/tokenizer/buildTokenizerFiles";
import { Tokenizer } from "../../../src/tokenizer/tokenizer";
import { parseTokenizerJson } from "../../../src/tokenizer/tokenizerJson";

const metadata: GgufTokenizer = {
  tokens: ["<end>", "<own>", "a", "b", "Ġ", "1", "2", "ab", "Ġab", "12"],
  tokenTypes: [3, 4, 1, 1, 1, 1, 1, 1, 1, 1],
  merges: ["a b", "Ġ ab", "1 2"],
  preTokenizer: "smollm",
  eosTokenId: 0,
  unknownTokenId: 0,
  addBosToken: false,
  chatTemplate: "{{ messages }}",
};

function encode(change: Partial<GgufTokenizer>, text: string) {
  const files = buildTokenizerFiles({ ...metadata, ...change });
  const written = JSON.parse(JSON.stringify(files["tokenizer.json"])) as object;
  return new Tokenizer(parseTokenizerJson(written)).encode(text);
}

function refuses(change: Partial<GgufTokenizer>, message: RegExp) {
  assert.throws(() => buildTokenizerFiles({ ...metadata, ...change }), message);
}

suite("buildTokenizerFiles()", () => {
  test("makes a tokenizer that splits as its name says", () => {
    assert.deepEqual(encode({}, "ab ab12"), [7, 8, 5, 6]);
    assert.deepEqual(encode({ preTokenizer: "gpt-2" }, "ab ab12"), [7, 8, 9]);
    assert.deepEqual(encode({ preTokenizer: "llama-bpe" }, "12 ab"), [9, 8]);
    assert.deepEqual(encode({ preTokenizer: "qwen2" }, "12 ab"), [5, 6, 8]);
  });

  test("marks control tokens as special and user-defined ones as not", () => {
    const added = (id: number, content: string, special: boolean) => ({
      id,
      content,
      single_word: false,
      lstrip: false,
      rstrip: false,
      normalized: false,
      special,
    });
    assert.deepEqual(
      buildTokenizerFiles(metadata)["tokenizer.json"]["added_tokens"],
      [added(0, "<end>", true), added(1, "<own>", false)],
    );
  });

  test("names the tokens that have a role, and no others", () => {
    const config = buildTokenizerFiles(metadata)["tokenizer_config.json"];
    const { eos_token, unk_token, bos_token, pad_token, chat_template } =
      config;
    assert.deepEqual(
      { eos_token, unk_token, bos_token, pad_token, chat_template },
      {
        eos_token: "<end>",
        unk_token: "<end>",
        bos_token: undefined,
        pad_token: undefined,
        chat_template: "{{ messages }}",
      },
    );
  });

  test("puts the first token in front where the model wants it", () => {
    const files = buildTokenizerFiles({
      ...metadata,
      addBosToken: true,
      bosTokenId: 0,
    });
    const processor = files["tokenizer.json"]["post_processor"] as {
      type: string;
      special_tokens: unknown;
    };
    assert.equal(processor.type, "TemplateProcessing");
    assert.deepEqual(processor.special_tokens, {
      "<end>": { id: "<end>", ids: [0], tokens: ["<end>"] },
    });
  });

  test("refuses a pre-tokenizer that it does not know, and lists those it does", () => {
    const known =
      /is "dbrx", expected one of gpt-2, .*smollm, .*llama-bpe, .*qwen2/;
    refuses({ preTokenizer: "dbrx" }, known);
    refuses({ preTokenizer: "toString" }, /is "toString", expected one of/);
  });

  test("refuses metadata that contradict themselves", () => {
    refuses({ tokenTypes: [1] }, /10 tokens and 1 token types/);
    refuses({ tokens: [], tokenTypes: [] }, /0 tokens and 0 token types/);
    refuses(
      { tokens: metadata.tokens.with(3, "a") },
      /tokens 2 and 3 are both "a"/,
    );
    refuses({ merges: ["a b", "ab"] }, /a merge is "ab"/);
    refuses({ merges: ["a b c"] }, /a merge is "a b c"/);
    refuses({ eosTokenId: 10 }, /eosTokenId is 10, expected an id below 10/);
    refuses({ addBosToken: true }, /add_bos_token is set/);
  });
});

// Made by scripts/makePreTokenizerGolden.mjs.
suite("buildTokenizerFiles() splits as llama.cpp does by", () => {
  const golden = JSON.parse(
    readFileSync("test/fixtures/bpe/preTokenizers.json", "utf8"),
  ) as {
    tokens: string[];
    merges: string[];
    texts: string[];
    addsBos: Record<string, boolean>;
    tokenIds: Record<string, number[][]>;
  };
  const { tokens, merges, texts, addsBos, tokenIds } = golden;
  for (const [preTokenizer, expected] of Object.entries(tokenIds)) {
    test(preTokenizer, () => {
      const files = buildTokenizerFiles({
        tokens,
        tokenTypes: tokens.map((_, id) => (id === 0 ? 3 : 1)),
        merges,
        preTokenizer,
        bosTokenId: 0,
        eosTokenId: 0,
      });
      const tokenizer = new Tokenizer(
        parseTokenizerJson(files["tokenizer.json"], {
          config: files["tokenizer_config.json"],
        }),
      );
      texts.forEach((text, index) => {
        assert.deepEqual(tokenizer.encode(text), expected[index], text);
        assert.equal(tokenizer.decode(expected[index]!), text);
      });
      assert.equal(tokenizer.bosIds.length > 0, addsBos[preTokenizer]);
    });
  }
});
