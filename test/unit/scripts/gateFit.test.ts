// The fit finds who is right, and its net is the one that the mixture is weighed by.

import assert from "node:assert/strict";
import { fitGate, meanLoss, type GateExample } from "../../../scripts/gateFit";
import { seededRandom } from "../../../src/common/random";
import { NUM_GATE_INPUTS, weigh } from "../../../src/memory/gate";

suite("fitGate()", () => {
  test("trusts the memory where its inputs say that it is right", () => {
    const random = seededRandom(4);
    const examples = Array.from({ length: 4000 }, (_, place): GateExample => {
      const isRight = place % 2 === 0;
      const inputs = Array.from({ length: NUM_GATE_INPUTS }, () => random());
      inputs[1] = isRight ? 8 : 1;
      return {
        document: 0,
        isWithWorkspace: true,
        inputs,
        probabilities: isRight ? [0.1, 0.9, undefined] : [0.5, 0, undefined],
      };
    });
    const net = fitGate(examples);
    const { model, mixed } = meanLoss(examples, net);
    assert.ok(Math.abs(model + (Math.log(0.1) + Math.log(0.5)) / 2) < 1e-6);
    const best = -(Math.log(0.9) + Math.log(0.5)) / 2;
    assert.ok(mixed < best + 0.1, `${mixed} where ${best} is the best`);

    // The same by the net as the mixture reads it.
    const distribution = (order: number) => ({
      probabilities: new Map(),
      escape: 0,
      longest: {
        order,
        total: 1,
        numDistinct: 1,
        bestTokenId: 0,
        bestCount: 1,
        lastTokenTotal: 1,
      },
    });
    const shares = weigh(
      {
        workspace: distribution(8),
        document: { probabilities: new Map(), escape: 1, longest: undefined },
        model: { entropy: 0.5, maxProbability: 0.5, probabilityOf: () => 0.5 },
        continuesWord: () => true,
      },
      { command: "", ...net },
    );
    assert.ok(shares.workspace > 0.8);
    assert.equal(shares.document, 0);
    assert.ok(Math.abs(shares.model + shares.workspace - 1) < 1e-9);
  });
});
