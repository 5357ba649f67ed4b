// Runs in this process on a tiny model: what is refused, and what becomes of runs that go wrong.

import assert from "node:assert/strict";
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";
import { openModelFolder } from "../../../src/model/files/modelFolder";
import { MANIFEST_FILE } from "../../../src/adapters/adapterNames";
import { readAdapter } from "../../../src/adapters/peftAdapter";
import type {
  TrainingProgress,
  TrainingRequest,
  TrainingSample,
} from "../../../src/protocol/training";
import { RunControl, RunLeftError } from "../../../src/trainer/runControl";
import { runTraining } from "../../../src/trainer/runTraining";
import { useTemporaryFolder } from "../support/temporaryFolder";
import { removeTinyModel } from "../support/tinyModel";
import { makeRequest, makeTinyTextModel } from "../support/trainingCase";

suite("runTraining()", function () {
  this.timeout(120_000);
  const inFolder = useTemporaryFolder();
  let model: ReturnType<typeof makeTinyTextModel>;
  suiteSetup(() => (model = makeTinyTextModel(7)));
  suiteTeardown(() => removeTinyModel(model));

  function requestFor(
    name: string,
    settings: Partial<TrainingRequest["settings"]> = {},
  ) {
    const modelFolder = model.directory;
    return makeRequest(inFolder(name), { modelFolder, settings });
  }

  async function run(
    request: TrainingRequest,
    onProgress: (
      progress: TrainingProgress,
      control: RunControl,
    ) => void = () => {},
  ) {
    const control = new RunControl();
    const notices: string[] = [];
    const outcome = await runTraining(request, {
      control,
      checkpointEverySeconds: 0,
      listener: {
        onProgress: (progress) => onProgress(progress, control),
        onSample() {},
        onSkipped() {},
        onNotice: (text) => notices.push(text),
      },
    });
    return { outcome, notices };
  }

  /** Leaves a run after some steps, with two checkpoints. */
  async function leave(request: TrainingRequest): Promise<void> {
    await assert.rejects(
      run(request, ({ phase, step }, control) => {
        if (phase === "training" && step >= 4) control.end("leave");
      }),
      RunLeftError,
    );
  }

  test("runTraining() writes an adapter that opens on its base, with a manifest without text", async () => {
    const request = requestFor("whole", { epochs: 1 });
    const phases = new Set<string>();
    const { outcome } = await run(request, ({ phase }) => phases.add(phase));
    assert.equal(outcome.ended, "finished");
    const folder = openModelFolder(model.directory);
    const adapter = readAdapter(request.outFolder, folder);
    assert.equal(adapter.pairs.size, 7 * folder.config.numLayers);
    // JSON leaves out what was not measured.
    assert.deepEqual(
      adapter.manifest?.outcome,
      JSON.parse(JSON.stringify(outcome)),
    );
    const json = readFileSync(
      path.join(request.outFolder, MANIFEST_FILE),
      "utf8",
    );
    assert.ok(!json.includes("hello world"));
    assert.deepEqual(
      [...phases],
      ["preparing", "measuring-before", "training", "measuring-after", "done"],
    );
  });

  test("runTraining() shows samples by the graphs that ship, before and now", async () => {
    const request = requestFor("samples", { epochs: 0.3, learningRate: 0.01 });
    const samples: TrainingSample[] = [];
    await runTraining(request, {
      control: new RunControl(),
      sampleEverySeconds: 0,
      listener: {
        onProgress() {},
        onSample: (sample) => samples.push(sample),
        onSkipped() {},
        onNotice: (text) => assert.fail(text),
      },
    });
    assert.ok(samples.length > 0);
    const [first] = samples;
    const last = samples.at(-1)!;
    assert.equal(first!.document, "held-out.md");
    assert.ok(first!.prompt.length > 0 && first!.expected.length > 0);
    assert.equal(last.before, first!.before);
    assert.ok(!existsSync(path.join(request.outFolder, "checkpoint.sample")));
  });

  test("runTraining() on a task with labels measures how many are found, and remembers the labels", async () => {
    const request = requestFor("task", { epochs: 15, learningRate: 0.01 });
    const file = inFolder("task", "rows.jsonl");
    // The answer is the prompt's last word, which the tiny tokenizer has as one token.
    const rows = [" hello", " help", " world"].flatMap((word) =>
      Array.from({ length: 20 }, (_, index) => ({
        prompt: `${"the ".repeat(1 + (index % 7))}${"and ".repeat(Math.floor(index / 7))}${word} =`,
        completion: word,
      })),
    );
    writeFileSync(file, rows.map((row) => JSON.stringify(row)).join("\n"));
    const { outcome } = await run({
      ...request,
      source: { kind: "examples", file },
      skipsEvaluation: false,
    });
    const { rows: numRows, accuracy, labels } = outcome.examples!;
    assert.ok(numRows >= 5);
    assert.ok(accuracy.before <= accuracy.after, JSON.stringify(accuracy));
    assert.equal(outcome.verdict, accuracy.low > 0 ? "helps" : "no-gain");
    assert.equal(outcome.proof, undefined);
    const { names, confusions, wordCount, majority } = labels!;
    assert.deepEqual(names, ["hello", "help", "world"]);
    assert.deepEqual(
      confusions.map((row) => row.reduce((sum, n) => sum + n)),
      [3, 3, 3],
    );
    const right = confusions.reduce((sum, row, label) => sum + row[label]!, 0);
    assert.equal(accuracy.after, right / numRows);
    // The word that is asked for stands in the prompt.
    assert.equal(wordCount.accuracy, 1);
    assert.equal(majority, 1 / 3);
    const { manifest } = readAdapter(
      request.outFolder,
      openModelFolder(model.directory),
    );
    assert.deepEqual(manifest?.labels, {
      completions: [" hello", " help", " world"],
      before: "the ",
      after: " =",
    });
  });

  test("runTraining() on a task of other answers measures exact completions before and after", async () => {
    const request = requestFor("answers", { epochs: 0.5 });
    const file = inFolder("answers", "rows.jsonl");
    const rows = Array.from({ length: 40 }, (_, index) => ({
      prompt: `${"the ".repeat(index)}=`,
      completion: ` ${"hello ".repeat(1 + index)}world`,
    }));
    writeFileSync(file, rows.map((row) => JSON.stringify(row)).join("\n"));
    const { outcome } = await run({
      ...request,
      source: { kind: "examples", file },
      skipsEvaluation: false,
    });
    assert.equal(outcome.examples?.labels, undefined);
    assert.ok(outcome.examples!.rows >= 5);
    assert.equal(outcome.examples!.accuracy.before, 0);
    assert.equal(outcome.proof, undefined);
  });

  test("runTraining() learns only the chosen projections of the last layers", async () => {
    const request = requestFor("few", {
      epochs: 0.2,
      projections: ["q", "v"],
      lastLayers: 1,
    });
    await run(request);
    const adapter = readAdapter(
      request.outFolder,
      openModelFolder(model.directory),
    );
    assert.deepEqual(
      [...adapter.pairs.keys()].map((name) => name.replace(/^model\./, "")),
      ["layers.1.self_attn.q_proj", "layers.1.self_attn.v_proj"],
    );
  });

  test("runTraining() with all weights writes a model folder", async () => {
    const request = requestFor("full", { epochs: 0.5, method: "full" });
    await run(request);
    const { tensors } = openModelFolder(request.outFolder);
    assert.deepEqual(
      [...tensors.keys()].sort(),
      [...model.tensors.keys()].sort(),
    );
    assert.ok(existsSync(path.join(request.outFolder, "tokenizer.json")));
  });

  test("runTraining() stops at a loss that is not a number, and what it writes is finite", async () => {
    const request = requestFor("diverging", {
      learningRate: 1e6,
      method: "full",
      epochs: 20,
    });
    const { outcome } = await run(request);
    assert.equal(outcome.ended, "diverged");
    const { before, after } = outcome.trainingGraph!.heldOut;
    assert.ok(after <= before, `${before} before, ${after} after`);
  });

  // It was written in spite of that where the evaluation was left out.
  test("runTraining() that is discarded while it is measured writes nothing", async () => {
    for (const skipsEvaluation of [true, false]) {
      const request = requestFor(`discarded-${skipsEvaluation}`, {
        epochs: 0.2,
      });
      const { outcome } = await run(
        { ...request, skipsEvaluation },
        ({ phase }, control) => {
          if (phase === "measuring-after") control.end("discard");
        },
      );
      assert.equal(outcome.ended, "stopped");
      assert.equal(outcome.verdict, "not-measured");
      assert.deepEqual(readdirSync(request.outFolder), []);
    }
  });

  test("runTraining() refuses a folder that holds something", async () => {
    const request = requestFor("taken");
    mkdirSync(request.outFolder, { recursive: true });
    writeFileSync(path.join(request.outFolder, "notes.md"), "mine");
    await assert.rejects(
      run(request),
      /it holds files already, expected a new/,
    );
    assert.equal(
      readFileSync(path.join(request.outFolder, "notes.md"), "utf8"),
      "mine",
    );
  });

  test("runTraining() refuses to begin anew over a run that was broken off", async () => {
    const request = requestFor("left", { epochs: 0.5 });
    await leave(request);
    await assert.rejects(
      run(request),
      /the checkpoint of a run that was broken off/,
    );
    const { notices } = await run({ ...request, resume: true });
    assert.match(notices.join(), /Going on from step 4/);
  });

  test("runTraining() uses the checkpoint before a damaged one, and says so", async () => {
    const request = requestFor("damaged", { epochs: 0.5 });
    await leave(request);
    const file = path.join(
      request.outFolder,
      "checkpoint",
      "model.safetensors",
    );
    appendFileSync(file, "x");
    const { notices, outcome } = await run({ ...request, resume: true });
    assert.match(
      notices.join(),
      /The newest checkpoint is damaged .*the one before it is used/,
    );
    assert.equal(outcome.ended, "finished");
  });

  test("runTraining() refuses damaged checkpoints and those of other settings", async () => {
    const request = requestFor("refused");
    await leave(request);
    const other = { ...request.settings, rank: 3 };
    await assert.rejects(
      run({ ...request, settings: other, resume: true }),
      /made with other settings, text or weights/,
    );
    for (const name of ["checkpoint", "checkpoint.previous"]) {
      writeFileSync(path.join(request.outFolder, name, "state.json"), "{}");
    }
    await assert.rejects(
      run({ ...request, resume: true }),
      /it is damaged .*remove it to train from the start/,
    );
  });

  test("runTraining() that is to resume without a checkpoint starts and says so", async () => {
    const request = requestFor("nothing", { epochs: 0.2 });
    const { notices } = await run({ ...request, resume: true });
    assert.match(notices.join(), /There is no checkpoint/);
  });

  test("runTraining() names every setting that is out of its range", async () => {
    await assert.rejects(
      run(requestFor("settings", { rank: 0, epochs: -1 })),
      /Cannot train with these settings: epochs: .*; rank: /,
    );
  });

  test("runTraining() refuses a model folder that is none", async () => {
    const request = {
      ...requestFor("no-model"),
      modelFolder: inFolder("none"),
    };
    await assert.rejects(run(request), /Cannot open model folder/);
  });
});
