// One thing that "inkling doctor" looked at, and how it is told.

/** What was found; `advice` says what to do next when it is not as it should be. */
export interface Check {
  name: string;
  isOk: boolean;
  found: string;
  advice?: string;
}

/** A check that passed. */
export function passed(name: string, found: string): Check {
  return { name, isOk: true, found };
}

/** A check that failed, with what to do next. */
export function failed(
  name: string,
  { found, advice }: { found: string; advice: string },
): Check {
  return { name, isOk: false, found, advice };
}

/** Runs a check that may throw; what it throws is a failure with this advice. */
export async function guarded(
  name: string,
  { advice, run }: { advice: string; run: () => Check | Promise<Check> },
): Promise<Check> {
  try {
    return await run();
  } catch (error) {
    return failed(name, { found: (error as Error).message, advice });
  }
}

/** Lines for a terminal, with a last line that sums up. */
export function formatChecks(checks: readonly Check[]): string {
  const width = Math.max(...checks.map(({ name }) => name.length));
  const lines = checks.map(({ name, isOk, found, advice }) =>
    [
      `${isOk ? "ok    " : "failed"}  ${name.padEnd(width)}  ${found}`,
      ...(advice === undefined
        ? []
        : [`${" ".repeat(8 + width + 2)}What to do: ${advice}`]),
    ].join("\n"),
  );
  const numFailed = checks.filter(({ isOk }) => !isOk).length;
  const summary =
    numFailed === 0
      ? "All is well."
      : `${numFailed} of ${checks.length} checks failed.`;
  return [...lines, "", summary].join("\n");
}

/** A size for people: decimal units, as disks are sold. */
export function formatBytes(bytes: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let value = bytes;
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${unit === 0 || value >= 99.95 ? value.toFixed(0) : value.toFixed(1)} ${units[unit]}`;
}
