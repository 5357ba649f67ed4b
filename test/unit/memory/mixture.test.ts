// The mixture is a distribution, and the model's own where memory has nothing to say.

import assert from "node:assert/strict";
import { seededRandom } from "../../../src/common/random";
import { blendOrders } from "../../../src/memory/contextDistribution";
import { NUM_GATE_INPUTS, type GateWeights } from "../../../src/memory/gate";
import fitted from "../../../src/memory/gateWeights.json";
import { mix } from "../../../src/memory/mixture";
import { opinionOf } from "../../../src/memory/modelOpinion";
import { continuationsWithin } from "../../../src/memory/textContinuations";
import { softmaxOf } from "../support/matrices";

const VOCAB_SIZE = 12;

/** Float32 holds seven digits. */
const ATOL = 1e-6;

const drawTokens = (random: () => number, length: number) =>
  Array.from({ length }, () => Math.floor(VOCAB_SIZE * random() ** 2));

function randomModel(random: () => number): Float32Array {
  const logits = Array.from({ length: VOCAB_SIZE }, () => 8 * random());
  return Float32Array.from(softmaxOf(logits), Math.log);
}

const opinionsOn = (model: Float32Array) => ({
  model: opinionOf(model),
  continuesWord: (tokenId: number) => tokenId % 3 === 0,
});

/** A net of random weights, sharper than any that is fitted. */
function randomGate(random: () => number): GateWeights {
  const row = (length: number) =>
    Array.from({ length }, () => 6 * (random() - 0.5));
  return {
    command: "none",
    mean: row(NUM_GATE_INPUTS),
    deviation: row(NUM_GATE_INPUTS).map((each) => Math.abs(each) + 0.1),
    hiddenWeights: [row(NUM_GATE_INPUTS), row(NUM_GATE_INPUTS)],
    hiddenBias: row(2),
    outputWeights: [row(2), row(2), row(2)],
    outputBias: row(3),
  };
}

suite("blendOrders()", () => {
  test("gives each length of context its part by hand", () => {
    const { probabilities, escape, longest } = blendOrders([
      {
        order: 1,
        total: 4,
        counts: new Map([
          [7, 3],
          [5, 1],
        ]),
      },
      { order: 2, total: 1, counts: new Map([[5, 1]]) },
    ]);
    // Order 2: 1 of 1 + 0.6; its rest goes to order 1: 4 of 4 + 1.2; the rest of that escapes.
    const rest = 0.6 / 1.6;
    assert.ok(Math.abs(probabilities.get(5)! - (1 / 1.6 + rest / 5.2)) < ATOL);
    assert.ok(Math.abs(probabilities.get(7)! - (rest * 3) / 5.2) < ATOL);
    assert.ok(Math.abs(escape - (rest * 1.2) / 5.2) < ATOL);
    assert.deepEqual(longest, {
      order: 2,
      total: 1,
      numDistinct: 1,
      bestTokenId: 5,
      bestCount: 1,
      lastTokenTotal: 4,
    });
  });

  test("leaves everything where nothing was counted", () => {
    const { probabilities, escape, longest } = blendOrders([]);
    assert.deepEqual([probabilities.size, escape, longest], [0, 1, undefined]);
  });
});

suite("opinionOf()", () => {
  test("is the distribution's entropy and maximum", () => {
    const opinion = opinionOf(Float32Array.from([0.5, 0.25, 0.25], Math.log));
    assert.ok(Math.abs(opinion.entropy - 1.5 * Math.LN2) < ATOL);
    assert.ok(Math.abs(opinion.maxProbability - 0.5) < ATOL);
    assert.ok(Math.abs(opinion.probabilityOf(2) - 0.25) < ATOL);
  });
});

suite("mix()", () => {
  test("sums to 1 whatever was counted, by the fitted gate and by any other", () => {
    const random = seededRandom(5);
    for (let round = 0; round < 300; round++) {
      const model = randomModel(random);
      const text = drawTokens(random, Math.floor(30 * random()));
      const others = [
        ...drawTokens(random, Math.floor(200 * random())),
        ...text.slice(-3),
      ];
      const weights = round % 2 === 0 ? fitted : randomGate(random);
      const { modelShare, additions } = mix(
        {
          workspace: continuationsWithin(others),
          document: continuationsWithin(text),
        },
        { ...opinionsOn(model), weights },
      );
      let sum = 0;
      for (let tokenId = 0; tokenId < VOCAB_SIZE; tokenId++) {
        const probability =
          modelShare * Math.exp(model[tokenId]!) +
          (additions.get(tokenId) ?? 0);
        assert.ok(probability >= 0);
        sum += probability;
      }
      assert.ok(Math.abs(sum - 1) < ATOL, `round ${round}: ${sum}`);
    }
  });

  test("is the model where both memories are empty", () => {
    const random = seededRandom(6);
    for (let round = 0; round < 20; round++) {
      const mixture = mix(
        { workspace: [], document: [] },
        {
          ...opinionsOn(randomModel(random)),
          weights: randomGate(random),
        },
      );
      assert.deepEqual(mixture, { modelShare: 1, additions: new Map() });
    }
  });

  test("says more of what the workspace always says than the model does", () => {
    const model = Float32Array.from(
      softmaxOf(Array.from({ length: VOCAB_SIZE }, () => 0)),
      Math.log,
    );
    const { modelShare, additions } = mix(
      {
        workspace: [1, 2, 3, 4].map((order) => ({
          order,
          total: 3,
          counts: new Map([[9, 3]]),
        })),
        document: [],
      },
      opinionsOn(model),
    );
    assert.ok(modelShare / VOCAB_SIZE + additions.get(9)! > 2 / VOCAB_SIZE);
  });
});
