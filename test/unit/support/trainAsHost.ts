// The entry of a process that is the host of a trainer: it trains a request in the trainer's bundle, pauses it at the
// first step when told to, writes the trainer's process id and progress to stdout, and waits to be killed.
// Arguments: the trainer's bundle, the lock's file, the request as JSON, "pause" or "run".

import { TrainerClient } from "../../../src/client/trainerClient";
import { trainerProcessStarter } from "../../../src/client/trainerProcess";
import type { TrainingRequest } from "../../../src/protocol/training";

const [script, lockFile, json, what] = process.argv.slice(2);
const start = trainerProcessStarter(script!);
const client = new TrainerClient({
  startProcess(listener) {
    const trainer = start(listener);
    process.stdout.write(`process ${trainer.processId}\n`);
    return trainer;
  },
  lockFile: lockFile!,
  title: "test host",
  log: (message) => process.stderr.write(`${message}\n`),
});
let isPausing = false;
client
  .train(JSON.parse(json!) as TrainingRequest, {
    onProgress({ phase, step }) {
      if (phase !== "training" || step === 0) return;
      process.stdout.write(`step ${step}\n`);
      if (what === "pause" && !isPausing) {
        isPausing = true;
        void client
          .pause()
          .then(() => process.stdout.write(`paused ${step}\n`));
      }
    },
    onSample() {},
    onSkipped() {},
  })
  .catch((error: unknown) => {
    process.stderr.write(`${String(error)}\n`);
  });
