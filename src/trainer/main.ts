// The entry of the trainer process: messages of the trainer contract in over child_process's channel, answers and
// events out. It runs at low priority, and ends by itself when the channel closes, since its window is gone then.

import os from "node:os";
import { Rpc, type WireMessage } from "../protocol/rpc";
import type {
  TrainerContract,
  TrainerHostContract,
} from "../protocol/training";
import { estimateTraining } from "./estimate";
import { RunControl } from "./runControl";
import type { RunListener } from "./prepareRun";
import { runTraining } from "./runTraining";

/** A window that closes gives its processes 5 s; a step that takes longer is lost, the last checkpoint is not. */
const END_TIMEOUT_MS = 4_500;

const SAMPLE_EVERY_SECONDS = 180;

/** The run or estimate under way. */
let running: { control: RunControl; isTraining: boolean } | undefined;

const listener: RunListener = {
  onProgress(progress) {
    if (running) running.isTraining = progress.phase === "training";
    rpc.emit("progress", progress);
  },
  onSample: (sample) => rpc.emit("sample", sample),
  onSkipped: (skipped) => rpc.emit("skipped", skipped),
  onNotice: (text) => process.stderr.write(`${text}\n`),
};

const rpc = new Rpc<TrainerContract, TrainerHostContract>(
  (message) => {
    // Without a listener for its fault, a message to a host that has just gone would end this process at once.
    if (process.connected) process.send!(message, undefined, {}, () => {});
  },
  {
    estimate: (request) =>
      alone((control) => estimateTraining(request, { control, listener })),
    train: (request) =>
      alone((control) =>
        runTraining(request, {
          control,
          listener,
          sampleEverySeconds: SAMPLE_EVERY_SECONDS,
        }),
      ),
    pause() {
      running?.control.pause();
      return null;
    },
    resume() {
      running?.control.resume();
      return null;
    },
    noteStopped({ seconds }) {
      running?.control.noteStopped(seconds);
      return null;
    },
    stop({ keep }) {
      running?.control.end(keep ? "keep" : "discard");
      return null;
    },
  },
  {},
);

async function alone<T>(task: (control: RunControl) => Promise<T>): Promise<T> {
  if (running) {
    throw new Error("Cannot train: this process trains already, expected none");
  }
  const control = new RunControl();
  running = { control, isTraining: false };
  try {
    return await task(control);
  } finally {
    running = undefined;
    if (!process.connected) process.exit(0);
  }
}

/** Saves a checkpoint when there is something to save, and ends. */
function leave(): void {
  if (!running?.isTraining) process.exit(0);
  running.control.end("leave");
  setTimeout(() => process.exit(0), END_TIMEOUT_MS).unref();
}

try {
  os.setPriority(os.constants.priority.PRIORITY_BELOW_NORMAL);
} catch {
  // A system that does not allow it trains at normal priority.
}
// Nobody reads it any more once the host is gone.
process.stderr.on("error", () => {});
process.on("message", (message: WireMessage) => rpc.receive(message));
process.on("disconnect", leave);
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  process.on(signal, leave);
}
