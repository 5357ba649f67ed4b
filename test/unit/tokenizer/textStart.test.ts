import assert from "node:assert/strict";
import { findBosIds } from "../../../src/tokenizer/textStart";

const TOKENS = ["<unk>", "<s>", "</s>", "<|begin_of_text|>"];

/** A post-processor as tokenizer.json has it. */
const template = (...names: string[]) => ({
  type: "TemplateProcessing",
  single: [
    ...names.map((id) => ({ SpecialToken: { id, type_id: 0 } })),
    { Sequence: { id: "A", type_id: 0 } },
    { SpecialToken: { id: "</s>", type_id: 0 } },
  ],
  special_tokens: Object.fromEntries(
    [...names, "</s>"].map((id) => [
      id,
      { id, ids: [TOKENS.indexOf(id)], tokens: [id] },
    ]),
  ),
});
const BYTES = { type: "ByteLevel" };

suite("findBosIds()", () => {
  const find = (config: unknown, postProcessor: unknown) =>
    findBosIds({
      config,
      postProcessor,
      tokenIdOf: (token) => {
        const id = TOKENS.indexOf(token);
        return id < 0 ? undefined : id;
      },
    });

  const rows: [string, unknown, unknown, number[]][] = [
    ["SmolLM2", { add_bos_token: false, bos_token: "<s>" }, null, []],
    ["no tokenizer_config.json", undefined, null, []],
    ["Qwen, which only has bytes", { add_bos_token: false }, BYTES, []],
    ["GPT-2, which names a token", { bos_token: "<s>" }, BYTES, []],
    [
      "Llama 3, whose template alone says so",
      { bos_token: "<|begin_of_text|>" },
      {
        type: "Sequence",
        processors: [BYTES, template("<|begin_of_text|>")],
      },
      [3],
    ],
    [
      "Llama 2, where both say so",
      { add_bos_token: true, bos_token: "<s>" },
      template("<s>"),
      [1],
    ],
    [
      "DeepSeek, whose token is an object",
      {
        add_bos_token: true,
        bos_token: { __type: "AddedToken", content: "<s>" },
      },
      BYTES,
      [1],
    ],
    [
      "a template that the configuration takes back",
      { add_bos_token: false },
      template("<s>"),
      [],
    ],
    [
      "a configuration that does not say",
      { add_bos_token: null },
      template("<s>"),
      [1],
    ],
    ["two tokens in front", undefined, template("<s>", "<unk>"), [1, 0]],
    ["a token behind alone", undefined, template(), []],
  ];
  for (const [name, config, postProcessor, expected] of rows) {
    test(name, () => {
      assert.deepEqual(find(config, postProcessor), expected);
    });
  }

  test("refuses a token that is not there", () => {
    assert.throws(() => find({ add_bos_token: true }, null), {
      message:
        "Cannot read tokenizer_config.json: add_bos_token is true and bos_token missing, expected a token of the vocabulary",
    });
    assert.throws(
      () => find({ add_bos_token: true, bos_token: "<bos>" }, null),
      /bos_token "<bos>", expected a token of the vocabulary/,
    );
    assert.throws(
      () =>
        find(undefined, { ...template("<s>"), special_tokens: { "<s>": {} } }),
      /post_processor begins with "<s>" and special_tokens has \{\} for it, expected its ids/,
    );
  });
});
