// The decoding loop on a tiny float32 model: its tokens are those that plain loops draw from a fresh forward pass.

import assert from "node:assert/strict";
import {
  decode,
  scoreTargets,
  type DrawnToken,
  type DrawOptions,
} from "../../../../src/inference/languageModel";
import { seededRandom } from "../../../../src/common/random";
import {
  buildDecodeGraph,
  NUM_ALTERNATIVES,
  NUM_CANDIDATES,
} from "../../../../src/model/graphs/decodeGraph";
import { buildForwardGraph } from "../../../../src/model/graphs/forwardGraph";
import type { ModelFolder } from "../../../../src/model/files/modelFolder";
import type { Session } from "../../../../src/runtime/session";
import { assertClose } from "../../support/assertClose";
import { argMaxOf, softmaxOf } from "../../support/matrices";
import {
  referenceDraw,
  type ReferenceDraw,
} from "../../support/referenceSampler";
import { useSessions } from "../../support/sessions";
import {
  cacheRows,
  createCache,
  draw,
  drawOptions,
  forward,
  noiseFrom,
  randomTokenIds,
} from "../../support/tinyGraphs";
import {
  makeTinyModel,
  removeTinyModel,
  TINY_CONFIG,
} from "../../support/tinyModel";

const VOCAB_SIZE = 128;
const PROBABILITY_ATOL = 1e-5;

suite("buildDecodeGraph()", () => {
  const load = useSessions();
  const promptIds = randomTokenIds(3, { count: 12 });
  let folder: ModelFolder;
  let decoding: Session;
  let forwarding: Session;

  suiteSetup(async () => {
    folder = makeTinyModel(11);
    const options = { kvScales: undefined, accuracyLevel: 1 as const };
    decoding = await load(buildDecodeGraph(folder, options), folder.directory);
    forwarding = await load(
      buildForwardGraph(folder, { ...options, logits: "last" }),
      folder.directory,
    );
  });
  suiteTeardown(() => removeTinyModel(folder));

  async function freshLogits(tokenIds: readonly number[]) {
    const cache = createCache(folder, "float32");
    return (await forward(forwarding, cache, tokenIds))[0]!;
  }

  /** What plain loops draw, each token from a fresh forward pass over all before it. */
  async function drawByReference(
    tokenIds: readonly number[],
    options: DrawOptions,
  ): Promise<ReferenceDraw[]> {
    const draws: ReferenceDraw[] = [];
    const { numKept, noise, maxTokens } = options;
    let context = [...tokenIds];
    let recentTokenIds = [...options.recentTokenIds];
    while (draws.length < maxTokens && !draws.at(-1)?.endsRun) {
      const round = draws.length;
      const drawn = referenceDraw(await freshLogits(context), {
        ...options,
        numCandidates: NUM_CANDIDATES,
        numAlternatives: NUM_ALTERNATIVES,
        bias: round === 0 ? options.bias : undefined,
        isFirst: round === 0,
        recentTokenIds,
        noise: noise.subarray(round * numKept, (round + 1) * numKept),
      });
      draws.push(drawn);
      context = [...context, drawn.tokenId];
      recentTokenIds = [...recentTokenIds.slice(1), drawn.tokenId];
    }
    return draws;
  }

  /** Compares one run with plain loops: tokens, probabilities and alternatives. */
  async function check(change: Partial<DrawOptions>, tokenIds = promptIds) {
    const options = drawOptions(change);
    const actual = await draw(decoding, { folder, tokenIds, options });
    const expected = await drawByReference(tokenIds, options);
    const ids = (tokens: { tokenId: number }[]) =>
      tokens.map(({ tokenId }) => tokenId);
    assert.deepEqual(ids(actual), ids(expected));
    actual.forEach((token, place) => {
      const wanted = expected[place]!;
      assert.deepEqual(ids(token.alternatives), ids(wanted.alternatives));
      const numbers = (of: DrawnToken | ReferenceDraw) => [
        of.probability,
        ...of.alternatives.map(({ probability }) => probability),
      ];
      assertClose(numbers(token), numbers(wanted), {
        name: `probabilities of token ${place}`,
        atol: PROBABILITY_ATOL,
      });
    });
    return actual;
  }

  function flags(place: "first" | "later", tokenIds: readonly number[]) {
    const stopFlags = new Uint8Array(2 * VOCAB_SIZE);
    for (const tokenId of tokenIds) {
      stopFlags[tokenId + (place === "later" ? VOCAB_SIZE : 0)] = 1;
    }
    return stopFlags;
  }

  const everyToken = Array.from({ length: VOCAB_SIZE }, (_, id) => id);

  test("greedy tokens are the best of a fresh forward pass at every step", async () => {
    const options = drawOptions({ maxTokens: 24 });
    const drawn = await draw(decoding, {
      folder,
      tokenIds: promptIds,
      options,
    });
    assert.equal(drawn.length, 24);
    let context = promptIds;
    for (const { tokenId, probability } of drawn) {
      const logits = await freshLogits(context);
      assert.equal(tokenId, argMaxOf(logits));
      assertClose([probability], [softmaxOf(logits)[tokenId]!], {
        name: "probability",
        atol: PROBABILITY_ATOL,
      });
      context = [...context, tokenId];
    }
  });

  test("tokens, probabilities and alternatives are those of plain loops, however they are drawn", async () => {
    const rows: Partial<DrawOptions>[] = [
      { numKept: 64 },
      { numKept: 64, inverseTemperature: 1 / 0.7 },
      { numKept: 64, inverseTemperature: 1 / 3 },
      { numKept: 5, inverseTemperature: 0.5 },
      { numKept: 64, topP: 0.6 },
      { numKept: 64, topP: 0.01 },
      { numKept: 20, topP: 0.9, inverseTemperature: 0.5 },
      { numKept: 64, repetitionPenalty: 1.5, recentTokenIds: promptIds },
      { numKept: 64, repetitionPenalty: 5, recentTokenIds: everyToken },
      { numKept: 8, topP: 0.8, inverseTemperature: 0.3, repetitionPenalty: 2 },
    ];
    for (const [seed, row] of rows.entries()) {
      const noise = noiseFrom(seed, 8 * row.numKept!);
      await check({ maxTokens: 8, noise, ...row });
    }
  });

  test("top-p 0.01 and top-k 1 leave the best token, whatever the noise", async () => {
    const greedy = await check({ maxTokens: 6 });
    const ids = greedy.map(({ tokenId }) => tokenId);
    for (const row of [{ numKept: 64, topP: 0.01 }, { numKept: 1 }]) {
      const noise = noiseFrom(9, 6 * row.numKept);
      const drawn = await check({ maxTokens: 6, noise, ...row });
      assert.deepEqual(
        drawn.map(({ tokenId }) => tokenId),
        ids,
      );
    }
  });

  test("the repetition penalty holds down tokens of the run itself", async () => {
    const recentTokenIds = new Array<number>(32).fill(-1);
    const options = { maxTokens: 24, repetitionPenalty: 100, recentTokenIds };
    const [first, second] = [
      await check({ maxTokens: 24 }),
      await check(options),
    ];
    const distinct = (drawn: DrawnToken[]) =>
      new Set(drawn.map(({ tokenId }) => tokenId)).size;
    assert.ok(distinct(first) < 24);
    assert.equal(distinct(second), 24);
  });

  // The recent tokens grew within a run, so that long runs held down more than short ones.
  test("the repetition penalty looks at as many tokens at a run's end as at its start", async () => {
    const options = { maxTokens: 24, repetitionPenalty: 100 };
    const drawn = await check({ ...options, recentTokenIds: [-1, -1] });
    drawn.slice(2).forEach(({ tokenId }, place) => {
      assert.notEqual(tokenId, drawn[place]!.tokenId);
      assert.notEqual(tokenId, drawn[place + 1]!.tokenId);
    });
    assert.ok(new Set(drawn.map(({ tokenId }) => tokenId)).size < 24);
  });

  test("bias is added to the first token's logits alone", async () => {
    const [plain] = await check({});
    const bias = new Float32Array(VOCAB_SIZE);
    bias[plain!.tokenId] = -1e9;
    const drawn = await check({ maxTokens: 3, bias });
    assert.notEqual(drawn[0]!.tokenId, plain!.tokenId);
    bias.fill(-1e9);
    bias[77] = 0;
    const [only] = await check({ maxTokens: 3, bias });
    assert.deepEqual([only!.tokenId, only!.probability], [77, 1]);
  });

  test("stop flags end a run after the token, the first token's apart from the later ones'", async () => {
    const greedy = await check({ maxTokens: 8 });
    const ids = greedy.map(({ tokenId }) => tokenId);
    const lengthWith = async (stopFlags: Uint8Array) =>
      (await check({ maxTokens: 8, stopFlags })).length;
    assert.equal(await lengthWith(flags("first", everyToken)), 1);
    assert.equal(await lengthWith(flags("later", everyToken)), 2);
    assert.equal(await lengthWith(flags("first", [ids[0]!])), 1);
    const others = ids.slice(1).filter((id) => id !== ids[0]);
    assert.equal(await lengthWith(flags("first", others)), 8);
    const fourth = ids.indexOf(ids[3]!, 1);
    assert.equal(await lengthWith(flags("later", [ids[3]!])), fourth + 1);
  });

  test("a token below the minimum probability ends the run and comes back", async () => {
    const greedy = await check({ maxTokens: 8 });
    const probabilities = greedy.map(({ probability }) => probability);
    for (const minProbability of [
      0.999,
      ...probabilities.map((p) => p * 1.001),
    ]) {
      const drawn = await check({ maxTokens: 8, minProbability });
      const unsure = probabilities.findIndex((p) => p < minProbability);
      assert.equal(drawn.length, unsure + 1);
    }
    const least = Math.min(...probabilities) * 0.999;
    const drawn = await check({ maxTokens: 8, minProbability: least });
    assert.equal(drawn.length, 8);
  });

  test("a single target's log-probability comes with each token of a run", async () => {
    const options = drawOptions({ maxTokens: 6, targetId: 77 });
    const drawn = await draw(decoding, {
      folder,
      tokenIds: promptIds,
      options,
    });
    const expected: number[] = [];
    let context = promptIds;
    for (const { tokenId } of drawn) {
      expected.push(Math.log(softmaxOf(await freshLogits(context))[77]!));
      context = [...context, tokenId];
    }
    assertClose(
      drawn.map((each) => each.targetLogProbability),
      expected,
      { name: "log-probabilities", atol: PROBABILITY_ATOL * 10 },
    );
  });

  test("the targets' log-probabilities are those of fresh forward passes, whatever the bias, and the cache holds the tokens", async () => {
    const bias = new Float32Array(VOCAB_SIZE).fill(-1e9);
    for (const [pastLength, numTargets] of [
      [0, 1],
      [0, 5],
      [7, 1],
      [7, 5],
    ] as const) {
      const cache = createCache(folder, "float32");
      const past = promptIds.slice(0, pastLength);
      if (pastLength > 0) await forward(forwarding, cache, past);
      const tokenIds = promptIds.slice(pastLength);
      const targetIds = [...tokenIds.slice(1), 77].slice(-numTargets);
      const scored = await scoreTargets(decoding, cache, {
        tokenIds,
        targetIds,
        options: drawOptions({ bias }),
      });
      const expected: number[] = [];
      for (const [index, targetId] of targetIds.entries()) {
        const end = promptIds.length - numTargets + 1 + index;
        const logits = await freshLogits(promptIds.slice(0, end));
        expected.push(Math.log(softmaxOf(logits)[targetId]!));
      }
      assertClose(scored, expected, {
        name: `${numTargets} targets after ${pastLength} tokens`,
        atol: PROBABILITY_ATOL * 10,
      });
      assert.deepEqual(cache.tokenIds, promptIds);
    }
  });

  test("many tokens in a run are one token in each of many runs, cache included", async () => {
    const numKept = 32;
    const noise = noiseFrom(5, 10 * numKept);
    const settings = { numKept, inverseTemperature: 1.5, topP: 0.95 };
    const inOne = createCache(folder, "float32");
    const together = await decode(decoding, inOne, {
      tokenIds: promptIds,
      options: drawOptions({ ...settings, maxTokens: 10, noise }),
    });
    for (const runLength of [1, 3]) {
      const inMany = createCache(folder, "float32");
      const apart: DrawnToken[] = [];
      let pending = promptIds;
      while (apart.length < 10) {
        const maxTokens = Math.min(runLength, 10 - apart.length);
        const start = apart.length * numKept;
        const rows = noise.subarray(start, start + maxTokens * numKept);
        apart.push(
          ...(await decode(decoding, inMany, {
            tokenIds: pending,
            options: drawOptions({ ...settings, maxTokens, noise: rows }),
          })),
        );
        pending = [apart.at(-1)!.tokenId];
      }
      assert.deepEqual(apart, together);
      assert.deepEqual(inMany.tokenIds, inOne.tokenIds);
      assert.deepEqual(cacheRows(inMany), cacheRows(inOne));
    }
    // The last token drawn has not been through the model.
    const read = together.slice(0, -1).map(({ tokenId }) => tokenId);
    assert.deepEqual(inOne.tokenIds, [...promptIds, ...read]);
  });

  test("goes on from a past as from the whole prompt, after rolling back too", async () => {
    const options = drawOptions({ maxTokens: 6 });
    const whole = await draw(decoding, {
      folder,
      tokenIds: promptIds,
      options,
    });
    const cache = createCache(folder, "float32");
    for (const length of [11, 8, 3]) {
      await decode(decoding, cache, {
        tokenIds: randomTokenIds(length, { count: 14 }),
        options: drawOptions({ maxTokens: 5 }),
      });
      cache.truncate(0);
      await forward(forwarding, cache, promptIds.slice(0, length));
      await decode(decoding, cache, { tokenIds: [9, 9, 9], options });
      cache.truncate(length);
      const drawn = await decode(decoding, cache, {
        tokenIds: promptIds.slice(length),
        options,
      });
      assert.deepEqual(
        drawn.map(({ tokenId }) => tokenId),
        whole.map(({ tokenId }) => tokenId),
      );
      assertClose(
        drawn.map(({ probability }) => probability),
        whole.map(({ probability }) => probability),
        { name: `after ${length} tokens`, atol: PROBABILITY_ATOL },
      );
    }
  });

  test("tokens come as often as their probabilities say", async () => {
    const logits = await freshLogits(promptIds);
    const inverseTemperature = 0.5;
    const kept = NUM_CANDIDATES;
    const scores = Array.from(logits, (logit) => logit * inverseTemperature);
    const smallestKept = [...scores].sort((a, b) => b - a)[kept - 1]!;
    const probabilities = softmaxOf(
      scores.map((score) => (score >= smallestKept ? score : -Infinity)),
    );
    const random = seededRandom(20);
    const counts = new Float64Array(VOCAB_SIZE);
    const numDraws = 1500;
    const cache = createCache(folder, "float32");
    await forward(forwarding, cache, promptIds.slice(0, -1));
    for (let index = 0; index < numDraws; index++) {
      cache.truncate(promptIds.length - 1);
      const [token] = await decode(decoding, cache, {
        tokenIds: promptIds.slice(-1),
        options: drawOptions({
          numKept: kept,
          inverseTemperature,
          noise: noiseFrom(random() * 2 ** 32, kept),
        }),
      });
      counts[token!.tokenId]!++;
    }
    // Each count is binomial. Six standard deviations (plus one for the smallest) are exceeded with odds below 1e-8
    // for each of 64 tokens, so below 1e-6 in all; the seed is fixed, so it happens always or never.
    probabilities.forEach((probability, tokenId) => {
      const expected = numDraws * probability;
      const deviation = Math.sqrt(expected * (1 - probability));
      assertClose([counts[tokenId]!], [expected], {
        name: `draws of token ${tokenId}`,
        atol: probability === 0 ? 0 : 6 * deviation + 1,
      });
    });
  });

  test("draws from a vocabulary that is smaller than its candidates", async () => {
    const vocabSize = NUM_CANDIDATES - 20;
    const small = makeTinyModel(11, { ...TINY_CONFIG, vocab_size: vocabSize });
    try {
      const graph = buildDecodeGraph(small, {
        kvScales: undefined,
        accuracyLevel: 1,
      });
      const tokens = await draw(await load(graph, small.directory), {
        folder: small,
        tokenIds: [5, 6, 7],
        options: drawOptions({
          maxTokens: 4,
          numKept: vocabSize,
          noise: noiseFrom(1, 4 * vocabSize),
          bias: new Float32Array(vocabSize),
          stopFlags: new Uint8Array(2 * vocabSize),
        }),
      });
      assert.equal(tokens.length, 4);
      assert.ok(tokens.every(({ tokenId }) => tokenId < vocabSize));
    } finally {
      removeTinyModel(small);
    }
  });
});
