// One run from its start to its end: goes on in the next window, waits while the person types or another window trains,
// and never leaves half an adapter behind.

import { existsSync } from "node:fs";
import { TrainerLeftError, TrainerLostError } from "../client/trainerClient";
import { TrainingLockedError } from "../client/trainingLock";
import { faultOf } from "../common/fault";
import type { PanelPhase } from "../protocol/panel";
import type {
  Skipped,
  TrainingOutcome,
  TrainingProgress,
  TrainingRequest,
} from "../protocol/training";
import {
  inspectAdapter,
  type AdapterFolders,
} from "../adapters/adapterFolders";
import type { PanelModel } from "./panelModel";
import type { PanelStore, SavedRun } from "./panelStore";
import { newRun, withProgress, withSample, withSkipped } from "./runRecord";
import type { Notice, RunRecord } from "../words/panelCodes";
import type { Trainer } from "./trainer";
import { TypingPause } from "./typingPause";

/** The record is written at most so often. */
const SAVE_EVERY_MS = 3_000;
/** How often a window that waits looks whether the other one is done. */
const LOCK_POLL_MS = 2_000;

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

/** Knows whether one is under way, and does what a person asks of it. */
export class TrainingRun {
  private readonly typing: TypingPause;
  private request: TrainingRequest | undefined;
  private isDiscarding = false;
  private waiting: { cancel(): void } | undefined;
  private savedAtMs = 0;

  constructor(private readonly options: TrainingRunOptions) {
    this.typing = new TypingPause({
      pause: () => this.holdForTyping(),
      resume: () => this.goOnAfterTyping(),
      ...(options.quietMs === undefined ? {} : { quietMs: options.quietMs }),
    });
  }

  /** Begins a run; resolves when it has ended in whatever way. */
  async begin({
    adapterId,
    name,
    request,
  }: Pick<SavedRun, "adapterId" | "name" | "request">): Promise<void> {
    this.options.model.change({ run: newRun({ adapterId, name }) });
    await this.train(request);
  }

  /** Takes up a run that the last window left; one that its person had paused stays so. */
  async restore(saved: SavedRun): Promise<void> {
    const run = newRun({ adapterId: saved.adapterId, name: saved.name });
    const { trainingLosses, heldOutLosses, samples, isPausedByPerson } = saved;
    const history = { trainingLosses, heldOutLosses, samples };
    this.request = { ...saved.request, resume: true };
    this.options.model.change({
      run: { ...run, ...history, isPausedByPerson, isLive: false },
      phase: "paused",
    });
    if (!isPausedByPerson) await this.train(this.request);
  }

  /** Waits until `resume`. */
  pause(): void {
    const { run } = this;
    if (!run?.isLive || run.isStopping) return;
    this.change({ isPausedByPerson: true, isHeldByTyping: false }, "paused");
    this.save();
    this.signal("pause");
  }

  /** Goes on, with a new trainer when there is none. */
  async resume(): Promise<void> {
    const { run, request } = this;
    if (!run || run.isStopping) return;
    if (run.isLive) {
      this.change({ isPausedByPerson: false }, "training");
      this.save();
      this.signal("resume");
    } else if (this.isOverElsewhere) {
      this.gaveUp({ resume: true });
    } else if (request) {
      this.options.model.change({ notice: undefined });
      await this.train({ ...request, resume: true });
    }
  }

  /** Forgets a run that waits to be resumed here and that another window has ended meanwhile. */
  syncWithDisk(): void {
    if (this.run?.isLive === false && this.isOverElsewhere) {
      this.gaveUp({ resume: true });
    }
  }

  /** Ends the run; what was kept is proved first. */
  async stop({ keep }: { keep: boolean }): Promise<void> {
    const { run } = this;
    if (!run) return;
    this.waiting?.cancel();
    if (!run.isLive) {
      if (!keep) this.discardBrokenOff();
      return;
    }
    this.isDiscarding = !keep;
    this.change({ isStopping: true, isHeldByTyping: false });
    this.signal("resume");
    await this.options.trainer.stop({ keep });
  }

  /** Stops waiting for another window. */
  cancelWaiting(): void {
    this.waiting?.cancel();
  }

  /** A letter was typed in an editor. */
  typed(): void {
    const { run } = this;
    if (run?.isLive && !run.isPausedByPerson && !run.isStopping) {
      this.typing.typed();
    }
  }

  dispose(): void {
    this.typing.dispose();
    this.waiting?.cancel();
    if (this.run?.isLive) this.save();
  }

  private get run(): RunRecord | undefined {
    return this.options.model.state.run;
  }

  private async train(request: TrainingRequest): Promise<void> {
    this.request = request;
    this.isDiscarding = false;
    this.change({ isLive: true, isPausedByPerson: false }, "training");
    try {
      const outcome = await this.trainWhenFree(request);
      if (outcome === "given up") this.gaveUp(request);
      else this.finished(outcome);
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
        this.change({}, "waiting");
        if (!(await this.waitAWhile())) return "given up";
        // The other window may have been the one that went on with this very run, and be done with it.
        if (request.resume && !this.isStillSaved()) return "given up";
      }
    }
  }

  private listener() {
    return {
      onProgress: (progress: TrainingProgress) => {
        if (this.options.model.state.phase === "waiting") {
          this.options.model.change({ notice: undefined });
        }
        this.update((run) => withProgress(run, progress));
        this.changePhase(progress);
        if (Date.now() - this.savedAtMs > SAVE_EVERY_MS) this.save();
      },
      onSample: (sample: Parameters<typeof withSample>[1]) =>
        this.update((run) => withSample(run, sample)),
      onSkipped: (skipped: Skipped) =>
        this.update((run) => withSkipped(run, skipped)),
    };
  }

  private changePhase({ phase }: TrainingProgress): void {
    const { run } = this;
    if (!run || run.isPausedByPerson) return;
    const isProving = phase === "measuring-after" || phase === "done";
    this.change({}, isProving ? "proving" : "training");
  }

  private finished(outcome: TrainingOutcome): void {
    const { run } = this;
    if (!run) return;
    if (this.isDiscarding) {
      this.forget({ remove: true });
      return;
    }
    const { adapterId, name } = run;
    this.forget({ remove: false });
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
    if (this.isDiscarding) {
      this.forget({ remove: true });
      return;
    }
    model.tell(troubleOf(error));
    const hasBegun =
      this.request?.resume === true || (run.progress?.step ?? 0) > 0;
    if (!hasBegun) {
      this.forget({ remove: true });
      return;
    }
    this.change(
      { isLive: false, isStopping: false, isHeldByTyping: false },
      "paused",
    );
    this.save();
  }

  /** Another window may have gone on with it: then it is not for this one to remove. */
  private discardBrokenOff(): void {
    const { model, trainer } = this.options;
    if (this.isOverElsewhere) return this.gaveUp({ resume: true });
    const holder = trainer.findHolder();
    if (holder) model.tell({ code: "elsewhere", title: holder.title });
    else this.forget({ remove: true });
  }

  private gaveUp(request: Pick<TrainingRequest, "resume">): void {
    this.options.model.change({ notice: undefined });
    if (request.resume && this.isStillSaved()) {
      this.change({ isLive: false }, "paused");
    } else {
      // Nothing was written for a run that never had its turn; what the other window made is its own.
      this.options.model.change({ run: undefined, phase: "choosing" });
      this.options.onOver();
    }
  }

  private forget({ remove }: { remove: boolean }): void {
    const { run } = this;
    this.typing.dispose();
    this.request = undefined;
    this.options.model.change({ run: undefined, phase: "choosing" });
    this.store(() => this.options.store.update({ run: undefined }));
    if (run && remove) this.options.adapters.remove(run.adapterId);
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

  private holdForTyping(): void {
    this.change({ isHeldByTyping: true });
    this.signal("pause");
  }

  private goOnAfterTyping(): void {
    const { run } = this;
    if (!run?.isLive) return;
    this.change({ isHeldByTyping: false });
    if (!run.isPausedByPerson && !run.isStopping) this.signal("resume");
  }

  private signal(request: "pause" | "resume"): void {
    this.options.trainer[request]().catch((error: unknown) =>
      this.options.log(`Cannot ${request} training: ${String(error)}`),
    );
  }

  private update(change: (run: RunRecord) => RunRecord): void {
    if (this.run) this.options.model.change({ run: change(this.run) });
  }

  private change(part: Partial<RunRecord>, phase?: PanelPhase): void {
    const { model } = this.options;
    const { run } = model.state;
    if (!run) return;
    const isSame = phase === undefined || phase === model.state.phase;
    if (isSame && Object.keys(part).length === 0) return;
    model.change({ run: { ...run, ...part }, ...(phase ? { phase } : {}) });
  }

  /** Only of a run that holds the lock: before its first report another window's may be what is saved. */
  private save(): void {
    const { run, request } = this;
    if (!run?.progress || !request) return;
    const { adapterId, name, trainingLosses, heldOutLosses } = run;
    const { samples, isPausedByPerson } = run;
    const losses = { trainingLosses, heldOutLosses };
    const record = { adapterId, name, request, ...losses, samples };
    this.savedAtMs = Date.now();
    this.store(() =>
      this.options.store.update({ run: { ...record, isPausedByPerson } }),
    );
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

/** What training came to grief over. */
function troubleOf(error: unknown): Notice {
  const message = error instanceof Error ? error.message : String(error);
  if (faultOf(error).code === "disk-full")
    return { code: "disk-full", message };
  if (error instanceof TrainerLostError) {
    const { signal, code } = error.end;
    return { code: "trainer-lost", end: signal ?? String(code) };
  }
  return { code: "training-failed", message };
}
