// Makes an adapter of a checkpoint that a run has written, while the run goes on: a point of the curve.
// npx tsx scripts/corpus/adapterOfCheckpoint.ts CHECKPOINT OUT --rank R --alpha A
// CHECKPOINT is a run's folder "checkpoint" or a copy of it. The parameters are those of its last step.

import { mkdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { parseArgs } from "node:util";
import {
  readSafetensorsHeader,
  readTensorBytes,
} from "../../src/formats/safetensors";
import { openModelFolder } from "../../src/model/files/modelFolder";
import { defaultTrainingSettings } from "../../src/settings/defaultTrainingSettings";
import { writeResult } from "../../src/trainer/learner";
import type { TrainerNumbers } from "../../src/training/trainer";
import { progress, projectFolder } from "../terminal";

/** How a checkpoint calls the parameters themselves, beside their moments and best values. */
const PREFIX = "parameter:";

function main(): void {
  const {
    values: { rank, alpha },
    positionals: [checkpoint, out],
  } = parseArgs({
    options: { rank: { type: "string" }, alpha: { type: "string" } },
    allowPositionals: true,
  });
  if (checkpoint === undefined || out === undefined || rank === undefined) {
    throw new Error(
      "Found too little, expected the folders CHECKPOINT and OUT, and --rank",
    );
  }
  const file = path.join(checkpoint, "model.safetensors");
  const parameters = [...readSafetensorsHeader(file)]
    .filter(([name]) => name.startsWith(PREFIX))
    .map(([name, location]) => ({
      name: name.slice(PREFIX.length),
      shape: location.shape,
      values: new Float32Array(readTensorBytes(location).buffer as ArrayBuffer),
      decays: true,
    }));
  mkdirSync(out, { recursive: true });
  writeResult(out, {
    parameters,
    base: openModelFolder(
      path.join(projectFolder, "models", "smollm2-135m-instruct"),
    ),
    settings: {
      ...defaultTrainingSettings(1),
      rank: Number(rank),
      alpha: Number(alpha ?? 2 * Number(rank)),
    },
  });
  // Its own hash is the first line.
  const state = readFileSync(path.join(checkpoint, "state.json"), "utf8");
  const { numbers } = JSON.parse(state.slice(state.indexOf("\n"))) as {
    numbers: TrainerNumbers;
  };
  progress(`step ${numbers.step}, ${numbers.trainedTokens} tokens`);
}

main();
