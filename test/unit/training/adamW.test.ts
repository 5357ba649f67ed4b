// The optimiser, clipping and schedule against values worked out by hand and by PyTorch.

import assert from "node:assert/strict";
import { adamWStep, zeroMoments } from "../../../src/training/adamW";
import { gradientNorm, scaleAndClip } from "../../../src/training/gradientNorm";
import { learningRateFactor } from "../../../src/training/schedule";
import { assertClose } from "../support/assertClose";

function parameter(values: number[], decays = true) {
  const array = Float32Array.from(values);
  return { name: "p", shape: [values.length], values: array, decays };
}

suite("AdamW", () => {
  test("adamWStep() moves each number by the learning rate against its gradient's sign at the first step", () => {
    const moved = parameter([1, -2, 3]);
    adamWStep([moved], {
      gradients: [Float32Array.of(0.5, -4, 0)],
      moments: zeroMoments([moved]),
      step: 1,
      learningRate: 0.1,
      weightDecay: 0,
    });
    assertClose(moved.values, [0.9, -1.9, 3], { name: "values", atol: 1e-6 });
  });

  test("adamWStep() decays matrices and leaves norms and biases alone", () => {
    const options = { step: 1, learningRate: 0.1, weightDecay: 0.5 };
    const gradients = [Float32Array.of(0)];
    const matrix = parameter([2]);
    const bias = parameter([2], false);
    adamWStep([matrix], {
      ...options,
      gradients,
      moments: zeroMoments([matrix]),
    });
    adamWStep([bias], { ...options, gradients, moments: zeroMoments([bias]) });
    assertClose(matrix.values, [1.9], { name: "matrix", atol: 1e-6 });
    assert.deepEqual([...bias.values], [2]);
  });

  test("adamWStep() follows PyTorch's torch.optim.AdamW over ten steps", () => {
    // PyTorch 1.13.1: p = [0.5, -1, 2], lr 0.01, weight_decay 0.1, gradient of step t = [p0, 2 p1 + t, -0.1].
    const moved = parameter([0.5, -1, 2]);
    const moments = zeroMoments([moved]);
    for (let step = 1; step <= 10; step++) {
      const [a, b] = moved.values;
      adamWStep([moved], {
        gradients: [Float32Array.of(a!, 2 * b! + step, -0.1)],
        moments,
        step,
        learningRate: 0.01,
        weightDecay: 0.1,
      });
    }
    assertClose(moved.values, [0.3962719, -1.0313783, 2.0796411], {
      name: "values",
      atol: 1e-6,
    });
  });

  test("adamWStep() with a learning rate of zero changes nothing", () => {
    const moved = parameter([1, 2]);
    adamWStep([moved], {
      gradients: [Float32Array.of(1, -1)],
      moments: zeroMoments([moved]),
      step: 1,
      learningRate: 0,
      weightDecay: 0.1,
    });
    assert.deepEqual([...moved.values], [1, 2]);
  });
});

suite("Gradients and schedule", () => {
  test("scaleAndClip() shortens gradients to the largest norm and keeps their direction", () => {
    const gradients = [Float32Array.of(6), Float32Array.of(8)];
    assert.equal(scaleAndClip(gradients, { scale: 0.5, maxNorm: 1 }), 5);
    assertClose([...gradients[0]!, ...gradients[1]!], [0.6, 0.8], {
      name: "clipped",
      atol: 1e-6,
    });
    assertClose([gradientNorm(gradients)], [1], { name: "norm", atol: 1e-6 });
  });

  test("scaleAndClip() leaves short gradients as they are but for the scale", () => {
    const gradients = [Float32Array.of(0.2, -0.4)];
    scaleAndClip(gradients, { scale: 0.5, maxNorm: 1 });
    assertClose(gradients[0]!, [0.1, -0.2], { name: "scaled", atol: 1e-7 });
  });

  test("scaleAndClip() says that a norm is no number", () => {
    const gradients = [Float32Array.of(1, NaN)];
    assert.ok(Number.isNaN(scaleAndClip(gradients, { scale: 1, maxNorm: 1 })));
  });

  test("learningRateFactor() rises over the warm-up, is whole after it and ends near a tenth", () => {
    const plan = { steps: 100, warmupSteps: 4 };
    const factors = [0, 1, 2, 3, 4, 52, 99].map((step) =>
      learningRateFactor(step, plan),
    );
    assertClose(factors, [0.2, 0.4, 0.6, 0.8, 1, 0.55, 0.1002], {
      name: "factors",
      atol: 1e-3,
    });
  });

  test("learningRateFactor() spends at most a tenth of a short run on the warm-up", () => {
    assert.equal(learningRateFactor(1, { steps: 10, warmupSteps: 100 }), 1);
  });
});
