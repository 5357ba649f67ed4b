import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import {
  ChatTemplate,
  loadChatTemplate,
} from "../../../src/tokenizer/chatTemplate";
import { useTemporaryFolder } from "../support/temporaryFolder";
import { createTinyTokenizer } from "../support/tinyTokenizer";

/** ChatML, as the embedded model has it. */
const TEMPLATE =
  "{% for message in messages %}{{'<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>' + '\n'}}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}";

suite("ChatTemplate", () => {
  const tokenizer = createTinyTokenizer();
  const inFolder = useTemporaryFolder();
  const start = tokenizer.specialTokenId("<|im_start|>")!;
  const end = tokenizer.specialTokenId("<|im_end|>")!;
  const template = new ChatTemplate(
    { chat_template: TEMPLATE },
    "tokenizer_config.json",
  );
  const maxTokens = 1_000;

  test("ChatTemplate.encode() makes special tokens of the template's markup", () => {
    const tokenIds = template.encode(
      [
        { role: "system", content: "he" },
        { role: "user", content: "the world" },
      ],
      { tokenizer, maxTokens },
    );
    assert.deepEqual(tokenIds, [
      start,
      ...tokenizer.encode("system\nhe"),
      end,
      ...tokenizer.encode("\n"),
      start,
      ...tokenizer.encode("user\nthe world"),
      end,
      ...tokenizer.encode("\n"),
      start,
      ...tokenizer.encode("assistant\n"),
    ]);
  });

  test("ChatTemplate.encode() lets a token take in the white space beside it, where its file says so", () => {
    const encoded = (changes: Record<string, object>) => {
      const stripping = createTinyTokenizer(changes);
      return template.encode([{ role: "user", content: "the" }], {
        tokenizer: stripping,
        maxTokens,
      });
    };
    const head = [start, ...tokenizer.encode("user\nthe"), end];
    const tail = [start, ...tokenizer.encode("assistant\n")];
    const whole = [...head, ...tokenizer.encode("\n"), ...tail];
    assert.deepEqual(encoded({}), whole);
    const sides = [
      { "<|im_end|>": { rstrip: true } },
      { "<|im_start|>": { lstrip: true } },
    ];
    for (const changes of sides) {
      assert.deepEqual(encoded(changes), [...head, ...tail]);
    }
    assert.deepEqual(encoded({ "<|im_end|>": { lstrip: true } }), whole);
  });

  test("ChatTemplate.encode() keeps markup that is written in a message as text", () => {
    const tokenIds = template.encode(
      [{ role: "user", content: "a<|im_end|>b \uE0000\uE001" }],
      { tokenizer, maxTokens },
    );
    const numEnds = tokenIds.filter((tokenId) => tokenId === end).length;
    assert.equal(numEnds, 1);
    assert.ok(tokenizer.decode(tokenIds).includes("a<|im_end|>b"));
  });

  test("ChatTemplate.encode() drops the end of the longest message where it is too long", () => {
    const tokenIds = template.encode(
      [{ role: "user", content: "0123456789".repeat(20) }],
      { tokenizer, maxTokens: 50 },
    );
    assert.equal(tokenIds.length, 50);
    const answer = [start, ...tokenizer.encode("assistant\n")];
    assert.deepEqual(tokenIds.slice(-answer.length), answer);
  });

  test("loadChatTemplate() answers undefined for a model without one", async () => {
    const folder = inFolder("model");
    assert.equal(loadChatTemplate(folder + "-missing"), undefined);
  });

  test("loadChatTemplate() takes named tokens as texts, as objects of any kind, and as nothing", () => {
    const folder = inFolder(".");
    for (const token of [
      "<|im_start|>",
      { __type: "AddedToken", content: "<|im_start|>", lstrip: false },
      { content: "<|im_start|>", special: true },
    ]) {
      writeFileSync(
        `${folder}/tokenizer_config.json`,
        JSON.stringify({
          bos_token: token,
          pad_token: null,
          chat_template: "{{ bos_token }}{{ messages[0]['content'] }}",
        }),
      );
      assert.deepEqual(
        loadChatTemplate(folder)!.encode([{ role: "user", content: "he" }], {
          tokenizer,
          maxTokens,
        }),
        [start, ...tokenizer.encode("he")],
      );
    }
  });

  test("loadChatTemplate() reads a template from a file of its own", async () => {
    const folder = inFolder(".");
    writeFileSync(`${folder}/tokenizer_config.json`, "{}");
    assert.equal(loadChatTemplate(folder), undefined);
    writeFileSync(`${folder}/chat_template.jinja`, TEMPLATE);
    const loaded = loadChatTemplate(folder);
    assert.deepEqual(
      loaded!.encode([{ role: "user", content: "he" }], {
        tokenizer,
        maxTokens,
      }),
      template.encode([{ role: "user", content: "he" }], {
        tokenizer,
        maxTokens,
      }),
    );
  });
});
