// The training loop on a linear regression.

import assert from "node:assert/strict";
import {
  Trainer,
  type TrainerNumbers,
  type TrainerState,
} from "../../../src/training/trainer";
import { assertClose } from "../support/assertClose";
import { FakeRegression, makePoints, trainerOptions } from "./fakeRegression";

function numbersOf(trainer: Trainer<unknown>): Partial<TrainerNumbers> {
  const { step, blocksUsed, best, losses, ended } = trainer.numbers;
  return { step, blocksUsed, best, losses, ended };
}

suite("Trainer", () => {
  test("Trainer.run() learns the line and ends after its epochs", async () => {
    const model = new FakeRegression(2);
    const settings = { ...trainerOptions().settings, learningRate: 0.2 };
    const trainer = new Trainer(model, trainerOptions({ settings }));
    const ended = await trainer.run();
    const { losses, step, best } = trainer.numbers;
    assert.equal(ended, "finished");
    assert.equal(step, 48);
    assert.ok(best!.loss < 0.1 * losses[0]!.heldOut!);
  });

  test("Trainer.run() measures held-out loss before the first step, every so many, and after the last", async () => {
    const trainer = new Trainer(
      new FakeRegression(2),
      trainerOptions({ stepsBetweenLooks: () => 20 }),
    );
    await trainer.run();
    const looks = trainer.numbers.losses.filter(
      ({ heldOut }) => heldOut !== undefined,
    );
    assert.deepEqual(
      looks.map(({ step }) => step),
      [0, 20, 40, 48],
    );
  });

  test("Trainer.run() with accumulated gradients equals one with larger blocks", async () => {
    const small = makePoints({ blocks: 8, seed: 3 });
    const settings = { ...trainerOptions().settings, epochs: 1, seed: 5 };
    const one = new FakeRegression(2);
    const two = new FakeRegression(2);
    await new Trainer(
      one,
      trainerOptions({
        training: small,
        settings: { ...settings, gradientAccumulationSteps: 8 },
      }),
    ).run();
    const large = {
      x: small.flatMap(({ x }) => x),
      y: small.flatMap(({ y }) => y),
    };
    await new Trainer(
      two,
      trainerOptions({ training: [large], settings }),
    ).run();
    assertClose(one.slope, two.slope, { name: "slope", atol: 1e-6 });
  });

  test("Trainer.run() stops early when held-out loss no longer falls, and keeps the best", async () => {
    const model = new FakeRegression(2);
    // The held-out points lie on another line, so learning the training points makes them worse at some time.
    const heldOut = makePoints({ blocks: 2, seed: 4 }).map(({ x, y }) => ({
      x,
      y: y.map((value) => value / 4),
    }));
    const settings = { ...trainerOptions().settings, epochs: 50 };
    const trainer = new Trainer(
      model,
      trainerOptions({ heldOut, settings, stepsBetweenLooks: () => 2 }),
    );
    assert.equal(await trainer.run(), "early-stop");
    const { best, step, losses } = trainer.numbers;
    assert.equal(step, best!.step + 6);
    const held = losses.flatMap(({ heldOut }) => heldOut ?? []);
    assert.equal(best!.loss, Math.min(...held));
    trainer.useBest();
    const { loss, weight } = await evaluateAll(model, heldOut);
    assertClose([loss / weight], [best!.loss], { name: "best", rtol: 1e-6 });
  });

  test("Trainer.run() stops at a loss that is no number and has the best parameters", async () => {
    const model = new FakeRegression(2);
    const settings = {
      ...trainerOptions().settings,
      learningRate: 1e38,
      weightDecay: 1,
      epochs: 20,
    };
    const trainer = new Trainer(model, trainerOptions({ settings }));
    assert.equal(await trainer.run(), "diverged");
    trainer.useBest();
    assert.ok([...model.slope, ...model.offset].every(Number.isFinite));
  });

  test("Trainer.run() broken off between any two blocks and taken up again has the unbroken run's losses", async () => {
    const settings = {
      ...trainerOptions().settings,
      gradientAccumulationSteps: 3,
    };
    const whole = new FakeRegression(2);
    const unbroken = new Trainer(whole, trainerOptions({ settings }));
    await unbroken.run();
    for (const breakAt of [1, 5, 17, 40, 57]) {
      const model = new FakeRegression(2);
      const stop = new AbortController();
      let turns = 0;
      const first = new Trainer(
        model,
        trainerOptions({
          settings,
          signal: stop.signal,
          turn: async () => {
            if (++turns === breakAt) stop.abort();
          },
          saveCheckpoint: (state) => (saved = structuredClone(state)),
        }),
      );
      let saved: TrainerState | undefined;
      assert.equal(await first.run(), "stopped");
      const second = new Trainer(
        model,
        trainerOptions({ settings, resumeFrom: saved }),
      );
      await second.run();
      assert.deepEqual(numbersOf(second), numbersOf(unbroken));
      assert.deepEqual(model.slope, whole.slope);
    }
  });

  test("Trainer.run() fits its steps to the time limit and ends with a low learning rate", async () => {
    const settings = {
      ...trainerOptions().settings,
      epochs: 100,
    };
    // The clock gives every block one second; a look at 4 held-out blocks comes every 8 steps.
    const options = trainerOptions({
      settings,
      patience: 1000,
      secondsLeft: () => 60 - trainer.numbers.seconds,
    });
    const trainer: Trainer<unknown> = new Trainer(
      new FakeRegression(2),
      options,
    );
    assert.equal(await trainer.run(), "time-limit");
    const { step, plannedSteps, seconds } = trainer.numbers;
    assert.equal(step, plannedSteps);
    assert.ok(seconds > 45 && seconds <= 60, `${seconds} seconds`);
  });

  test("Trainer.run() has the same losses with a time limit that does not bind", async () => {
    const free = new Trainer(new FakeRegression(2), trainerOptions());
    const limited = new Trainer(
      new FakeRegression(2),
      trainerOptions({ secondsLeft: () => 600 }),
    );
    await free.run();
    await limited.run();
    assert.deepEqual(limited.numbers.losses, free.numbers.losses);
  });

  test("Trainer.run() does not count the time in which the process was stopped", async () => {
    let nowMs = 0;
    let looks = 0;
    const trainer = new Trainer(
      new FakeRegression(2),
      trainerOptions({
        now: () => (nowMs += ++looks === 60 ? 3_600_000 : 500),
      }),
    );
    await trainer.run();
    assert.ok(trainer.numbers.seconds < 60, `${trainer.numbers.seconds} s`);
  });

  test("Trainer.run() saves a checkpoint after so many seconds of work and at the end", async () => {
    const saved: number[] = [];
    await new Trainer(
      new FakeRegression(2),
      trainerOptions({
        saveCheckpoint: ({ numbers }) => saved.push(numbers.step),
        checkpointEverySeconds: 20,
        stepsBetweenLooks: () => 1000,
      }),
    ).run();
    assert.deepEqual(saved, [16, 36, 48]);
  });
});

async function evaluateAll(
  model: FakeRegression,
  blocks: ReturnType<typeof makePoints>,
) {
  const sum = { loss: 0, weight: 0 };
  for (const block of blocks) {
    const { loss, weight } = await model.evaluate(block);
    sum.loss += loss;
    sum.weight += weight;
  }
  return sum;
}
