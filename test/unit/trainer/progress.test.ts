import assert from "node:assert/strict";
import type {
  TrainingPhase,
  TrainingProgress,
} from "../../../src/protocol/training";
import { progressReporter } from "../../../src/trainer/progress";
import { RunClock } from "../../../src/trainer/runClock";
import type { TrainerNumbers } from "../../../src/training/trainer";

/** A clock that stands until it is moved. */
function clockOf(maxMinutes?: number) {
  const time = { ms: 0, heldSeconds: 0 };
  const clock = new RunClock({
    maxMinutes,
    now: () => time.ms,
    heldSeconds: () => time.heldSeconds,
  });
  return { clock, time };
}

suite("RunClock", () => {
  test("RunClock shares the minutes between steps and measuring, and does not count what was held", () => {
    const { clock, time } = clockOf(5);
    time.ms = 100_000;
    time.heldSeconds = 40;
    assert.equal(clock.seconds, 60);
    assert.equal(clock.secondsLeft, 240);
    assert.equal(clock.reservedSeconds, 111);
    assert.equal(clock.secondsForSteps, 129);
    time.ms = 250_000;
    assert.equal(clock.secondsForMeasuring, 84);
    clock.addSpent(60);
    assert.equal(clock.secondsLeft, 30);
  });

  test("RunClock keeps for a long run what a whole evaluation takes, and knows no limit without one", () => {
    assert.equal(clockOf(60).clock.reservedSeconds, 156);
    const { clock } = clockOf();
    assert.equal(clock.secondsForSteps, undefined);
    assert.equal(clock.secondsForMeasuring, 150);
  });
});

suite("progressReporter()", () => {
  let sent: TrainingProgress[];
  setup(() => (sent = []));
  const numbers = (change: Partial<TrainerNumbers>) =>
    ({
      step: 0,
      plannedSteps: 600,
      secondsPerStep: 0,
      trainedTokens: 0,
      trainedSeconds: 0,
      losses: [],
      ...change,
    }) as TrainerNumbers;

  /** Reports at each of the times; answers the seconds left, and the fractions in hundredths. */
  function reportAll(
    { clock, time }: ReturnType<typeof clockOf>,
    table: [
      seconds: number,
      phase: TrainingPhase,
      fraction: number,
      numbers?: TrainerNumbers,
    ][],
  ) {
    const report = progressReporter((progress) => sent.push(progress), clock);
    for (const [seconds, ...rest] of table) {
      time.ms = 1000 * seconds;
      report(...rest);
    }
    return {
      left: sent.map(({ secondsLeft }) => secondsLeft),
      percent: sent.map(({ fraction }) => Math.floor(100 * fraction)),
      steps: sent.map(({ steps }) => steps),
    };
  }

  test("has one clock for all phases of a limited run, which never says more than was asked for", () => {
    const { left, percent, steps } = reportAll(clockOf(5), [
      [0, "preparing", 0],
      [15, "preparing", 1],
      [30, "training", 0, numbers({})],
      [42, "training", 0, numbers({ step: 1, secondsPerStep: 12 })],
      [
        78,
        "training",
        0,
        numbers({ step: 4, plannedSteps: 12, secondsPerStep: 12 }),
      ],
      [204, "measuring-after", 0],
      [252, "measuring-after", 0.5],
      [290, "done", 1],
    ]);
    assert.deepEqual(left, [300, 285, 270, 258, 207, 111, 48, 0]);
    assert.deepEqual(percent, [0, 5, 10, 14, 27, 64, 84, 100]);
    assert.deepEqual(steps, [0, 0, 0, 0, 12, 0, 0, 0]);
  });

  test("says of a run without a limit what its steps and measuring take, once a step was timed", () => {
    const { left, percent } = reportAll(clockOf(), [
      [0, "preparing", 0],
      [30, "training", 0, numbers({})],
      [42, "training", 0, numbers({ step: 1, secondsPerStep: 12 })],
    ]);
    assert.deepEqual(left, [undefined, undefined, 599 * 12 + 156]);
    assert.deepEqual(percent, [0, 0, 0]);
  });

  test("never goes back", () => {
    const { percent } = reportAll(clockOf(), [
      [
        100,
        "training",
        0,
        numbers({ step: 9, plannedSteps: 10, secondsPerStep: 1 }),
      ],
      [
        200,
        "training",
        0,
        numbers({ step: 10, plannedSteps: 100, secondsPerStep: 20 }),
      ],
    ]);
    assert.equal(percent[0], percent[1]);
  });

  test("does not tell oftener than can be seen, but every phase, every end and all that is new", () => {
    const { clock, time } = clockOf(4);
    const report = progressReporter((progress) => sent.push(progress), clock);
    report("preparing", 0);
    for (let i = 1; i <= 100; i++) {
      time.ms += 10;
      report("measuring-after", i / 100);
    }
    report("training", 0, numbers({ step: 1 }));
    report("training", 0, numbers({ step: 1 }));
    report("training", 0, numbers({ step: 2 }));
    const losses = [{ step: 2, training: 1, heldOut: 1 }];
    report("training", 0, numbers({ step: 2, losses }));
    const shown = sent.map(({ phase, step }) => `${phase} ${step}`);
    assert.deepEqual(shown, [
      "preparing 0",
      ...Array.from({ length: 5 }, () => "measuring-after 0"),
      "training 1",
      "training 2",
      "training 2",
    ]);
  });
});
