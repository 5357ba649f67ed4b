// A model that wants a token in front of every text (BOS) sees it at the head of every window, once; the same model
// without it in its files sees what it saw before.

import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { loadEngine, type Engine } from "../../../src/engine/engine";
import { findNextTokens } from "../../../src/engine/nextTokens";
import { loadTextScorer } from "../../../src/engine/textScorer";
import { startPrompt } from "../../../src/engine/textStart";
import { TokenGenerator } from "../../../src/inference/tokenGenerator";
import { TokenScorer } from "../../../src/inference/tokenScorer";
import type { ModelFolder } from "../../../src/model/files/modelFolder";
import {
  greedyRequest,
  type GenerateRequest,
} from "../../../src/protocol/generation";
import { argMaxOf, logSoftmaxOf } from "../support/matrices";
import { referenceForward } from "../support/referenceLlama";
import { useSessions } from "../support/sessions";
import { useTemporaryFolder } from "../support/temporaryFolder";
import { removeTinyModel } from "../support/tinyModel";
import { createTinyTokenizer } from "../support/tinyTokenizer";
import { makeText, makeTinyTextModel } from "../support/trainingCase";

const BOS = 1;
const TEXT = "the hello world and help";
const LONG = makeText(3, 60);
/** Written in a chat template that begins with the token itself. */
const CHAT = "{{ messages[0]['content'] }}";

suite("the token in front of every text", () => {
  const inFolder = useTemporaryFolder();
  const tokenizer = createTinyTokenizer();
  const models: ModelFolder[] = [];
  const engines: Engine[] = [];
  suiteTeardown(async () => {
    for (const engine of engines) await engine.dispose();
    models.forEach(removeTinyModel);
  });
  useSessions();

  function makeModel(change: Record<string, unknown>): ModelFolder {
    const model = makeTinyTextModel(12);
    models.push(model);
    const file = path.join(model.directory, "tokenizer_config.json");
    const config = JSON.parse(readFileSync(file, "utf8")) as object;
    writeFileSync(file, JSON.stringify({ ...config, ...change }));
    return model;
  }
  const requestFor = ({ directory }: ModelFolder) => ({
    modelFolder: directory,
    cacheFolder: inFolder("cache"),
    threads: 1,
    adapterFolder: undefined,
  });
  /** The prompts that reach the model's loop for a request. */
  async function promptsOf(
    change: Record<string, unknown>,
    request: Partial<GenerateRequest>,
  ): Promise<number[][]> {
    const engine = await loadEngine(requestFor(makeModel(change)), () => {});
    engines.push(engine);
    const prompts: number[][] = [];
    const generate = TokenGenerator.prototype.generate;
    TokenGenerator.prototype.generate = function (cache, tokenIds, options) {
      prompts.push([...tokenIds]);
      return generate.call(this, cache, tokenIds, options);
    };
    try {
      await engine.generate(
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
    } finally {
      TokenGenerator.prototype.generate = generate;
    }
    return prompts;
  }

  const textIds = tokenizer.encode(TEXT);
  const longIds = tokenizer.encode(LONG);
  const long = { chat: [], writtenTokenIds: [], mustGoOn: true };
  const chat = [{ role: "user" as const, content: TEXT }];
  const rows: [
    string,
    {
      request: Partial<GenerateRequest>;
      template?: string;
      /** Of the first window, behind the token in front. */
      textIds: number[];
      /** Without a token in front. */
      withoutIds?: number[];
    },
  ][] = [
    [
      "an empty prompt",
      { request: { prompt: "" }, textIds: [], withoutIds: [1] },
    ],
    ["a short prompt", { request: { prompt: TEXT }, textIds }],
    [
      "a window that has moved",
      {
        request: { prompt: LONG },
        // In jumps of an eighth: of 63 tokens 7, of 64 tokens 8.
        textIds: longIds.slice(Math.ceil((longIds.length - 63) / 7) * 7),
        withoutIds: longIds.slice(Math.ceil((longIds.length - 64) / 8) * 8),
      },
    ],
    [
      "a prompt whose only word is taken back",
      { request: { prompt: "the", heal: true }, textIds: [], withoutIds: [1] },
    ],
    ["a long text", { request: { prompt: TEXT, long }, textIds }],
    [
      "a chat whose template does not write it",
      {
        request: { long: { ...long, chat }, contextTokens: 128 },
        template: CHAT,
        textIds,
      },
    ],
    [
      "a chat whose template writes it",
      {
        request: { long: { ...long, chat }, contextTokens: 128 },
        template: `{{ bos_token }}${CHAT}`,
        textIds,
        withoutIds: [BOS, ...textIds],
      },
    ],
  ];
  for (const [
    name,
    { request, template, textIds: expected, withoutIds = expected },
  ] of rows) {
    test(`stands before ${name}, once, and only where it is asked for`, async () => {
      const shared = template === undefined ? {} : { chat_template: template };
      const [prompt] = await promptsOf(
        { add_bos_token: true, ...shared },
        request,
      );
      assert.deepEqual(prompt, [BOS, ...expected]);
      const [without] = await promptsOf(shared, request);
      assert.deepEqual(without, withoutIds);
    });
  }

  test("stands before every window of a long text that outgrows the context", async () => {
    const prompts = await promptsOf(
      { add_bos_token: true, eos_token: null },
      {
        prompt: LONG.slice(0, 80),
        long,
        contextTokens: 8,
        maxTokens: 24,
      },
    );
    assert.ok(prompts.length > 2);
    for (const prompt of prompts) {
      assert.equal(prompt.lastIndexOf(BOS), 0, prompt.join());
      assert.ok(prompt.length <= 8);
    }
  });

  test("is told as no dropped token", async () => {
    const engine = await loadEngine(
      requestFor(makeModel({ add_bos_token: true })),
      () => {},
    );
    engines.push(engine);
    const ask = (prompt: string) =>
      engine.generate(
        greedyRequest({
          prompt,
          contextTokens: 64,
          maxTokens: 1,
          cacheKey: prompt,
        }),
        { isCancelled: () => false, onText: () => {} },
      );
    const { promptTokens, droppedTokens } = await ask(TEXT);
    assert.equal(promptTokens, textIds.length + 1);
    assert.equal(droppedTokens, undefined);
    const moved = await ask(LONG);
    assert.equal(moved.promptTokens + moved.droppedTokens!, longIds.length + 1);
  });

  test("is what the next tokens and bits of a text are computed with", async () => {
    for (const isAsked of [true, false]) {
      const model = makeModel({ add_bos_token: isAsked });
      const ids = [...(isAsked ? [BOS] : []), ...textIds];
      const { logits } = referenceForward(model, ids);
      const { promptTokens, candidates } = await findNextTokens(
        requestFor(model),
        { prompt: TEXT, count: 1 },
      );
      assert.equal(promptTokens, ids.length);
      assert.equal(candidates[0]!.tokenId, argMaxOf(logits.at(-1)!));

      const scorer = await loadTextScorer(requestFor(model));
      const found = await scorer.bits(TEXT);
      await scorer.dispose();
      const nats = ids
        .slice(1)
        .map((id, place) => logSoftmaxOf(logits[place]!)[id]!);
      const expected = -nats.reduce((sum, each) => sum + each, 0) / Math.LN2;
      assert.ok(
        Math.abs(found.bits - expected) < 1e-3,
        `${found.bits} for ${expected}`,
      );
      const first = tokenizer.decode(textIds.slice(0, 1)).length;
      assert.equal(found.characters, TEXT.length - (isAsked ? 0 : first));
    }
  });

  test("stands before the prompt whose continuations are scored", async () => {
    for (const isAsked of [true, false]) {
      const model = makeModel({ add_bos_token: isAsked });
      const engine = await loadEngine(requestFor(model), () => {});
      engines.push(engine);
      const target = tokenizer.encode("help", "within");
      const ids = [...(isAsked ? [BOS] : []), ...textIds, ...target];
      const { logits } = referenceForward(model, ids);
      const expected = target
        .map((id, place) => ({ id, row: ids.length - target.length + place }))
        .map(({ id, row }) => logSoftmaxOf(logits[row - 1]!)[id]!)
        .reduce((sum, each) => sum + each, 0);
      const [found] = await engine.scoreContinuations(TEXT, ["help"]);
      assert.ok(Math.abs(found! - expected) < 1e-3, `${found} for ${expected}`);
      const [shortened] = await engine.scoreContinuations(LONG.repeat(40), [
        "help",
      ]);
      assert.ok(Number.isFinite(shortened));
    }
  });

  test("stands before every window that is scored, and every token counts once", async () => {
    const scorer = await loadTextScorer(
      requestFor(makeModel({ add_bos_token: true })),
    );
    const windows: number[][] = [];
    const score = TokenScorer.prototype.score;
    TokenScorer.prototype.score = function (tokenIds, options) {
      windows.push([...tokenIds]);
      return score.call(this, tokenIds, options);
    };
    try {
      const text = LONG.repeat(2);
      let end = 0;
      let numTokens = 0;
      for await (const token of scorer.tokens(text)) {
        end += token.characters;
        assert.equal(token.end, end);
        numTokens++;
      }
      assert.equal(end, text.length);
      assert.equal(numTokens, tokenizer.encode(text).length);
    } finally {
      TokenScorer.prototype.score = score;
      await scorer.dispose();
    }
    assert.ok(windows.length > 2);
    for (const window of windows) {
      assert.equal(window.lastIndexOf(BOS), 0);
      assert.ok(window.length <= 512);
    }
  });

  test("startPrompt() keeps it and a token of the text in the shortest window", () => {
    const model = (bosIds: number[]) => ({
      tokenizer: { bosIds },
      folder: { config: { bosTokenId: 7 } },
    });
    const of = (ids: number[], bosIds: number[], maxTokens?: number) =>
      startPrompt(ids, {
        model: model(bosIds),
        ...(maxTokens !== undefined && { maxTokens }),
      });
    assert.deepEqual(of([3, 4, 5], [9]), [9, 3, 4, 5]);
    assert.deepEqual(of([3, 4, 5], [9], 3), [9, 4, 5]);
    assert.deepEqual(of([3, 4, 5], [9], 1), [9, 5]);
    assert.deepEqual(of([3, 4, 5], [], 2), [4, 5]);
    assert.deepEqual(of([], []), [7]);
    assert.deepEqual(of([], [9]), [9]);
  });
});
