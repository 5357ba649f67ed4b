// The embedded model against transformers in PyTorch on the same weights (scripts/makeGolden.py), and from end to end.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { KvCache, type KvCacheShape } from "../../../src/inference/kvCache";
import { TokenGenerator } from "../../../src/inference/tokenGenerator";
import { TokenScorer } from "../../../src/inference/tokenScorer";
import { readKvScales } from "../../../src/model/files/calibration";
import {
  buildDecodeGraph,
  NUM_CANDIDATES,
} from "../../../src/model/graphs/decodeGraph";
import { openModelFolder } from "../../../src/model/files/modelFolder";
import { buildScoringGraph } from "../../../src/model/graphs/scoringGraph";
import { loadTokenizer } from "../../../src/tokenizer/tokenizer";
import { assertClose } from "../support/assertClose";
import { useSessions } from "../support/sessions";

interface Golden {
  text: string;
  tokenIds: number[];
  /** Of every token but the first. */
  logProbabilities: number[];
  prompt: string;
  greedy: { tokenIds: number[]; margins: number[] };
}

const root = path.join(__dirname, "../../..");
const golden = JSON.parse(
  readFileSync(path.join(root, "test/fixtures/golden.json"), "utf8"),
) as Golden;

/** Nats by which thirty layers summed in another order may differ; 0.00005 where it was measured. */
const LOG_PROBABILITY_ATOL = 2e-3;
/** Nats by which a chosen token may be behind the best in float32: 8-bit activations decide near ties otherwise. */
const GREEDY_MARGIN = 0.5;

suite("The embedded model", () => {
  const load = useSessions();
  const folder = openModelFolder(
    path.join(root, "models/smollm2-135m-instruct"),
  );
  const { numLayers, numKvHeads, headDim, vocabSize } = folder.config;
  const shape: KvCacheShape = {
    type: "float32",
    numLayers,
    numKvHeads,
    headDim,
  };
  let scorer: TokenScorer;

  suiteSetup(async function () {
    this.timeout(60_000);
    const options = { kvScales: undefined, accuracyLevel: 1 as const };
    const scoring = await load(
      buildScoringGraph(folder, options),
      folder.directory,
    );
    scorer = new TokenScorer({ scoring, prefill: undefined }, shape);
  });

  test("encodes and scores a text in float32 as transformers does", async function () {
    this.timeout(60_000);
    const tokenizer = await loadTokenizer(folder.directory);
    assert.deepEqual(tokenizer.encode(golden.text), golden.tokenIds);
    const scores = await scorer.score(golden.tokenIds, { start: 1 });
    assertClose(scores.logProbabilities, golden.logProbabilities, {
      name: "log-probabilities",
      atol: LOG_PROBABILITY_ATOL,
    });
  });

  test("continues greedily with tokens that float32 finds best, or nearly", async function () {
    this.timeout(60_000);
    const tokenizer = await loadTokenizer(folder.directory);
    const decode = await load(
      buildDecodeGraph(folder, {
        kvScales: readKvScales(folder),
        accuracyLevel: 4,
      }),
      folder.directory,
    );
    const generator = new TokenGenerator(
      { decode, prefill: undefined },
      { vocabSize, numCandidates: NUM_CANDIDATES },
    );
    const drawn: { tokenId: number; probability: number }[] = [];
    const promptIds = tokenizer.encode(golden.prompt);
    await generator.generate(
      new KvCache({ ...shape, type: "int8" }),
      promptIds,
      {
        maxTokens: golden.greedy.tokenIds.length,
        sampling: {
          temperature: 0,
          topK: 0,
          topP: 1,
          repetitionPenalty: 1,
          seed: 0,
        },
        pauseFlags: new Uint8Array(vocabSize),
        endTokenIds: new Set(folder.config.eosTokenIds),
        minProbability: 0,
        isCancelled: () => false,
        onToken: (token) => {
          drawn.push(token);
          return false;
        },
      },
    );
    const tokenIds = drawn.map(({ tokenId }) => tokenId);
    // As long as both chose alike, a different choice is forgiven where PyTorch itself was nearly undecided.
    const { margins } = golden.greedy;
    const parting = tokenIds.findIndex(
      (tokenId, place) => tokenId !== golden.greedy.tokenIds[place],
    );
    assert.ok(
      parting < 0 || margins[parting]! < GREEDY_MARGIN,
      `token ${parting} differs although it is ahead by ${margins[parting]} nats`,
    );
    assert.equal(tokenIds.length, margins.length);
    const context = [...promptIds, ...tokenIds];
    const start = promptIds.length;
    const chosen = await scorer.score(context, { start });
    for (const [place, logProbability] of chosen.logProbabilities.entries()) {
      const bestTokenId = chosen.bestTokenIds[place]!;
      if (bestTokenId !== tokenIds[place]) {
        const before = context.slice(0, start + place);
        const best = await scorer.score([...before, bestTokenId], {
          start: before.length,
        });
        const behind = best.logProbabilities[0]! - logProbability;
        assert.ok(
          behind < GREEDY_MARGIN,
          `token ${place} (${tokenIds[place]}) is ${behind} nats behind the best`,
        );
      }
      const reported = Math.log(drawn[place]!.probability);
      assertClose([reported], [logProbability], {
        name: `log-probability of token ${place}`,
        atol: GREEDY_MARGIN,
      });
    }
  });
});
