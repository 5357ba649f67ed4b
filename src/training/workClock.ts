// Times blocks of work without the time in which the process was stopped from outside or the machine slept.
// Blocks are alike, so one that takes many times as long as those before it did not work all that time.

/** A block counts for at most so many times the longest one before it. */
const MAX_RATIO = 4;

/** Measures seconds of work. */
export class WorkClock {
  private longestSeconds: number | undefined;

  constructor(private readonly now: () => number = () => performance.now()) {}

  /** Runs `work` and says how long it worked. */
  async time<T>(
    work: () => Promise<T>,
  ): Promise<{ value: T; seconds: number }> {
    const start = this.now();
    const value = await work();
    const passed = (this.now() - start) / 1000;
    const longest = this.longestSeconds;
    if (longest !== undefined && passed > MAX_RATIO * longest) {
      return { value, seconds: longest };
    }
    this.longestSeconds = Math.max(longest ?? 0, passed);
    return { value, seconds: passed };
  }
}
