// Progress of a long command on stderr, so that stdout stays free for results.

/** Returns a function that shows a fraction of 1: on a terminal in place, elsewhere one line a quarter. */
export function showProgress(title: string): (fraction: number) => void {
  const isTerminal = process.stderr.isTTY === true;
  let shown = -1;
  return (fraction) => {
    const percent = Math.floor(fraction * 100);
    if (percent < 100 && percent < shown + (isTerminal ? 1 : 25)) return;
    if (percent === shown) return;
    shown = percent;
    const end = isTerminal && percent < 100 ? "" : "\n";
    process.stderr.write(
      `${isTerminal ? "\r" : ""}${title}: ${percent}%${end}`,
    );
  };
}
