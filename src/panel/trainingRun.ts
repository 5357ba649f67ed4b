// One run from its start to its end: goes on in the next window, waits while the person types or another window trains,
// and never leaves half an adapter behind.

import { existsSync } from "node:fs";
import { TrainerLeftError, TrainerLostError } from "../client/trainerClient";
import { TrainingLockedError } from "../client/trainingLock";
import { faultOf } from "../common/fault";
import { isWriteFault } from "../common/writeFault";
import {
  isActive,
  isDiscarded,
  isPaused,
  next,
  workOf,
  type RunEvent,
  type RunState,
  type RunWork,
} from "../common/runState";
import type {
  Skipped,
  TrainingOutcome,
  TrainingPhase,
  TrainingProgress,
  TrainingRequest,
} from "../protocol/training";
import {
  inspectAdapter,
  type AdapterFolders,
} from "../adapters/adapterFolders";
import type { PanelModel } from "./panelModel";
import type { PanelStore } from "./panelStore";
import {
  newRun,
  withProgress,
  withSample,
  withSkipped,
  type SavedRun,
} from "./runRecord";
import type { FineTuningState, Notice, RunRecord } from "../words/panelCodes";
import type { Trainer } from "./trainer";

/** The record is written at most so often. */
const SAVE_EVERY_MS = 3_000;
/** How often a window that waits looks whether the other one is done. */
const LOCK_POLL_MS = 2_000;
/** Time without typing after which training goes on. */
const QUIET_MS = 3_000;

/** What a run is made with. */
export interface TrainingRunOptions {
  model: PanelModel;
  store: PanelStore;
  adapters: AdapterFolders;
  trainer: Trainer;
  log(message: string): void;
  /** Called with what a run came to; without when it is over for another reason and the adapters may have changed. */
  onOver(finished?: { adapterId: string; outcome: TrainingOutcome }): void;
  quietMs?: number;
}

/** Does what a person asks of a run, and what follows from each change of its state. */
export class TrainingRun {
  private request: TrainingRequest | undefined;
  private waiting: { cancel(): void } | undefined;
  private quietTimer: NodeJS.Timeout | undefined;
  private savedAtMs = 0;

  constructor(private readonly options: TrainingRunOptions) {}

  /** Begins a run; resolves when it has ended in whatever way. */
  async begin({
    adapterId,
    name,
    request,
  }: Pick<SavedRun, "adapterId" | "name" | "request">): Promise<void> {
    if (this.run) return;
    this.dispatch({ kind: "begin" }, newRun({ adapterId, name }));
    await this.train(request);
  }

  /** Takes up a run that the last window left; one that its person had paused stays so. */
  async restore(saved: SavedRun): Promise<void> {
    if (this.run) return;
    const { request, state, ...history } = saved;
    this.request = { ...request, resume: true };
    const record = { ...newRun(saved), ...history };
    const after = this.dispatch({ kind: "restore", saved: state }, record);
    if (after.kind === "preparing") await this.train(this.request);
  }

  /** Waits until `resume`. */
  pause(): void {
    const after = this.dispatch({ kind: "pause" });
    if (after.kind === "pausedByUser") this.save();
  }

  /** Goes on, with a new trainer when there is none. */
  async resume(): Promise<void> {
    const { state, request } = this;
    if (state.kind !== "interrupted") {
      this.dispatch({ kind: "resume" });
      if (state.kind === "pausedByUser") this.save();
    } else if (this.isOverElsewhere) {
      this.giveUp({ isResumable: false });
    } else if (request) {
      this.options.model.change({ notice: undefined });
      this.dispatch({ kind: "resume" });
      await this.train({ ...request, resume: true });
    }
  }

  /** Forgets a run that waits to be resumed here and that another window has ended meanwhile. */
  syncWithDisk(): void {
    if (this.state.kind === "interrupted" && this.isOverElsewhere) {
      this.giveUp({ isResumable: false });
    }
  }

  /** Ends the run; what was kept is evaluated first. */
  async stop({ keep }: { keep: boolean }): Promise<void> {
    if (this.state.kind === "interrupted") {
      if (!keep) this.discardInterrupted();
      return;
    }
    const after = this.dispatch({ kind: "stop", keep });
    this.waiting?.cancel();
    if (after.kind !== "stopping") return;
    await this.options.trainer.stop({ keep: after.keep });
  }

  /** Stops waiting for another window. */
  cancelWaiting(): void {
    this.waiting?.cancel();
  }

  /** A letter was typed in an editor. */
  typed(): void {
    const after = this.dispatch({ kind: "typed" });
    if (after.kind !== "pausedByTyping") return;
    clearTimeout(this.quietTimer);
    this.quietTimer = setTimeout(
      () => this.dispatch({ kind: "quiet" }),
      this.options.quietMs ?? QUIET_MS,
    );
  }

  dispose(): void {
    clearTimeout(this.quietTimer);
    this.waiting?.cancel();
    if (workOf(this.state)) this.save();
  }

  private get run(): FineTuningState["run"] {
    return this.options.model.state.run;
  }

  private get state(): RunState {
    return this.run?.state ?? { kind: "idle" };
  }

  /** Changes the state and does what follows from it; `record` is of a run that comes up. */
  private dispatch(
    event: RunEvent,
    record: RunRecord | undefined = this.run,
  ): RunState {
    const before = this.state;
    const after = next(before, event);
    if (after === before || !record) return before;
    const run = isActive(after) ? { ...record, state: after } : undefined;
    this.options.model.change({ run });
    if (after.kind === "done") this.forget(record, after);
    else if (!isPaused(before) && isPaused(after)) this.signal("pause");
    else if (isPaused(before) && !isPaused(after)) this.signal("resume");
    return after;
  }

  private async train(request: TrainingRequest): Promise<void> {
    this.request = request;
    try {
      const outcome = await this.trainWhenFree(request);
      if (outcome === "given up") {
        const isResumable = request.resume && this.isStillSaved();
        this.giveUp({ isResumable });
      } else this.finished(outcome);
    } catch (error) {
      this.onFailed(error);
    }
  }

  /** Trains, or waits for a window that does. */
  private async trainWhenFree(
    request: TrainingRequest,
  ): Promise<TrainingOutcome | "given up"> {
    for (;;) {
      try {
        return await this.options.trainer.train(request, this.listener());
      } catch (error) {
        if (!(error instanceof TrainingLockedError)) throw error;
        const { title } = error.holder;
        this.options.model.tell({ code: "locked", title });
        const after = this.dispatch({ kind: "locked" });
        // It may have been asked to stop before it had its turn.
        if (after.kind !== "waiting") return "given up";
        if (!(await this.waitAWhile())) return "given up";
        // The other window may have been the one that went on with this very run, and be done with it.
        if (request.resume && !this.isStillSaved()) return "given up";
      }
    }
  }

  private listener() {
    return {
      onProgress: (progress: TrainingProgress) => {
        if (this.state.kind === "waiting") {
          this.options.model.change({ notice: undefined });
        }
        this.update((run) => withProgress(run, progress));
        const work = WORK_OF_PHASE[progress.phase];
        this.dispatch({ kind: "reported", work });
        if (Date.now() - this.savedAtMs > SAVE_EVERY_MS) this.save();
      },
      onSample: (sample: Parameters<typeof withSample>[1]) =>
        this.update((run) => withSample(run, sample)),
      onSkipped: (skipped: Skipped) =>
        this.update((run) => withSkipped(run, skipped)),
    };
  }

  private finished(outcome: TrainingOutcome): void {
    const { run } = this;
    if (!run) return;
    const after = this.dispatch({ kind: "finished" });
    if (after.kind !== "done" || !after.isKept) return;
    const { adapterId, name } = run;
    try {
      this.options.adapters.rename(adapterId, name);
    } catch (error) {
      this.options.log(`Cannot name adapter ${adapterId}: ${String(error)}`);
    }
    this.options.onOver({ adapterId, outcome });
  }

  /** The trainer could not go on. What it had learned by then waits for `resume`. */
  private onFailed(error: unknown): void {
    const { model, log } = this.options;
    // The window closes; the next one takes the run up.
    if (error instanceof TrainerLeftError) return this.save();
    log(`Training broke: ${String((error as Error)?.stack ?? error)}`);
    const { run } = this;
    if (!run) return;
    if (!isDiscarded(run.state)) model.tell(troubleOf(error));
    const hasBegun =
      this.request?.resume === true || (run.progress?.step ?? 0) > 0;
    this.dispatch({ kind: "failed", hasBegun });
    this.save();
  }

  /** Another window may have gone on with it: then it is not for this one to remove. */
  private discardInterrupted(): void {
    const { model, trainer } = this.options;
    if (this.isOverElsewhere) return this.giveUp({ isResumable: false });
    const holder = trainer.findHolder();
    if (holder) model.tell({ code: "elsewhere", title: holder.title });
    else this.dispatch({ kind: "stop", keep: false });
  }

  /** Nothing was written for a run that never had its turn; what the other window made is its own. */
  private giveUp(turn: { isResumable: boolean }): void {
    this.options.model.change({ notice: undefined });
    const after = this.dispatch({ kind: "givenUp", ...turn });
    if (after.kind === "idle") this.options.onOver();
  }

  private forget(
    { adapterId }: RunRecord,
    { isKept }: { isKept: boolean },
  ): void {
    this.request = undefined;
    this.store(() => this.options.store.update({ run: undefined }));
    if (!isKept) this.options.adapters.remove(adapterId);
  }

  private waitAWhile(): Promise<boolean> {
    return new Promise((resolve) => {
      const end = (goesOn: boolean) => {
        clearTimeout(timer);
        this.waiting = undefined;
        resolve(goesOn);
      };
      const timer = setTimeout(() => end(true), LOCK_POLL_MS);
      this.waiting = { cancel: () => end(false) };
    });
  }

  private isStillSaved(): boolean {
    return this.options.store.saved.run?.adapterId === this.run?.adapterId;
  }

  /** Another window has made an adapter of it, or has thrown it away. */
  private get isOverElsewhere(): boolean {
    if (!this.run || this.isStillSaved()) return false;
    const folder = this.options.adapters.directoryOf(this.run.adapterId);
    return !existsSync(folder) || inspectAdapter(folder).fault === undefined;
  }

  private signal(request: "pause" | "resume"): void {
    this.options.trainer[request]().catch((error: unknown) =>
      this.options.log(`Cannot ${request} training: ${String(error)}`),
    );
  }

  private update(change: (record: RunRecord) => RunRecord): void {
    const { run } = this;
    if (run) this.options.model.change({ run: { ...run, ...change(run) } });
  }

  /** Only of a run that holds the lock: before its first report another window's may be what is saved. */
  private save(): void {
    const { run, request } = this;
    if (!run?.progress || !request) return;
    const { adapterId, name, state, trainingLosses, heldOutLosses } = run;
    const losses = { trainingLosses, heldOutLosses };
    const { samples } = run;
    const saved = { adapterId, name, state, request, ...losses, samples };
    this.savedAtMs = Date.now();
    this.store(() => this.options.store.update({ run: saved }));
  }

  /** A full disk must not stop a run that needs it for its checkpoints only. */
  private store(write: () => void): void {
    try {
      write();
    } catch (error) {
      this.options.log(`Cannot remember the run: ${String(error)}`);
    }
  }
}

const WORK_OF_PHASE: Record<TrainingPhase, RunWork> = {
  preparing: "preparing",
  "measuring-before": "preparing",
  training: "training",
  "measuring-after": "evaluating",
  done: "evaluating",
};

/** What training came to grief over. */
function troubleOf(error: unknown): Notice {
  const message = error instanceof Error ? error.message : String(error);
  const fault = faultOf(error);
  if (isWriteFault(fault)) return { code: "training-cannot-write", fault };
  if (error instanceof TrainerLostError) {
    const { signal, code } = error.end;
    return { code: "trainer-lost", end: signal ?? String(code) };
  }
  return { code: "training-failed", message };
}
