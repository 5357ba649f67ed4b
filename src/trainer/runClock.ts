// One clock over all phases of a run: preparing, the steps and measuring share the minutes that a person has asked for.
// Time in which the run was held does not count.

import {
  ENDING_SECONDS,
  MAX_MEASURING_SECONDS,
  measuringSeconds,
} from "../settings/trainingChoices";

/** How the minutes are shared. */
export interface RunClockOptions {
  /** For everything, and not for the steps alone; undefined is no limit. */
  maxMinutes?: number | undefined;
  /** Spent by earlier sessions of the same run. */
  spentSeconds?: number;
  /** In which the run was held so far. */
  heldSeconds?: () => number;
  /** Without a measurement at the end nothing is kept for it. */
  isMeasured?: boolean;
  now?: () => number;
}

/** Counts the seconds of one run. */
export class RunClock {
  private readonly startMs: number;
  private readonly now: () => number;
  private readonly heldSeconds: () => number;
  private readonly isMeasured: boolean;
  private spentSeconds: number;
  private alsoReserved = 0;
  readonly maxSeconds: number | undefined;
  /** What all of the run is expected to take, once that is known. */
  expectedSeconds: number | undefined;

  constructor({
    maxMinutes,
    spentSeconds = 0,
    heldSeconds = () => 0,
    isMeasured = true,
    now = () => performance.now(),
  }: RunClockOptions = {}) {
    this.maxSeconds = maxMinutes === undefined ? undefined : 60 * maxMinutes;
    this.spentSeconds = spentSeconds;
    this.heldSeconds = heldSeconds;
    this.isMeasured = isMeasured;
    this.now = now;
    this.startMs = now();
  }

  /** Since the run's beginning. */
  get seconds(): number {
    const passed = (this.now() - this.startMs) / 1000;
    return this.spentSeconds + Math.max(0, passed - this.heldSeconds());
  }

  /** A resumed run has worked before. */
  addSpent(seconds: number): void {
    this.spentSeconds += seconds;
  }

  /** What has just been done is done once more behind the steps. */
  reserveAlso(seconds: number): void {
    this.alsoReserved += seconds;
  }

  /** Of the limit; undefined where there is none. */
  get secondsLeft(): number | undefined {
    return this.maxSeconds === undefined
      ? undefined
      : this.maxSeconds - this.seconds;
  }

  /** What is kept for measuring and writing. */
  get reservedSeconds(): number {
    const whole = this.isMeasured ? measuringSeconds(this.maxSeconds) : 0;
    return whole + this.alsoReserved;
  }

  /** What the steps may still take; undefined where there is no limit. */
  get secondsForSteps(): number | undefined {
    const left = this.secondsLeft;
    return left === undefined ? undefined : left - this.reservedSeconds;
  }

  /** What measuring may take from now on; even a late one has a little. */
  get secondsForMeasuring(): number {
    const { secondsLeft: left = Infinity, reservedSeconds: reserved } = this;
    const most = Math.max(left - ENDING_SECONDS, reserved / 4);
    return Math.min(most, MAX_MEASURING_SECONDS);
  }
}
