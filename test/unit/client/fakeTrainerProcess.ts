// A trainer process that a test plays: it records what it is asked and answers when told to.

import { Rpc } from "../../../src/protocol/rpc";
import type {
  TrainerContract,
  TrainerHostContract,
  TrainingEstimate,
  TrainingOutcome,
  TrainingProgress,
} from "../../../src/protocol/training";
import type {
  StartTrainerProcess,
  TrainerProcessListener,
} from "../../../src/client/trainerProcess";

/** Progress of a run half-way. */
export const PROGRESS: TrainingProgress = {
  phase: "training",
  fraction: 0.5,
  elapsedSeconds: 60,
  step: 10,
  steps: 20,
  tokensPerSecond: 200,
  trainingLoss: 3,
  heldOutLoss: { step: 8, loss: 3.1 },
  secondsLeft: 60,
  residentMb: 900,
};

/** An outcome whose figures do not matter. */
export const OUTCOME: TrainingOutcome = {
  ended: "finished",
  steps: 20,
  seconds: 120,
  tokensPerSecond: 200,
  peakMemoryMb: 1000,
  bestStep: 16,
  verdict: "helps",
  proof: undefined,
  examples: undefined,
};

/** Processes that the client starts, as a test sees them. */
export class FakeTrainerProcesses {
  readonly events: string[] = [];
  private listener: TrainerProcessListener | undefined;
  private rpc: Rpc<TrainerContract, TrainerHostContract> | undefined;
  private finish: (outcome: TrainingOutcome) => void = () => {};

  /** `canSuspend` is false on a system that cannot stop processes. */
  constructor(private readonly canSuspend = true) {}

  readonly start: StartTrainerProcess = (listener) => {
    this.listener = listener;
    this.events.push("start");
    const rpc = new Rpc<TrainerContract, TrainerHostContract>(
      (message) => listener.onMessage(message),
      {
        estimate: () => ({ seconds: 7 }) as TrainingEstimate,
        train: () => new Promise((resolve) => (this.finish = resolve)),
        pause: () => this.note("pause"),
        resume: () => this.note("resume"),
        noteStopped: () => null,
        stop: ({ keep }) => {
          this.finish({ ...OUTCOME, ended: "stopped" });
          return this.note(`stop keep=${keep}`);
        },
      },
      {},
    );
    this.rpc = rpc;
    return {
      processId: 4242,
      post: (message) => rpc.receive(message),
      suspend: (isSuspended) => {
        if (this.canSuspend)
          this.events.push(isSuspended ? "SIGSTOP" : "SIGCONT");
        return this.canSuspend;
      },
      disconnect: () => {
        this.events.push("disconnect");
        this.exit({ code: 0, signal: null });
      },
      kill: () => this.exit({ code: null, signal: "SIGKILL" }),
    };
  };

  report(progress = PROGRESS): void {
    this.rpc!.emit("progress", progress);
  }

  end(outcome = OUTCOME): void {
    this.finish(outcome);
  }

  exit(end: { code: number | null; signal: string | null }): void {
    const { listener } = this;
    this.listener = undefined;
    listener?.onExit(end);
  }

  private note(event: string): null {
    this.events.push(event);
    return null;
  }
}
