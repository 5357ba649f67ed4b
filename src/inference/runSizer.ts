// Sizes runs by measured speed, so that one that cannot be interrupted still ends in time.

/** Weight of the newest measurement in the running average. */
const NEWEST_WEIGHT = 0.3;

/** How large the next run may be so that it lasts about `targetMs`. */
export class RunSizer {
  /** Milliseconds that an item takes. */
  msPerItem: number;

  constructor(
    private readonly limits: {
      targetMs: number;
      min: number;
      max: number;
      initialMsPerItem: number;
    },
  ) {
    this.msPerItem = limits.initialMsPerItem;
  }

  /** Items (tokens) for the next run. */
  get size(): number {
    const { targetMs, min, max } = this.limits;
    return Math.max(min, Math.min(max, Math.floor(targetMs / this.msPerItem)));
  }

  /** Notes that a run of `numItems` took `elapsedMs`. */
  record(numItems: number, elapsedMs: number): void {
    this.msPerItem +=
      NEWEST_WEIGHT * (elapsedMs / Math.max(1, numItems) - this.msPerItem);
  }
}
