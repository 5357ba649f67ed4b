// The host's handle to training: a process for each run or estimate, one at a time, with the lock that keeps two windows
// from training into one place. Pausing is the system's where it can stop a process, so that it works within a step.

import { Rpc } from "../protocol/rpc";
import type {
  TrainerContract,
  TrainerHostContract,
  TrainerListener,
  TrainingEstimate,
  TrainingOutcome,
  TrainingRequest,
} from "../protocol/training";
import type { StartTrainerProcess, TrainerProcess } from "./trainerProcess";
import { TrainingLock, type LockHolder } from "./trainingLock";

/** How long a process that is asked to end may take. */
const END_TIMEOUT_MS = 5_000;

/** What a client is given. */
export interface TrainerClientOptions {
  startProcess: StartTrainerProcess;
  /** In the workspace's storage: one workspace is trained by one window at a time. */
  lockFile: string;
  /** What another window calls this one. */
  title: string;
  log(message: string): void;
}

/** The process was ended by something else than this client. What it had learned by the last checkpoint is there. */
export class TrainerLostError extends Error {
  constructor(readonly end: { code: number | null; signal: string | null }) {
    const how = end.signal
      ? `was ended from outside by ${end.signal}`
      : `ended by itself with code ${end.code}`;
    const why =
      end.signal === "SIGKILL"
        ? ", most likely because memory ran out: close other programs or choose a smaller block"
        : "";
    super(
      `The trainer process ${how}${why}; resume goes on from the last checkpoint`,
    );
  }
}

/** This client ended the run because its window closes; a checkpoint is left to go on from. */
export class TrainerLeftError extends Error {}

interface Session {
  process: TrainerProcess;
  rpc: Rpc<TrainerHostContract, TrainerContract>;
  exited: Promise<void>;
}

/** Estimates, trains, pauses and stops. */
export class TrainerClient {
  private session: Session | undefined;
  private readonly lock: TrainingLock;
  private isSuspended = false;
  private suspendedAtMs = 0;
  private isDisposed = false;

  constructor(private readonly options: TrainerClientOptions) {
    const { lockFile, title } = options;
    this.lock = new TrainingLock(lockFile, {
      title,
      onLost: () => {
        options.log("Another process has taken the training lock over");
        this.session?.process.suspend(false);
        this.session?.process.disconnect();
      },
    });
  }

  /** Another process that trains this workspace; undefined where nobody does. */
  findHolder(): LockHolder | undefined {
    return this.lock.findHolder();
  }

  /** Counts tokens and tries a few steps, in a process of its own. */
  estimate(
    request: TrainingRequest,
    listener?: Pick<TrainerListener, "onSkipped">,
  ): Promise<TrainingEstimate> {
    return this.inSession(
      { onProgress() {}, onSample() {}, onSkipped() {}, ...listener },
      ({ rpc }) => rpc.request("estimate", request),
    );
  }

  /** Trains to the end. Rejects with a `TrainingLockedError` when another process does, and when the process is lost. */
  async train(
    request: TrainingRequest,
    listener: TrainerListener,
  ): Promise<TrainingOutcome> {
    await this.lock.acquire();
    try {
      return await this.inSession(listener, ({ rpc, process }) => {
        if (process.processId !== undefined) {
          this.lock.noteTrainer(process.processId);
        }
        return rpc.request("train", request);
      });
    } finally {
      this.lock.release();
    }
  }

  /** Within 100 ms where the system stops processes, else after the block that is under way. */
  async pause(): Promise<void> {
    await this.setSuspended(true);
  }

  async resume(): Promise<void> {
    await this.setSuspended(false);
  }

  /** Ends the run; `train` then resolves with what there is, or with nothing kept. */
  async stop({ keep }: { keep: boolean }): Promise<void> {
    const { session } = this;
    if (!session) return;
    await this.setSuspended(false);
    await session.rpc.request("stop", { keep });
  }

  /** Lets a running process save a checkpoint and end, and waits until it is gone. */
  async dispose(): Promise<void> {
    this.isDisposed = true;
    const { session } = this;
    if (session) await this.end(session);
    this.lock.release();
  }

  private async inSession<T>(
    listener: TrainerListener,
    ask: (session: Session) => Promise<T>,
  ): Promise<T> {
    if (this.isDisposed) throw new TrainerLeftError("The trainer is closed");
    if (this.session) {
      throw new Error(
        "Cannot start the trainer: it is at work already, expected it to be idle",
      );
    }
    const session = this.open(listener);
    this.session = session;
    try {
      return await ask(session);
    } finally {
      await this.end(session);
      this.session = undefined;
      this.isSuspended = false;
    }
  }

  private open(listener: TrainerListener): Session {
    let exit = () => {};
    const exited = new Promise<void>((resolve) => (exit = resolve));
    const trainer = this.options.startProcess({
      onMessage: (message) => rpc.receive(message),
      onOutput: (text) => this.options.log(`Trainer: ${text.trimEnd()}`),
      onExit: (end) => {
        rpc.close(
          this.isDisposed
            ? new TrainerLeftError(
                "Training was left; resume goes on from the checkpoint",
              )
            : new TrainerLostError(end),
        );
        exit();
      },
    });
    const rpc = new Rpc<TrainerHostContract, TrainerContract>(
      (message) => trainer.post(message),
      {},
      {
        progress: (progress) => listener.onProgress(progress),
        sample: (sample) => listener.onSample(sample),
        skipped: (skipped) => listener.onSkipped(skipped),
      },
    );
    return { process: trainer, rpc, exited };
  }

  private async setSuspended(isSuspended: boolean): Promise<void> {
    const { session } = this;
    if (!session || this.isSuspended === isSuspended) return;
    this.isSuspended = isSuspended;
    const { process, rpc } = session;
    if (!process.suspend(isSuspended)) {
      await rpc.request(isSuspended ? "pause" : "resume", null);
    } else if (isSuspended) this.suspendedAtMs = performance.now();
    else {
      const seconds = (performance.now() - this.suspendedAtMs) / 1000;
      await rpc.request("noteStopped", { seconds });
    }
  }

  private async end({ process, exited }: Session): Promise<void> {
    process.suspend(false);
    process.disconnect();
    const timer = setTimeout(() => process.kill(), END_TIMEOUT_MS);
    await exited;
    clearTimeout(timer);
  }
}
