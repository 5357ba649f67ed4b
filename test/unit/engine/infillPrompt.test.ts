// A model whose vocabulary fills in the middle sees the text before the cursor and behind it between its own tokens: the
// very ids that reach the loop, for random models of two families. No trained model of that kind was run.

import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import path from "node:path";
import { loadEngine, type Engine } from "../../../src/engine/engine";
import {
  TokenGenerator,
  type GenerateTokensOptions,
} from "../../../src/inference/tokenGenerator";
import { WorkspaceMemory } from "../../../src/memory/workspaceMemory";
import {
  openModelFolder,
  type ModelFolder,
} from "../../../src/model/files/modelFolder";
import {
  greedyRequest,
  type GenerateRequest,
} from "../../../src/protocol/generation";
import { useSessions } from "../support/sessions";
import { useTemporaryFolder } from "../support/temporaryFolder";
import {
  makeTinyModel,
  removeTinyModel,
  TINY_CONFIG,
} from "../support/tinyModel";
import {
  createTinyTokenizer,
  TINY_TOKENIZER_FILES,
} from "../support/tinyTokenizer";
import { makeText } from "../support/trainingCase";

const BOS = 1;
const PRE = 128;
const SUF = 129;
const MID = 130;
const FORMS = {
  "Qwen2.5-Coder": ["<|fim_prefix|>", "<|fim_suffix|>", "<|fim_middle|>"],
  StarCoder: ["<fim_prefix>", "<fim_suffix>", "<fim_middle>"],
  "DeepSeek-Coder": ["<｜fim▁begin｜>", "<｜fim▁hole｜>", "<｜fim▁end｜>"],
};

interface Loop {
  promptIds: number[];
  options: GenerateTokensOptions;
}

suite("the prompt that fills in the middle", () => {
  const inFolder = useTemporaryFolder();
  const tokenizer = createTinyTokenizer();
  const models: ModelFolder[] = [];
  const engines: Engine[] = [];
  suiteTeardown(async () => {
    for (const engine of engines) await engine.dispose();
    models.forEach(removeTinyModel);
  });
  useSessions();

  async function load(
    added: readonly string[],
    config: Record<string, unknown> = {},
  ): Promise<Engine> {
    const { directory } = makeTinyModel(12, {
      ...TINY_CONFIG,
      vocab_size: 128 + added.length,
    });
    models.push(openModelFolder(directory));
    const json = structuredClone(TINY_TOKENIZER_FILES["tokenizer.json"]) as {
      added_tokens: object[];
    };
    const [first] = json.added_tokens;
    added.forEach((content, index) =>
      json.added_tokens.push({ ...first, content, id: 128 + index }),
    );
    const write = (name: string, content: object) =>
      writeFileSync(path.join(directory, name), JSON.stringify(content));
    write("tokenizer.json", json);
    write("tokenizer_config.json", {
      ...TINY_TOKENIZER_FILES["tokenizer_config.json"],
      ...config,
    });
    const engine = await loadEngine(
      { modelFolder: directory, cacheFolder: inFolder("cache"), threads: 1 },
      () => {},
    );
    engines.push(engine);
    return engine;
  }

  async function ask(engine: Engine, request: Partial<GenerateRequest>) {
    const loops: Loop[] = [];
    const generate = TokenGenerator.prototype.generate;
    TokenGenerator.prototype.generate = function (cache, tokenIds, options) {
      loops.push({ promptIds: [...tokenIds], options });
      return generate.call(this, cache, tokenIds, options);
    };
    try {
      const result = await engine.generate(
        {
          ...greedyRequest({
            prompt: "",
            contextTokens: 64,
            maxTokens: 4,
            cacheKey: "a",
          }),
          ...request,
        },
        { isCancelled: () => false, onText: () => {} },
      );
      return { result, loop: loops[0]! };
    } finally {
      TokenGenerator.prototype.generate = generate;
    }
  }

  const encode = (text: string) => tokenizer.encode(text, "within");
  const long = makeText(3, 60);
  const longIds = tokenizer.encode(long);
  const suffixOf = (text: string, maxTokens = 16) => ({ text, maxTokens });
  const rows: [
    string,
    {
      request: Partial<GenerateRequest>;
      prefixIds: number[];
      suffixIds: number[];
    },
  ][] = [
    [
      "both sides of a gap",
      {
        request: { prompt: "the hello(", suffix: suffixOf(") and help\n") },
        prefixIds: encode("the hello("),
        suffixIds: encode(") and help\n"),
      },
    ],
    [
      "a begun word, whose token is taken back out of the prefix",
      {
        request: { prompt: "the hel", suffix: suffixOf("\n}"), heal: true },
        prefixIds: encode("the"),
        suffixIds: encode("\n}"),
      },
    ],
    [
      "nothing but a begun word",
      {
        request: { prompt: "the", suffix: suffixOf("\n}"), heal: true },
        prefixIds: [],
        suffixIds: encode("\n}"),
      },
    ],
    [
      "a space before the cursor",
      {
        request: { prompt: "a = ", suffix: suffixOf(";"), heal: true },
        prefixIds: encode("a ="),
        suffixIds: encode(";"),
      },
    ],
    [
      "a suffix that loses its end",
      {
        request: { prompt: "the", suffix: suffixOf(" and".repeat(40), 8) },
        prefixIds: encode("the"),
        suffixIds: encode(" and".repeat(8)),
      },
    ],
    [
      "a suffix of a quarter of the context, whatever is asked for",
      {
        request: { prompt: "the", suffix: suffixOf(" and".repeat(40), 60) },
        prefixIds: encode("the"),
        suffixIds: encode(" and".repeat(16)),
      },
    ],
  ];
  for (const [form, texts] of Object.entries(FORMS)) {
    for (const bos of [true, false]) {
      test(`of ${form}, ${bos ? "with" : "without"} a token in front of every text`, async () => {
        const engine = await load(texts, { add_bos_token: bos });
        assert.equal(engine.description.fillsInMiddle, true);
        for (const [name, { request, prefixIds, suffixIds }] of rows) {
          const { result, loop } = await ask(engine, request);
          const inFront = bos ? [BOS, PRE] : [PRE];
          assert.deepEqual(
            loop.promptIds,
            [...inFront, ...prefixIds, SUF, ...suffixIds, MID],
            name,
          );
          assert.equal(result.suffixTokens, suffixIds.length + 2, name);
          assert.equal(result.droppedTokens, undefined, name);
          const { healed, tokens, text } = result.generations[0]!;
          assert.equal(
            tokens.map((token) => token.text).join(""),
            healed + text,
            name,
          );
          if (request.heal) {
            assert.ok(healed !== "" && request.prompt!.endsWith(healed), name);
          }
        }
      });
    }
  }

  test("moves its window in jumps, within the context and with the marks in their places", async () => {
    const engine = await load(FORMS.StarCoder, { add_bos_token: true });
    const suffix = suffixOf("\nand help", 8);
    const suffixIds = encode(suffix.text);
    const starts = new Set<number>();
    for (let typed = 0; typed < 24; typed++) {
      const prompt = long.slice(0, 400 + typed);
      const { loop, result } = await ask(engine, { prompt, suffix });
      const { promptIds } = loop;
      assert.ok(promptIds.length <= 64, `${promptIds.length} tokens`);
      const prefixIds = promptIds.slice(2, -suffixIds.length - 2);
      const all = tokenizer.encode(prompt);
      assert.deepEqual(prefixIds, all.slice(all.length - prefixIds.length));
      assert.deepEqual(promptIds, [
        ...[BOS, PRE, ...prefixIds],
        ...[SUF, ...suffixIds, MID],
      ]);
      assert.equal(result.droppedTokens, all.length - prefixIds.length);
      starts.add(all.length - prefixIds.length);
    }
    assert.ok(starts.size <= 4, [...starts].join());
    const { result } = await ask(engine, {
      prompt: long.slice(0, 424),
      suffix,
    });
    // A key more: the prefix comes from the cache, the suffix is read again.
    assert.ok(result.reusedTokens >= 64 - suffixIds.length - 12);
  });

  test("is asked of no other model, for no long text and without a suffix", async () => {
    const suffix = suffixOf(") and");
    const plain = await load([]);
    assert.equal(plain.description.fillsInMiddle, false);
    const { loop, result } = await ask(plain, { prompt: long, suffix });
    assert.equal(result.suffixTokens, undefined);
    assert.deepEqual(loop.promptIds, longIds.slice(-loop.promptIds.length));
    const coder = await load(FORMS.StarCoder);
    const prompt = "the hello";
    const without = await ask(coder, { prompt });
    assert.deepEqual(without.loop.promptIds, encode(prompt));
    const longText = { chat: [], writtenTokenIds: [], mustGoOn: true };
    const written = await ask(coder, { prompt, suffix, long: longText });
    assert.deepEqual(written.loop.promptIds, encode(prompt));
  });

  test("shows a memory the text before the cursor alone, and ends at every mark", async () => {
    const engine = await load(FORMS["Qwen2.5-Coder"]);
    const asked: number[][] = [];
    const memory = new WorkspaceMemory(1e6);
    const { continuations } = memory;
    memory.continuations = function (contextIds, options) {
      asked.push([...contextIds]);
      return continuations.call(this, contextIds, options);
    };
    engine.useMemory(memory);
    const prompt = "the hello and";
    const { loop } = await ask(engine, { prompt, suffix: suffixOf(" help") });
    const prefixIds = encode(prompt);
    assert.ok(asked.length > 0);
    for (const contextIds of asked) {
      assert.deepEqual(contextIds.slice(0, prefixIds.length), prefixIds);
      assert.ok(contextIds.every((tokenId) => tokenId < PRE));
    }
    for (const tokenId of [PRE, SUF, MID, 2]) {
      assert.ok(loop.options.endTokenIds.has(tokenId));
    }
  });
});
