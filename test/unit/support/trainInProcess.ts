// The entry of a process that trains one request, given as JSON in its first argument, and saves a checkpoint after
// every step. It writes each step's number on a line of its own.

import type { TrainingRequest } from "../../../src/protocol/training";
import { RunControl } from "../../../src/trainer/runControl";
import { runTraining } from "../../../src/trainer/runTraining";

const request = JSON.parse(process.argv[2]!) as TrainingRequest;
runTraining(request, {
  control: new RunControl(),
  checkpointEverySeconds: 0,
  listener: {
    onProgress: ({ phase, step }) => {
      if (phase === "training") process.stdout.write(`${step}\n`);
    },
    onSample() {},
    onSkipped() {},
    onNotice: (text) => process.stdout.write(`${text}\n`),
  },
}).catch((error: unknown) => {
  process.stderr.write(`${String(error)}\n`);
  process.exitCode = 1;
});
