// The small parts of the trainer process: its switch, its progress, exact completions and places for samples.

import assert from "node:assert/strict";
import { compareAnswers, isExact } from "../../../src/trainer/evaluateExamples";
import { progressReporter } from "../../../src/trainer/progress";
import { RunClock } from "../../../src/trainer/runClock";
import { RunControl } from "../../../src/trainer/runControl";
import { choosePlaces } from "../../../src/trainer/previewSamples";
import type { TrainingProgress } from "../../../src/protocol/training";
import { makeText } from "../support/trainingCase";

suite("RunControl", () => {
  test("RunControl.turn() waits while the run is paused", async () => {
    const control = new RunControl();
    control.pause();
    let isOver = false;
    const turn = control.turn().then(() => (isOver = true));
    for (let i = 0; i < 5; i++) {
      await new Promise((resolve) => setImmediate(resolve));
    }
    assert.equal(isOver, false);
    control.resume();
    await turn;
    assert.ok(isOver);
  });

  test("RunControl.end() wakes a paused run and aborts it", async () => {
    const control = new RunControl();
    control.pause();
    const turn = control.turn();
    control.end("keep");
    await turn;
    assert.ok(control.signal.aborted);
    assert.ok(!control.dropSignal.aborted);
  });

  test("RunControl.end() lets leaving win over what was asked before, and nothing win over leaving", () => {
    const control = new RunControl();
    control.end("keep");
    control.end("leave");
    control.end("discard");
    assert.equal(control.ending, "leave");
    assert.ok(control.dropSignal.aborted);
  });
});

suite("RunControl.heldSeconds", () => {
  test("RunControl.heldSeconds counts pauses that are over, and stops from outside", () => {
    const control = new RunControl();
    control.noteStopped(30);
    control.pause();
    assert.equal(control.heldSeconds, 30);
    control.resume();
    control.resume();
    assert.ok(control.heldSeconds >= 30 && control.heldSeconds < 31);
  });
});

suite("Exact completions", () => {
  const rows: [string, string, boolean][] = [
    ["yes", "yes", true],
    [" yes\nand more", " yes", true],
    ["\nyes", " yes", true],
    ["yes, sir", "yes", false],
    ["ye", "yes", false],
    ["", "yes", false],
    ["a\nb", "a\nb", true],
    ["a\nb\nc", "a\nb", false],
  ];
  for (const [text, completion, expected] of rows) {
    test(`isExact(${JSON.stringify(text)}) for ${JSON.stringify(completion)} is ${expected}`, () => {
      assert.equal(isExact(text, completion), expected);
    });
  }

  test("compareAnswers() gives shares and an interval that holds their difference", () => {
    const before = Array.from({ length: 40 }, (_, index) => index % 4 === 0);
    const after = before.map((isRight, index) => isRight || index % 2 === 1);
    const accuracy = compareAnswers(before, after);
    assert.equal(accuracy.before, 0.25);
    assert.equal(accuracy.after, 0.75);
    assert.ok(accuracy.low > 0.3 && accuracy.low < 0.5);
    assert.ok(accuracy.high > 0.5 && accuracy.high < 0.7);
  });

  test("compareAnswers() of equal answers has an interval of zero", () => {
    const same = [true, false, true];
    const { low, high } = compareAnswers(same, same);
    assert.deepEqual([low, high], [0, 0]);
  });
});

suite("Progress", () => {
  test("progressReporter() works out speed and time left from a run's numbers", () => {
    const sent: TrainingProgress[] = [];
    const clock = new RunClock({ isMeasured: false, now: () => 0 });
    clock.addSpent(50);
    const report = progressReporter((progress) => sent.push(progress), clock);
    report("training", 0.25, {
      step: 10,
      blocksUsed: 40,
      plannedSteps: 40,
      seconds: 50,
      trainedSeconds: 40,
      trainedTokens: 8000,
      secondsPerStep: 5,
      secondsPerEvaluation: 8,
      best: { step: 8, loss: 2 },
      evaluationsWithoutGain: 0,
      losses: [
        { step: 8, training: 2.5, heldOut: 2 },
        { step: 10, training: 2.25, heldOut: undefined },
      ],
      ended: undefined,
    });
    const { residentMb, ...rest } = sent[0]!;
    assert.ok(residentMb > 1);
    assert.deepEqual(rest, {
      phase: "training",
      fraction: 0.25,
      elapsedSeconds: 50,
      step: 10,
      steps: 40,
      tokensPerSecond: 200,
      trainingLoss: 2.25,
      heldOutLoss: { step: 8, loss: 2 },
      secondsLeft: 150,
    });
  });
});

suite("choosePlaces()", () => {
  const texts = [1, 2, 3].map((seed) => ({
    name: `${seed}.md`,
    text: makeText(seed, 30),
  }));

  test("choosePlaces() takes ends of words, with what follows, in different documents", () => {
    const places = choosePlaces(texts, 5);
    assert.equal(new Set(places.map(({ document }) => document)).size, 2);
    for (const { document, prompt, expected } of places) {
      const { text } = texts.find(({ name }) => name === document)!;
      assert.ok(text.includes(prompt + expected));
      assert.ok(expected.startsWith(" ") && !prompt.endsWith(" "));
    }
    assert.deepEqual(choosePlaces(texts, 5), places);
  });

  test("choosePlaces() finds none in texts that are too short", () => {
    assert.deepEqual(choosePlaces([{ name: "a", text: "short" }], 1), []);
  });
});
