// How late the event loop of this process comes to what is due, over several spans of time as one.
// `monitorEventLoopDelay` would do but for one thing: enabled again, it counts the time that it was disabled as a delay.

import { createHistogram } from "node:perf_hooks";

const RESOLUTION_MS = 5;

/** Percentiles in milliseconds. */
export interface LoopDelayFigures {
  p50: number;
  p99: number;
  p999: number;
  max: number;
}

/** Measures between `start` and `stop`, as often as is wanted. */
export class LoopDelay {
  private readonly histogram = createHistogram();
  private timer: NodeJS.Timeout | undefined;
  private dueMs = 0;

  constructor(private readonly now = () => performance.now()) {}

  start(): void {
    if (this.timer === undefined) this.wait();
  }

  stop(): void {
    if (this.timer === undefined) return;
    clearTimeout(this.timer);
    this.timer = undefined;
    // What is late already counts.
    this.note();
  }

  get figures(): LoopDelayFigures {
    const at = (share: number) => round(this.histogram.percentile(share));
    return {
      p50: at(50),
      p99: at(99),
      p999: at(99.9),
      max: round(this.histogram.max),
    };
  }

  private wait(): void {
    this.dueMs = this.now() + RESOLUTION_MS;
    this.timer = setTimeout(() => {
      this.note();
      this.wait();
    }, RESOLUTION_MS);
  }

  private note(): void {
    const lateMs = this.now() - this.dueMs;
    // The histogram takes whole microseconds from 1.
    this.histogram.record(Math.max(1, Math.round(lateMs * 1000)));
  }
}

/** Microseconds as milliseconds with one digit. */
function round(microseconds: number): number {
  return Math.round(microseconds / 100) / 10;
}
