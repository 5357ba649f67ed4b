// How a running training is paused and ended from outside. Looked at between blocks, never during one.

import path from "node:path";
import { setImmediate } from "node:timers/promises";

/**
 * What becomes of a run that is ended: its best so far is written and measured, everything of it is removed, or it
 * stays as a checkpoint to go on from.
 */
export type EndRequest = "keep" | "discard" | "leave";

/** The switch of one run. */
export class RunControl {
  private readonly controller = new AbortController();
  private readonly dropController = new AbortController();
  private request: EndRequest | undefined;
  private resumed: Promise<void> | undefined;
  private wake = () => {};
  private pausedAtMs = 0;
  private heldMs = 0;

  /** Aborted as soon as the run is to end. */
  get signal(): AbortSignal {
    return this.controller.signal;
  }

  /** Aborted when nothing is to be measured or written any more: the run is left or discarded. */
  get dropSignal(): AbortSignal {
    return this.dropController.signal;
  }

  get ending(): EndRequest | undefined {
    return this.request;
  }

  /** In which it was paused or its process stopped, over all pauses that are over. */
  get heldSeconds(): number {
    return this.heldMs / 1000;
  }

  /** The process was stopped from outside for so long. */
  noteStopped(seconds: number): void {
    this.heldMs += 1000 * seconds;
  }

  /** Ends the run after the block that is under way; to leave is stronger than what was asked before it. */
  end(request: EndRequest): void {
    if (this.request === undefined || request === "leave") {
      this.request = request;
    }
    this.resume();
    this.controller.abort();
    if (this.request !== "keep") this.dropController.abort();
  }

  pause(): void {
    if (this.signal.aborted) return;
    if (this.resumed) return;
    this.pausedAtMs = performance.now();
    this.resumed = new Promise((resolve) => (this.wake = resolve));
  }

  resume(): void {
    if (this.resumed) this.heldMs += performance.now() - this.pausedAtMs;
    this.resumed = undefined;
    this.wake();
  }

  /** To be awaited between blocks: lets messages arrive, and waits while the run is paused. */
  readonly turn = async (): Promise<void> => {
    await setImmediate();
    while (this.resumed) await this.resumed;
  };
}

/** A run that was left: its checkpoint is there to go on from. */
export class RunLeftError extends Error {
  constructor({ step, outFolder }: { step: number; outFolder: string }) {
    super(
      `Training was left at step ${step}; its checkpoint is in ${path.join(outFolder, "checkpoint")}`,
    );
  }
}
