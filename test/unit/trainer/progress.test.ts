import assert from "node:assert/strict";
import type {
  TrainingPhase,
  TrainingProgress,
} from "../../../src/protocol/training";
import { progressReporter } from "../../../src/trainer/progress";
import type { TrainerNumbers } from "../../../src/training/trainer";

suite("progressReporter()", () => {
  let sent: TrainingProgress[];
  let atMs: number;
  setup(() => {
    sent = [];
    atMs = 0;
  });
  const reporter = (maxMinutes?: number) =>
    progressReporter((progress) => sent.push(progress), {
      maxMinutes,
      now: () => atMs,
    });
  const numbers = (change: Partial<TrainerNumbers>) =>
    ({
      step: 0,
      plannedSteps: 600,
      secondsPerStep: 12,
      trainedTokens: 0,
      trainedSeconds: 0,
      losses: [],
      ...change,
    }) as TrainerNumbers;

  test("says what is left of a phase without steps, once its speed says something", () => {
    const report = reporter();
    const table: [ms: number, phase: TrainingPhase, fraction: number][] = [
      [0, "preparing", 0],
      [2_000, "preparing", 0.5],
      [10_000, "measuring-after", 0],
      [14_000, "measuring-after", 0.01],
      [20_000, "measuring-after", 0.25],
      [50_000, "measuring-after", 1],
    ];
    for (const [ms, phase, fraction] of table) {
      atMs = ms;
      report(phase, fraction);
    }
    assert.deepEqual(
      sent.map(({ secondsLeft }) => secondsLeft),
      [undefined, undefined, undefined, undefined, 30, 0],
    );
  });

  test("does not tell oftener than can be seen, but every phase and every end", () => {
    const report = reporter();
    report("preparing", 0);
    for (let i = 1; i <= 100; i++) {
      atMs += 10;
      report("measuring-after", i / 100);
    }
    const shown = sent.map(({ phase, fraction }) => `${phase} ${fraction}`);
    assert.deepEqual(shown, [
      "preparing 0",
      "measuring-after 0.01",
      "measuring-after 0.26",
      "measuring-after 0.51",
      "measuring-after 0.76",
      "measuring-after 1",
    ]);
  });

  test("never says that more is left than was asked for", () => {
    const report = reporter(4);
    report("training", 0, numbers({}));
    report("training", 0, numbers({ step: 1, trainedSeconds: 12 }));
    report(
      "training",
      0,
      numbers({ step: 15, plannedSteps: 20, trainedSeconds: 180 }),
    );
    assert.deepEqual(
      sent.map(({ secondsLeft }) => secondsLeft),
      [240, 228, 60],
    );
    const unlimited = reporter();
    unlimited("training", 0, numbers({}));
    unlimited("training", 0, numbers({ step: 1, trainedSeconds: 12 }));
    assert.deepEqual(
      sent.slice(3).map(({ secondsLeft }) => secondsLeft),
      [undefined, 599 * 12],
    );
  });
});
