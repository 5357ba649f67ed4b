// How long suggestions took to come, as numbers of them by waiting time. Bins can be added up, days and windows alike,
// and stay few: a list of times would grow with every suggestion. Pure.

/** A bin is 19% wider than the one before, so that a time is known within 9%. */
const BINS_PER_DOUBLING = 4;
/** A little over a quarter of an hour. */
const LAST_BIN = 20 * BINS_PER_DOUBLING;

/** Bin -> how many. The middle of bin `n` is `2 ** (n / BINS_PER_DOUBLING)` milliseconds. */
export type Waits = Record<number, number>;

/** With one more. */
export function withWait(waits: Waits, waitMs: number): Waits {
  const bin = Math.round(Math.log2(Math.max(1, waitMs)) * BINS_PER_DOUBLING);
  return addWaits([waits, { [Math.min(bin, LAST_BIN)]: 1 }]);
}

/** All together. */
export function addWaits(all: readonly Waits[]): Waits {
  const sum: Waits = {};
  for (const [bin, count] of all.flatMap((waits) => Object.entries(waits))) {
    sum[Number(bin)] = (sum[Number(bin)] ?? 0) + count;
  }
  return sum;
}

/** The time in milliseconds that half of them did not take longer than; undefined without any. */
export function medianWaitMs(waits: Waits): number | undefined {
  // Keys that are whole numbers stand in their order.
  const bins = Object.entries(waits);
  const total = bins.reduce((sum, [, count]) => sum + count, 0);
  let sum = 0;
  for (const [bin, count] of bins) {
    sum += count;
    if (sum * 2 >= total) {
      // Two digits are all that a bin knows.
      return Number((2 ** (Number(bin) / BINS_PER_DOUBLING)).toPrecision(2));
    }
  }
  return undefined;
}

/** What was stored, as far as it is what is expected. */
export function readWaits(value: unknown): Waits {
  if (typeof value !== "object" || value === null) return {};
  const bins = Object.entries(value).filter(
    (entry): entry is [string, number] => {
      const [bin, count] = entry as [string, unknown];
      const isBin = /^\d{1,2}$/.test(bin) && Number(bin) <= LAST_BIN;
      return isBin && Number.isSafeInteger(count) && Number(count) > 0;
    },
  );
  return Object.fromEntries(bins);
}
