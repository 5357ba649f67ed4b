// How long to wait before the next try: 1 s, doubled by each further failure, at most a minute.

const FIRST_DELAY_MS = 1_000;
const MAX_DELAY_MS = 60_000;

/** Counts failures in a row. */
export class BackOff {
  private numFailures = 0;

  /** Failures since the last success. */
  get failures(): number {
    return this.numFailures;
  }

  /** Counts a failure and says how long to wait after it. */
  failed(): number {
    const delayMs = FIRST_DELAY_MS * 2 ** Math.min(this.numFailures, 16);
    this.numFailures++;
    return Math.min(delayMs, MAX_DELAY_MS);
  }

  succeeded(): void {
    this.numFailures = 0;
  }
}
