import assert from "node:assert/strict";
import { ChatTemplate } from "../../../src/tokenizer/chatTemplate";
import { isMarkup } from "../../../src/tokenizer/markup";
import { PrefixIndex } from "../../../src/tokenizer/prefixIndex";
import { Tokenizer } from "../../../src/tokenizer/tokenizer";
import { parseTokenizerJson } from "../../../src/tokenizer/tokenizerJson";
import { TINY_TOKENIZER_FILES } from "../support/tinyTokenizer";

suite("isMarkup()", () => {
  const rows: [boolean, string[]][] = [
    [
      true,
      [
        ...["<|fim_prefix|>", "<|fim_pad|>", "<|file_sep|>", "<|im_end|>"],
        ...["<｜User｜>", "<｜fim▁hole｜>", "<｜end▁of▁sentence｜>"],
        ...["<fim_prefix>", "<fim-suffix>", "<fim_pad>", "<repo_name>"],
        ...["<think>", "</think>", "<tool_call>", "</tool_call>"],
        ...["<tool_response>", "<start_of_turn>", "<unused42>"],
        ...["[INST]", "[/INST]", "[TOOL_CALLS]"],
      ],
    ],
    [
      false,
      [
        ...["\n", "\n\n\n", "\t\t", "▁▁", "▁▁▁▁", "  "],
        ...["<table>", "</table>", "<h1>", "<td>", "</span>", "<s>", "<code>"],
        ...["[multimodal]", "[x]", "word", "<", "<|>", "a <|b|>", "<| a |>"],
        ...["<0x0A>", "<thinking out loud>", "3 < 4 and 5 > 4"],
      ],
    ],
  ];
  for (const [expected, texts] of rows) {
    for (const text of texts) {
      test(`${JSON.stringify(text)}: ${expected}`, () => {
        assert.equal(isMarkup(text), expected);
      });
    }
  }
});

suite("an added token that a file calls no special one", () => {
  const json = JSON.parse(
    JSON.stringify(TINY_TOKENIZER_FILES["tokenizer.json"]),
  ) as { added_tokens: Record<string, unknown>[] };
  const [first] = json.added_tokens;
  const add = (content: string, id: number) =>
    json.added_tokens.push({ ...first, content, id, special: false });
  const names = ["<|fim_pad|>", "<think>", "<｜User｜>"];
  const runId = 128 + names.length;
  names.forEach((name, index) => add(name, 128 + index));
  add("\n\n\n", runId);
  const tokenizer = new Tokenizer(parseTokenizerJson(json));

  test("is never shown and never text when its form is markup", () => {
    for (const [index, name] of names.entries()) {
      const tokenId = 128 + index;
      assert.equal(tokenizer.decode([tokenId]), "", name);
      assert.ok(tokenizer.specialTokenIds.has(tokenId));
      const tokenIds = tokenizer.encode(`a${name.replaceAll("｜", "|")}b`);
      assert.ok(!tokenIds.includes(tokenId));
      assert.ok(tokenIds.length > 4, "letter by letter");
    }
  });

  test("stands for its text when it is a run of line breaks", () => {
    assert.deepEqual(tokenizer.encode("A\n\n\nB").slice(1, 2), [runId]);
    assert.equal(tokenizer.decode([runId]), "\n\n\n");
    const { covering } = new PrefixIndex(tokenizer).lookup(Buffer.from("\n"));
    assert.ok(covering.includes(runId));
    assert.ok(!covering.includes(128));
  });

  test("is one token where a chat template writes it, and none where a message does", () => {
    const template = new ChatTemplate(
      {
        chat_template:
          "{{ '<｜User｜>' + messages[0]['content'] }}{% if enable_thinking is defined and enable_thinking is false %}{{ '<think>' }}{% endif %}",
      },
      "tokenizer_config.json",
    );
    assert.deepEqual(
      template.encode([{ role: "user", content: "a<think>" }], {
        tokenizer,
        maxTokens: 99,
      }),
      [130, ...tokenizer.encode("a<think>"), 129],
    );
  });
});
