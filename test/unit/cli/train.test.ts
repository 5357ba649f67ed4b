// What the commands that train print and refuse; runs themselves are tested in test/unit/worker.

import assert from "node:assert/strict";
import { formatSeconds, showTraining } from "../../../src/cli/showTraining";
import { runPretrain } from "../../../src/cli/pretrain";
import { runTrain } from "../../../src/cli/train";
import { resumeArguments } from "../../../src/cli/trainHere";
import {
  describeOutcome,
  trainingFigures,
} from "../../../src/cli/trainingFigures";
import type { TrainingOutcome } from "../../../src/protocol/training";
import { OUTCOME, PROGRESS } from "../client/fakeTrainerProcess";

const PROVEN: TrainingOutcome = {
  ...OUTCOME,
  ended: "early-stop",
  verdict: "no-gain",
  proof: {
    documents: 8,
    resampled: "paragraphs",
    bitsPerCharacter: { before: 1, after: 0.88, low: -0.13, high: -0.1 },
    saved1Word: { before: 0.2, after: 0.21, low: -0.01, high: 0.03 },
    precision: { before: 0.7, after: 0.71, low: -0.02, high: 0.04 },
    wrongShowRate: { before: 0.05, after: 0.05, low: -0.01, high: 0.01 },
    rivals: { wordCache: 0.1, ngram: 0.12 },
    general: { before: 1.5, after: 1.53 },
    passages: [],
  },
};

suite("What training prints", () => {
  test("trainingFigures() has the figures of the proof", () => {
    assert.deepEqual(JSON.parse(JSON.stringify(trainingFigures(PROVEN))), {
      tokensPerSecond: 200,
      peakMemoryMb: 1000,
      steps: 20,
      seconds: 120,
      ended: "early-stop",
      bestStep: 16,
      verdict: "no-gain",
      bitsPerCharacter: PROVEN.proof!.bitsPerCharacter,
      saved1Word: PROVEN.proof!.saved1Word,
      general: PROVEN.proof!.general,
    });
  });

  test("trainingFigures() has the training graph's bits where nothing was proven", () => {
    const trainingGraph = {
      heldOut: { before: 1, after: 0.9 },
      general: undefined,
    };
    const { bitsPerCharacter, general } = trainingFigures({
      ...OUTCOME,
      trainingGraph,
    });
    assert.deepEqual(bitsPerCharacter, trainingGraph.heldOut);
    assert.equal(general, undefined);
  });

  test("describeOutcome() says plainly that an adapter does not help", () => {
    const text = describeOutcome(PROVEN, "out");
    assert.match(text, /Stopped early/);
    assert.match(text, /1\.0000 before, 0\.8800 after \(-12\.0%\)/);
    assert.match(text, /It does NOT help/);
    assert.match(text, /word cache 10\.0%, n-gram 12\.0%/);
  });

  test("describeOutcome() says of a diverged run what to change", () => {
    const text = describeOutcome({ ...OUTCOME, ended: "diverged" }, "out");
    assert.match(text, /not a number: the learning rate is too high/);
  });

  test("resumeArguments() gives a command that can be pasted", () => {
    assert.equal(
      resumeArguments(["--documents", "my docs", "--out", "a/b"]),
      "--documents 'my docs' --out a/b --resume",
    );
    assert.equal(resumeArguments(["--resume"]), "--resume");
  });

  test("showTraining() writes a line for each look at held-out text, and few others, where nobody watches", () => {
    const lines: string[] = [];
    const { onProgress } = showTraining((text) => lines.push(text), false);
    for (let step = 1; step <= 16; step++) {
      const heldOutLoss = { step: step < 8 ? 0 : 8, loss: 3 };
      onProgress({ ...PROGRESS, step, heldOutLoss });
    }
    assert.equal(lines.length, 3);
    assert.equal(lines[0], "Training\n");
    assert.equal(
      lines[2],
      "50%, step 8/20, loss 3.0000, held-out 3.0000 at 8, 200 tokens/s, 1 min 0 s left, 900 MB\n",
    );
  });

  test("formatSeconds() changes to minutes", () => {
    assert.deepEqual([0.4, 59.6, 61].map(formatSeconds), [
      "0 s",
      "1 min 0 s",
      "1 min 1 s",
    ]);
  });
});

suite("Arguments of training", () => {
  const refused: [(args: string[]) => Promise<void>, string[], RegExp][] = [
    [runTrain, ["--out", "x"], /neither --documents and --examples/],
    [runTrain, ["--documents", "."], /Found no --out, expected a folder/],
    [
      runTrain,
      ["--documents", "no-such-folder", "--out", "x"],
      /--documents is no-such-folder, which does not exist/,
    ],
    [
      runTrain,
      ["--documents", ".", "--out", "x", "--projections", "q,w"],
      /--projections has "w", expected some of q,k,v/,
    ],
    [
      runTrain,
      ["--documents", ".", "--out", "x", "--rank", "0"],
      /--rank is "0", expected a whole number from 1 to 64/,
    ],
    [runPretrain, ["--documents", "."], /Found no --out/],
    [
      runPretrain,
      ["--documents", ".", "--out", "x", "--family", "bert"],
      /--family is "bert", expected gpt2 or llama/,
    ],
  ];
  for (const [command, args, expected] of refused) {
    test(`${command.name}() refuses ${args.join(" ")}`, async () => {
      await assert.rejects(command(args), expected);
    });
  }
});
