// Drawing with a memory: the loop's tokens are guesses, and what comes out is what the mixture draws token by token.

import assert from "node:assert/strict";
import { Guessing, type Guesser } from "../../../src/inference/guessing";
import { drawMixed } from "../../../src/inference/mixedDraw";
import {
  noDraw,
  TokenGenerator,
  type TokenSampling,
} from "../../../src/inference/tokenGenerator";
import type { Mixer } from "../../../src/inference/mixedRun";
import type { DrawnToken } from "../../../src/inference/languageModel";
import { NoiseRows } from "../../../src/inference/random";
import {
  assertSound,
  FakeModel,
  FAKE_CANDIDATES,
  FAKE_VOCAB_SIZE,
  type ChooseLogits,
} from "../support/fakeModel";
import { assertClose } from "../support/assertClose";
import { gaussians, softmaxOf } from "../support/matrices";
import { referenceDraw } from "../support/referenceSampler";

/** Any tokens may follow any two, some more often than others. */
const chooseLogits: ChooseLogits = (tokenIds) => {
  const seed = 1000 * tokenIds.at(-1)! + (tokenIds.at(-2) ?? 0);
  return [...gaussians(seed, FAKE_VOCAB_SIZE)].map((each) => 3 * each);
};

const toLogProbabilities = (tokenIds: readonly number[]) =>
  Float32Array.from(softmaxOf(chooseLogits(tokenIds)), Math.log);

/** Knows what follows every third token, and that half of the time. */
const mix: Mixer = (contextIds) => {
  const last = contextIds.at(-1)!;
  return last % 3 === 0
    ? { modelShare: 0.5, additions: new Map([[(last * 7) % 256, 0.5]]) }
    : { modelShare: 1, additions: new Map() };
};

const SAMPLING: Record<string, TokenSampling> = {
  greedy: { temperature: 0, topK: 0, topP: 1, repetitionPenalty: 1, seed: 3 },
  drawn: {
    temperature: 0.8,
    topK: 9,
    topP: 0.9,
    repetitionPenalty: 1,
    seed: 3,
  },
};

/** Each token alone, drawn from the mixed distribution by the sampler that the graph is compared with. */
function drawOneByOne(
  promptIds: readonly number[],
  { sampling, count }: { sampling: TokenSampling; count: number },
): number[] {
  const noise = new NoiseRows(sampling.seed);
  const isGreedy = sampling.temperature === 0;
  const numKept = isGreedy ? 1 : sampling.topK;
  const drawn: number[] = [];
  for (let index = 0; index < count; index++) {
    const context = [...promptIds, ...drawn];
    const model = toLogProbabilities(context);
    const { modelShare, additions } = mix(context, model);
    const { tokenId } = referenceDraw(
      Array.from(model, (each, id) =>
        Math.log(modelShare * Math.exp(each) + (additions.get(id) ?? 0)),
      ),
      {
        numCandidates: FAKE_CANDIDATES,
        numAlternatives: 5,
        bias: undefined,
        stopFlags: [],
        isFirst: true,
        minProbability: 0,
        recentTokenIds: [],
        repetitionPenalty: 1,
        inverseTemperature: isGreedy ? 1 : 1 / sampling.temperature,
        numKept,
        topP: isGreedy ? 1 : sampling.topP,
        noise: isGreedy
          ? [0]
          : noise.take({ first: index, count: 1, length: numKept }),
      },
    );
    drawn.push(tokenId);
  }
  return drawn;
}

async function generate(
  promptIds: readonly number[],
  {
    sampling,
    maxTokens,
    mixer,
    guesser,
    pauseFlags = new Uint8Array(FAKE_VOCAB_SIZE),
  }: {
    sampling: TokenSampling;
    maxTokens: number;
    mixer: Mixer | undefined;
    guesser?: Guesser;
    pauseFlags?: Uint8Array;
  },
) {
  const model = new FakeModel(chooseLogits);
  const generator = new TokenGenerator(
    { decode: model.decode, prefill: model.prefill },
    { vocabSize: FAKE_VOCAB_SIZE, numCandidates: FAKE_CANDIDATES },
  );
  const cache = model.createCache();
  const tokens: DrawnToken[] = [];
  await generator.generate(cache, promptIds, {
    maxTokens,
    sampling,
    pauseFlags,
    endTokenIds: new Set(),
    minProbability: 0,
    mix: mixer,
    guesser,
    isCancelled: () => false,
    onToken: (token) => {
      tokens.push(token);
      return false;
    },
  });
  assertSound(cache);
  assert.deepEqual(cache.tokenIds, [
    ...promptIds,
    ...tokens.slice(0, -1).map(({ tokenId }) => tokenId),
  ]);
  return { tokens, model, generator, cache };
}

suite("TokenGenerator.generate() with a memory", () => {
  test("writes what the mixture draws one token at a time, whatever was guessed", async () => {
    for (const sampling of Object.values(SAMPLING)) {
      for (const promptIds of [[1], [3, 6, 9]]) {
        const { tokens } = await generate(promptIds, {
          sampling,
          maxTokens: 24,
          mixer: mix,
        });
        assert.deepEqual(
          tokens.map(({ tokenId }) => tokenId),
          drawOneByOne(promptIds, { sampling, count: 24 }),
        );
      }
    }
  });

  test("writes what the model does where the memory is empty", async () => {
    const empty: Mixer = () => ({ modelShare: 1, additions: new Map() });
    for (const sampling of Object.values(SAMPLING)) {
      const options = { sampling, maxTokens: 12 };
      const alone = await generate([5], { ...options, mixer: undefined });
      const mixed = await generate([5], { ...options, mixer: empty });
      assert.deepEqual(
        mixed.tokens.map(({ tokenId }) => tokenId),
        alone.tokens.map(({ tokenId }) => tokenId),
      );
      assertClose(
        mixed.tokens.map(({ probability }) => probability),
        alone.tokens.map(({ probability }) => probability),
        { name: "probabilities", atol: 1e-6, rtol: 1e-5 },
      );
    }
  });

  suite("whatever the memory guesses", () => {
    for (const [name, sampling] of Object.entries(SAMPLING)) {
      const prompt = [3, 6, 9];
      const right = drawOneByOne(prompt, { sampling, count: 24 });
      const guessers: Record<string, Guesser> = {
        "all of it right": (contextIds) => ({
          tokenId: right[contextIds.length - prompt.length]!,
          probability: 1,
        }),
        "all of it wrong": (contextIds) => ({
          tokenId: (right[contextIds.length - prompt.length]! + 1) % 256,
          probability: 1,
        }),
        "every third wrong": (contextIds) => ({
          tokenId:
            right[contextIds.length - prompt.length]! ^
            Number(contextIds.length % 3 === 0),
          probability: 1,
        }),
        "now and then something": (contextIds) =>
          contextIds.length % 4 === 0
            ? {
                tokenId: right[contextIds.length - prompt.length]!,
                probability: 0.9,
              }
            : undefined,
      };
      for (const [kind, guesser] of Object.entries(guessers)) {
        test(`${name}, ${kind}: what is written is the same`, async () => {
          const options = { sampling, maxTokens: 24, mixer: mix };
          const { tokens, generator } = await generate(prompt, {
            ...options,
            guesser,
          });
          assert.deepEqual(
            tokens.map(({ tokenId }) => tokenId),
            right,
          );
          const { checked, accepted } = generator.guessCounts;
          assert.ok(checked > 0);
          assert.ok(kind !== "all of it right" || accepted === checked);
          assert.ok(kind !== "all of it wrong" || accepted === 0);
        });
      }

      test(`${name}: right guesses save runs, and none is made past what ends one`, async () => {
        const options = { sampling, maxTokens: 24, mixer: mix };
        const guesser = guessers["all of it right"]!;
        const without = await generate(prompt, options);
        const guessed = await generate(prompt, { ...options, guesser });
        assert.ok(guessed.model.runs.length < without.model.runs.length);
        const pauseFlags = new Uint8Array(FAKE_VOCAB_SIZE);
        for (const tokenId of right) pauseFlags[tokenId] = 1;
        const paused = await generate(prompt, {
          ...options,
          guesser,
          pauseFlags,
        });
        assert.deepEqual(paused.generator.guessCounts.accepted, 0);
      });
    }
  });

  test("scores targets by the mixture", async () => {
    const { generator, cache } = await generate([1], {
      sampling: SAMPLING.greedy!,
      maxTokens: 1,
      mixer: undefined,
    });
    const expected = [9, 63, 2].reduce((sum, tokenId, index, all) => {
      const before = [1, ...all.slice(0, index)];
      const model = toLogProbabilities(before);
      const { modelShare, additions } = mix(before, model);
      const probability =
        modelShare * Math.exp(model[tokenId]!) + (additions.get(tokenId) ?? 0);
      return sum + Math.log(probability);
    }, 0);
    const scored = await generator.score(cache, {
      contextIds: [1],
      targetIds: [9, 63, 2],
      mix,
    });
    assert.ok(Math.abs(scored - expected) < 1e-4);
  });
});

suite("Guessing", () => {
  const guesser: Guesser = (contextIds) => ({
    tokenId: contextIds.length,
    probability: 0.8,
  });
  const many = { guesser, maxTokens: 100, maxRunTokens: 4 };

  test("goes on as long as all guesses together are more probable than what a row costs", () => {
    const guessing = new Guessing();
    const atFirst = guessing.guess([0, 0], many);
    assert.deepEqual(atFirst, [2, 3, 4, 5]);
    for (let run = 0; run < 20; run++) {
      guessing.record({
        numGuesses: 2,
        numAccepted: 1,
        elapsedMs: 22,
        tokenMs: 10,
      });
    }
    assert.deepEqual(guessing.guess([0, 0], many), [2, 3], "rows are dear");
    assert.deepEqual(guessing.counts, { checked: 40, accepted: 20 });
    for (let run = 0; run < 20; run++) {
      guessing.record({
        numGuesses: 2,
        numAccepted: 1,
        elapsedMs: 12,
        tokenMs: 10,
      });
    }
    assert.equal(guessing.guess([0, 0], many).length, 7, "rows are cheap");
  });

  test("tries again, after a while, what a busy moment made too dear", () => {
    const guessing = new Guessing();
    for (let run = 0; run < 30; run++) {
      guessing.record({
        numGuesses: 1,
        numAccepted: 1,
        elapsedMs: 100,
        tokenMs: 10,
      });
    }
    assert.deepEqual(guessing.guess([0, 0], many), [], "too dear");
    let numRuns = 1;
    while (guessing.guess([0, 0], many).length === 0) numRuns++;
    assert.ok(numRuns > 10 && numRuns < 100, `${numRuns} runs`);
  });

  test("keeps to what may be written and to what ends in time", () => {
    const guessing = new Guessing();
    assert.equal(guessing.guess([0], { ...many, maxTokens: 0 }).length, 0);
    assert.equal(guessing.guess([0], { ...many, maxTokens: 3 }).length, 3);
    assert.equal(guessing.guess([0], { ...many, maxRunTokens: 2 }).length, 2);
    assert.equal(guessing.guess([0], { ...many, maxRunTokens: 0.5 }).length, 1);
    const unsure = {
      ...many,
      guesser: () => ({ tokenId: 1, probability: 0.2 }),
    };
    assert.deepEqual(guessing.guess([0], unsure), []);
    assert.deepEqual(
      guessing.guess([0], { ...many, guesser: () => undefined }),
      [],
    );
  });
});

suite("drawMixed()", () => {
  test("draws among what is not ruled out, and the probability is that among it", () => {
    const logProbabilities = Float32Array.from([0.6, 0.3, 0.1], Math.log);
    const token = drawMixed(
      logProbabilities,
      { modelShare: 0.5, additions: new Map([[2, 0.5]]) },
      {
        ...noDraw(3),
        bias: Float32Array.of(-1e9, 0, 0),
        numCandidates: 3,
        numAlternatives: 2,
      },
    );
    // 0.15 and 0.55 of 0.7.
    assert.equal(token.tokenId, 2);
    assertClose(
      [token.probability, token.alternatives[1]!.probability],
      [0.55 / 0.7, 0.15 / 0.7],
      { name: "probabilities", atol: 1e-6, rtol: 0 },
    );
    assert.ok(Math.abs(token.memoryShare! - 0.5 / 0.55) < 1e-6);
  });

  test("looks at the most probable of all tokens, best first, of equals the one with the smaller id", () => {
    const vocabSize = 5000;
    const numCandidates = 64;
    for (let seed = 1; seed <= 40; seed++) {
      const spread = 1 + (seed % 4);
      // Steps make equals; from the flattest to such that less than 64 tokens count.
      const logits = gaussians(seed, vocabSize).map(
        (each) => (Math.round(8 * each) / 8) * spread,
      );
      const model = Float32Array.from(softmaxOf(logits), Math.log);
      const additions = new Map(
        Array.from({ length: 3 * (seed % 30) }, (_, place) => [
          (place * 7919 * seed) % vocabSize,
          0.5 / 90 / (1 + (place % 5)),
        ]),
      );
      const added = [...additions.values()].reduce(
        (sum, each) => sum + each,
        0,
      );
      const modelShare = 1 - added;
      const expected = Array.from(model, (each, tokenId) => ({
        tokenId,
        probability:
          modelShare * Math.exp(each) + (additions.get(tokenId) ?? 0),
      }))
        .sort((a, b) => b.probability - a.probability || a.tokenId - b.tokenId)
        .slice(0, numCandidates);
      const { alternatives } = drawMixed(
        model,
        { modelShare, additions },
        {
          ...noDraw(vocabSize),
          bias: undefined,
          numCandidates,
          numAlternatives: numCandidates,
        },
      );
      assert.deepEqual(
        alternatives.map(({ tokenId }) => tokenId),
        expected.slice(0, alternatives.length).map(({ tokenId }) => tokenId),
        `seed ${seed}`,
      );
      assert.ok(alternatives.length > 16, `${alternatives.length} candidates`);
    }
  });
});
