// Arithmetic on measured values. Pure.

/** The value below which a share of the values lies, by the nearest rank; undefined without values. */
export function quantile(
  values: readonly number[],
  share: number,
): number | undefined {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)];
}
