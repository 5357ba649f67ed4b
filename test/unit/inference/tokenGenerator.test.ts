// The generate loop over a model with chosen logits; no session, no weights.

import assert from "node:assert/strict";
import type { DrawnToken } from "../../../src/inference/languageModel";
import {
  TokenGenerator,
  type AllowedTokens,
  type GenerateTokensOptions,
  type TokenSampling,
} from "../../../src/inference/tokenGenerator";
import {
  assertSound,
  countUp,
  FakeModel,
  favour,
  FAKE_CANDIDATES,
  FAKE_VOCAB_SIZE,
  type ChooseLogits,
} from "../support/fakeModel";
import { assertClose } from "../support/assertClose";
import { gaussians } from "../support/matrices";

const GREEDY: TokenSampling = {
  temperature: 0,
  topK: 0,
  topP: 1,
  repetitionPenalty: 1,
  seed: 0,
};

const everyToken = new Uint8Array(FAKE_VOCAB_SIZE).fill(1);
const upTo = (length: number, first = 0) =>
  Array.from({ length }, (_, i) => first + i);

/** Any tokens may follow any two, some more often than others. */
const mixed: ChooseLogits = (tokenIds) => {
  const seed = 1000 * tokenIds.at(-1)! + (tokenIds.at(-2) ?? 0);
  return [...gaussians(seed, FAKE_VOCAB_SIZE)];
};

function create(chooseLogits: ChooseLogits = countUp, hasPrefill = true) {
  const model = new FakeModel(chooseLogits);
  const { decode, prefill } = model;
  const generator = new TokenGenerator(
    { decode, prefill: hasPrefill ? prefill : undefined },
    { vocabSize: FAKE_VOCAB_SIZE, numCandidates: FAKE_CANDIDATES },
  );
  const cache = model.createCache();

  async function generate(
    promptIds: readonly number[],
    {
      sampling = {},
      ...change
    }: Partial<Omit<GenerateTokensOptions, "sampling">> & {
      sampling?: Partial<TokenSampling>;
    } = {},
  ) {
    const tokens: DrawnToken[] = [];
    const onToken = change.onToken ?? (() => false);
    const result = await generator.generate(cache, promptIds, {
      maxTokens: 5,
      pauseFlags: new Uint8Array(FAKE_VOCAB_SIZE),
      endTokenIds: new Set(),
      minProbability: 0,
      isCancelled: () => false,
      ...change,
      sampling: { ...GREEDY, ...sampling },
      onToken: (token) => {
        tokens.push(token);
        return onToken(token);
      },
    });
    assertSound(cache);
    return { ...result, tokens, tokenIds: tokens.map((t) => t.tokenId) };
  }

  return { model, generator, cache, generate };
}

suite("TokenGenerator.generate()", () => {
  test("draws the asked number of tokens and leaves them in the cache", async () => {
    const { cache, generate } = create();
    const { tokenIds, stopReason, reusedTokens } = await generate([7, 8], {
      maxTokens: 20,
    });
    assert.deepEqual(tokenIds, upTo(20, 9));
    assert.deepEqual([stopReason, reusedTokens], ["length", 0]);
    // The last token drawn has not been through the model.
    assert.deepEqual(cache.tokenIds, upTo(21, 7));
  });

  test("gives probability and alternatives of each token", async () => {
    const { generate } = create(() => [
      Math.log(3),
      0,
      ...Array<number>(254).fill(-90),
    ]);
    const { tokens } = await generate([5], { maxTokens: 1 });
    const [token] = tokens;
    assert.deepEqual([token!.tokenId, token!.probability], [0, 0.75]);
    assert.deepEqual(token!.alternatives.slice(0, 2), [
      { tokenId: 0, probability: 0.75 },
      { tokenId: 1, probability: 0.25 },
    ]);
    assert.equal(token!.alternatives.length, 5);
  });

  test("refuses an empty prompt", async () => {
    const { generate } = create();
    await assert.rejects(
      generate([]),
      new RangeError(
        "Cannot generate: the prompt has no tokens, expected at least one",
      ),
    );
  });

  test("draws nothing when no token may be drawn", async () => {
    const { model, generate } = create();
    const { tokenIds, stopReason } = await generate([1, 2], { maxTokens: 0 });
    assert.deepEqual([tokenIds, stopReason, model.runs], [[], "length", []]);
  });

  suite("reads the prompt", () => {
    test("in runs that together are all of it, the last token with the decoding graph", async () => {
      for (const hasPrefill of [true, false]) {
        const { model, generate } = create(countUp, hasPrefill);
        const promptIds = upTo(1000).map((id) => id % 200);
        const { tokenIds } = await generate(promptIds);
        assert.deepEqual(tokenIds, [200, 201, 202, 203, 204]);
        const reading = model.runs.filter(
          ({ pastLength }) => pastLength < 1000,
        );
        assert.deepEqual(
          reading.flatMap((run) => run.tokenIds).slice(0, 1000),
          promptIds,
        );
        for (const { graph, tokenIds: ids, pastLength } of reading) {
          assert.ok(ids.length >= 1 && ids.length <= 256);
          const isLast = pastLength + ids.length === 1000;
          const expected = isLast || !hasPrefill ? "decode" : "prefill";
          assert.equal(graph, expected);
        }
      }
    });

    test("of up to 16 new tokens together with the first drawn one", async () => {
      const { model, generate } = create();
      await generate(upTo(16), { maxTokens: 1 });
      await generate([...upTo(16), ...upTo(17, 50)], { maxTokens: 1 });
      assert.deepEqual(
        model.runs.map(({ graph, tokenIds }) => [graph, tokenIds.length]),
        [
          ["decode", 16],
          ["prefill", 16],
          ["decode", 1],
        ],
      );
    });

    test("from where it differs from the cache, and says how much it reused", async () => {
      const { model, cache, generate } = create();
      const promptIds = upTo(10);
      const rows: [number[], number][] = [
        [promptIds, 0],
        // The last token is always read again.
        [promptIds, 9],
        // The tokens drawn before count too: 10, 11, 12, 13.
        [upTo(13), 12],
        [[...promptIds, 99], 10],
        [[...upTo(4), 77, ...upTo(5, 5)], 4],
        [[3], 0],
        [[3, 4, 5, 6], 3],
      ];
      for (const [prompt, reused] of rows) {
        const before = model.runs.length;
        const { reusedTokens, tokenIds } = await generate(prompt);
        assert.equal(reusedTokens, reused);
        assert.equal(tokenIds[0], prompt.at(-1)! + 1);
        const [firstRun] = model.runs.slice(before);
        assert.equal(firstRun!.pastLength, reused);
        assert.deepEqual(firstRun!.tokenIds, prompt.slice(reused));
        assert.deepEqual(cache.tokenIds.slice(0, prompt.length), prompt);
      }
    });
  });

  suite("ends", () => {
    test("before an end token, which is not handed on", async () => {
      const { generate } = create();
      for (const endTokenId of [11, 12, 13, 14]) {
        const endTokenIds = new Set([endTokenId, 200]);
        const { tokenIds, stopReason } = await generate([9, 10], {
          endTokenIds,
        });
        assert.deepEqual(tokenIds, upTo(endTokenId - 11, 11));
        assert.equal(stopReason, "end-of-text");
      }
    });

    test("before a token below the minimum probability, which is not handed on", async () => {
      // Even chances after 12: 2 in 255 at the most.
      const { generate } = create((ids) =>
        ids.at(-1) === 12 ? Array<number>(256).fill(0) : countUp(ids),
      );
      const { tokenIds, stopReason } = await generate([10], {
        minProbability: 0.5,
      });
      assert.deepEqual([tokenIds, stopReason], [[11, 12], "unsure"]);
      const unlimited = await generate([10]);
      assert.equal(unlimited.stopReason, "length");
    });

    test("where the caller says so, with nothing handed on behind", async () => {
      const { generate } = create();
      for (const pauseFlags of [everyToken, new Uint8Array(FAKE_VOCAB_SIZE)]) {
        const { tokenIds, stopReason } = await generate([1], {
          pauseFlags,
          maxTokens: 8,
          onToken: ({ tokenId }) => tokenId === 4,
        });
        assert.deepEqual([tokenIds, stopReason], [[2, 3, 4], "caller"]);
      }
    });

    test("a run after each token that the caller wants to look at", async () => {
      const { model, generate } = create();
      const pauseFlags = new Uint8Array(FAKE_VOCAB_SIZE);
      pauseFlags[2] = pauseFlags[5] = 1;
      await generate([1], { pauseFlags, maxTokens: 6 });
      for (const { drawn } of model.runs) {
        for (const paused of [2, 5]) {
          const place = drawn.indexOf(paused);
          assert.ok(place === -1 || place === drawn.length - 1);
        }
      }
      assert.deepEqual(
        model.runs.flatMap(({ drawn }) => drawn),
        upTo(6, 2),
      );
    });
  });

  suite("cancelled", () => {
    const promptIds = upTo(700).map((id) => id % 250);

    /** Cancels when `numRuns` runs are done. */
    async function cancelAfter(numRuns: number) {
      const created = create();
      const { model } = created;
      const result = await created.generate(promptIds, {
        maxTokens: 40,
        isCancelled: () => model.runs.length >= numRuns,
      });
      return { ...created, result };
    }

    test("stops before the next run, in the prompt and behind it", async () => {
      const whole = await cancelAfter(Infinity);
      const numRuns = whole.model.runs.length;
      assert.equal(whole.result.stopReason, "length");
      assert.ok(numRuns > 5);
      // Run sizes follow from measured speed, so that every count up to what is always needed is tried.
      for (const count of [0, 1, 2, 3, 5]) {
        const { model, result } = await cancelAfter(count);
        assert.equal(result.stopReason, "cancelled");
        assert.equal(model.runs.length, count);
        const drawn = model.runs
          .filter(({ graph }) => graph === "decode")
          .flatMap((run) => run.drawn);
        assert.deepEqual(result.tokenIds, drawn);
      }
    });

    test("leaves a cache that the next call goes on from", async () => {
      const expected = (await cancelAfter(Infinity)).result.tokenIds;
      for (const count of [0, 1, 2, 3, 5]) {
        const { cache, generate } = await cancelAfter(count);
        const held = cache.length;
        const { tokenIds, reusedTokens } = await generate(promptIds, {
          maxTokens: 40,
        });
        assert.equal(reusedTokens, Math.min(held, promptIds.length - 1));
        assert.deepEqual(tokenIds, expected);
      }
    });
  });

  suite("constrained", () => {
    /** Allows what `rules` say, one entry a token, everything behind them. */
    const constrainBy =
      (...rules: AllowedTokens[]) =>
      (drawn: readonly DrawnToken[]) =>
        rules[drawn.length];

    test("draws allowed tokens alone, token by token while letters are owed", async () => {
      const { model, generate } = create();
      const { tokenIds } = await generate([50], {
        maxTokens: 6,
        constrain: constrainBy(
          { covering: [100], partial: [10, 11] },
          { covering: [110], partial: [20] },
          { covering: [120, 130], partial: [] },
        ),
      });
      // Of equals the first is drawn; after a token that covers what is owed everything may come.
      assert.deepEqual(tokenIds, [10, 20, 120, 121, 122, 123]);
      assert.deepEqual(
        model.runs.slice(0, 2).map(({ drawn }) => drawn),
        [[10], [20]],
      );
    });

    test("prefers by probability between a part and the whole", async () => {
      const allowed = { covering: [100], partial: [10] };
      for (const [favourite, expected] of [
        [100, [100, 100]],
        [10, [10, 10]],
      ] as const) {
        const { generate } = create(() => favour(favourite));
        const { tokenIds, tokens } = await generate([1], {
          maxTokens: 2,
          constrain: (drawn) =>
            drawn.length === 0 || favourite === 10 ? allowed : undefined,
        });
        assert.deepEqual(tokenIds, expected);
        // The probability is that among what is allowed.
        assert.ok(tokens[0]!.probability > 0.999);
      }
    });

    test("asks again before each run with what was drawn so far", async () => {
      const { generate } = create();
      const asked: number[][] = [];
      await generate([1], {
        maxTokens: 3,
        pauseFlags: everyToken,
        constrain: (drawn) => {
          asked.push(drawn.map(({ tokenId }) => tokenId));
          return undefined;
        },
      });
      assert.deepEqual(asked, [[], [2], [2, 3]]);
    });
  });

  suite("samples", () => {
    const prompts = [[1], upTo(80)];
    const settings: Partial<TokenSampling>[] = [
      { temperature: 1 },
      { temperature: 0.7, topK: 20, topP: 0.9 },
      { temperature: 1.3, repetitionPenalty: 1.5 },
      { temperature: 0, repetitionPenalty: 1.5 },
    ];

    test("the same for the same seed and otherwise for another", async () => {
      for (const sampling of settings) {
        const draw = async (seed: number) =>
          (
            await create(mixed).generate([1], {
              maxTokens: 30,
              sampling: { ...sampling, seed },
            })
          ).tokenIds;
        assert.deepEqual(await draw(3), await draw(3));
        if (sampling.temperature === 0) continue;
        assert.notDeepEqual(await draw(3), await draw(4));
      }
    });

    // Noise was drawn for whole runs, and recent tokens were more within a run than at its start: how long runs were,
    // which follows from measured speed, changed the text.
    test("the same however drawing is cut into runs", async () => {
      for (const sampling of settings) {
        for (const promptIds of prompts) {
          const draw = async (pauseFlags: Uint8Array) =>
            (
              await create(mixed).generate(promptIds, {
                maxTokens: 90,
                pauseFlags,
                sampling: { ...sampling, seed: 3 },
              })
            ).tokenIds;
          const inLongRuns = await draw(new Uint8Array(FAKE_VOCAB_SIZE));
          assert.equal(inLongRuns.length, 90);
          assert.deepEqual(await draw(everyToken), inLongRuns);
        }
      }
    });

    test("no token beyond the topK best", async () => {
      const { generate } = create(() => [...gaussians(1, FAKE_VOCAB_SIZE)]);
      const ranked = upTo(FAKE_VOCAB_SIZE).sort((a, b) => {
        const logits = gaussians(1, FAKE_VOCAB_SIZE);
        return logits[b]! - logits[a]!;
      });
      const { tokenIds } = await generate([1], {
        maxTokens: 200,
        sampling: { temperature: 5, topK: 3 },
      });
      assert.deepEqual(new Set(tokenIds), new Set(ranked.slice(0, 3)));
    });

    test("only the best where the temperature is 0, whatever else is set", async () => {
      const { generate } = create();
      const { tokenIds } = await generate([1], {
        maxTokens: 20,
        sampling: { temperature: 0, topK: 50, topP: 0.1, seed: 9 },
      });
      assert.deepEqual(tokenIds, upTo(20, 2));
    });

    test("with a penalty on what the last 64 tokens hold, the prompt's among them", async () => {
      const runs = async (promptIds: number[]) =>
        (
          await create(() => favour(9, 2).with(0, 1)).generate(promptIds, {
            maxTokens: 1,
            sampling: { repetitionPenalty: 100 },
          })
        ).tokenIds;
      assert.deepEqual(await runs([1]), [9]);
      assert.deepEqual(await runs([9, 1]), [0]);
      assert.deepEqual(await runs([9, ...upTo(63, 100)]), [0]);
      assert.deepEqual(await runs([9, ...upTo(64, 100)]), [9]);
    });
  });
});

suite("TokenGenerator.generate() watches a token", () => {
  test("and says how probable it would have been in place of each that was drawn, whatever was allowed", async () => {
    const { generate } = create((tokenIds) => {
      const logits = Array<number>(FAKE_VOCAB_SIZE).fill(-90);
      logits[tokenIds.at(-1)! + 1] = Math.log(3);
      logits[99] = 0;
      return logits;
    });
    const { tokens } = await generate([7], {
      maxTokens: 3,
      targetId: 99,
      constrain: (drawn) =>
        drawn.length === 0 ? { covering: [8], partial: [] } : undefined,
    });
    assert.deepEqual(
      tokens.map(({ tokenId }) => tokenId),
      [8, 9, 10],
    );
    assertClose(
      tokens.map((each) => each.targetLogProbability),
      [0.25, 0.25, 0.25].map(Math.log),
      { name: "log-probabilities", atol: 1e-6 },
    );
  });
});

suite("TokenGenerator.score()", () => {
  // After 7 the logits of 3 and 8 are log 3 and 0, so that they come three times in four and once; others never.
  const chooseLogits: ChooseLogits = (tokenIds) => {
    const logits = Array<number>(FAKE_VOCAB_SIZE).fill(-90);
    const last = tokenIds.at(-1)!;
    logits[last + 1] = 0;
    if (last === 7) logits[3] = Math.log(3);
    return logits;
  };

  test("adds up the log-probabilities of the targets and reads only what the cache lacks", async () => {
    const { model, generator, cache } = create(chooseLogits);
    const score = (contextIds: number[], targetIds: number[]) =>
      generator.score(cache, { contextIds, targetIds });
    const rows: [number[], number[], number, number][] = [
      // Context, targets, probability, tokens that are read.
      [[5, 6, 7], [8, 9], 1 / 4, 4],
      [[5, 6, 7], [3, 4], 3 / 4, 2],
      [[5, 6], [7, 8, 9], 1 / 4, 3],
      [[5], [6], 1, 1],
    ];
    for (const [contextIds, targetIds, probability, numRead] of rows) {
      assertClose(
        [await score(contextIds, targetIds)],
        [Math.log(probability)],
        { name: "log-probability", atol: 1e-6 },
      );
      assert.equal(model.runs.at(-1)!.tokenIds.length, numRead);
      assert.deepEqual(cache.tokenIds, [
        ...contextIds,
        ...targetIds.slice(0, -1),
      ]);
      assertSound(cache);
    }
  });
});
