// Scores against the forward graph and plain loops, with and without a past.

import assert from "node:assert/strict";
import { sequenceFeeds } from "../../../../src/inference/languageModel";
import { TokenScorer } from "../../../../src/inference/tokenScorer";
import { buildForwardGraph } from "../../../../src/model/graphs/forwardGraph";
import type { ModelFolder } from "../../../../src/model/files/modelFolder";
import { buildScoringGraph } from "../../../../src/model/graphs/scoringGraph";
import type { Session } from "../../../../src/runtime/session";
import { int64s } from "../../../../src/runtime/tensors";
import { assertClose } from "../../support/assertClose";
import { argMaxOf, logSoftmaxOf } from "../../support/matrices";
import { referenceForward } from "../../support/referenceLlama";
import { numbersOf, useSessions } from "../../support/sessions";
import { createCache, forward, randomTokenIds } from "../../support/tinyGraphs";
import { makeTinyModel, removeTinyModel } from "../../support/tinyModel";

/** Sums in another order, in fp32. */
const ATOL = 1e-4;

suite("buildScoringGraph() and TokenScorer", () => {
  const load = useSessions();
  const tokenIds = randomTokenIds(4, { count: 150 });
  let folder: ModelFolder;
  let scoring: Session;
  let prefill: Session;
  let expected: { logProbabilities: number[]; bestTokenIds: number[] };

  suiteSetup(async () => {
    folder = makeTinyModel(12);
    const options = { kvScales: undefined, accuracyLevel: 1 as const };
    scoring = await load(buildScoringGraph(folder, options), folder.directory);
    prefill = await load(
      buildForwardGraph(folder, { ...options, logits: "none" }),
      folder.directory,
    );
    const all = await load(
      buildForwardGraph(folder, { ...options, logits: "all" }),
      folder.directory,
    );
    const rows = await forward(all, createCache(folder, "float32"), tokenIds);
    expected = {
      logProbabilities: tokenIds
        .slice(1)
        .map((tokenId, place) => logSoftmaxOf(rows[place]!)[tokenId]!),
      bestTokenIds: rows.slice(0, -1).map(argMaxOf),
    };
  });
  suiteTeardown(() => removeTinyModel(folder));

  const shape = () => {
    const { numLayers, numKvHeads, headDim } = folder.config;
    return { type: "float32" as const, numLayers, numKvHeads, headDim };
  };

  test("scores are those of plain loops", () => {
    const ids = tokenIds.slice(0, 20);
    const { logits } = referenceForward(folder, ids);
    const scores = ids
      .slice(1)
      .map((tokenId, place) => logSoftmaxOf(logits[place]!)[tokenId]!);
    assertClose(expected.logProbabilities.slice(0, 19), scores, {
      name: "log-probabilities",
      atol: ATOL,
    });
  });

  test("runs on a past score as one run over everything, at every prefix", async () => {
    const targets = tokenIds.slice(1, 31);
    for (const size of [1, 4, 30]) {
      const cache = createCache(folder, "float32");
      const logProbabilities: number[] = [];
      const bestTokenIds: number[] = [];
      while (cache.length < targets.length) {
        const start = cache.length;
        const end = Math.min(start + size, targets.length);
        const inputs = tokenIds.slice(start, end);
        const outputs = await scoring.run(
          {
            ...sequenceFeeds(cache, inputs),
            ...cache.feeds(),
            targetIds: int64s(targets.slice(start, end), [1, inputs.length]),
          },
          ["logProbabilities", "bestTokenIds", ...cache.outputNames],
        );
        cache.append(outputs, inputs);
        assert.deepEqual(
          [...outputs["logProbabilities"]!.dims],
          [1, inputs.length],
        );
        logProbabilities.push(...numbersOf(outputs["logProbabilities"]!));
        bestTokenIds.push(...numbersOf(outputs["bestTokenIds"]!));
      }
      assertClose(logProbabilities, expected.logProbabilities.slice(0, 30), {
        name: `log-probabilities in runs of ${size}`,
        atol: ATOL,
      });
      assert.deepEqual(bestTokenIds, expected.bestTokenIds.slice(0, 30));
    }
  });

  test("TokenScorer.score() scores from any start, over more than one run, with a prefill graph or without", async () => {
    // 149 scored tokens are two runs of 128 at the most.
    for (const start of [1, 2, 20, 140, 149]) {
      for (const sessions of [
        { scoring, prefill: undefined },
        { scoring, prefill },
      ]) {
        const scorer = new TokenScorer(sessions, shape());
        const scores = await scorer.score(tokenIds, { start });
        assertClose(
          scores.logProbabilities,
          expected.logProbabilities.slice(start - 1),
          { name: `log-probabilities from ${start}`, atol: ATOL },
        );
        assert.deepEqual(
          scores.bestTokenIds,
          expected.bestTokenIds.slice(start - 1),
        );
      }
    }
  });

  test("TokenScorer.score() refuses a start outside of the text", async () => {
    const scorer = new TokenScorer({ scoring, prefill }, shape());
    for (const start of [0, 150, 151]) {
      await assert.rejects(
        scorer.score(tokenIds, { start }),
        new RangeError(
          `Cannot score from token ${start} of 150: expected 1 to 149`,
        ),
      );
    }
  });
});
