// The figures of an evaluation as a table for people.

import type { EvaluationResult } from "./evaluate";

/** Several lines of text, one column a mode. */
export function formatResults(results: readonly EvaluationResult[]): string {
  const rows: [string, (result: EvaluationResult) => string][] = [
    ["mode", ({ mode, hasMemory }) => mode + (hasMemory ? " + memory" : "")],
    ["show rate", ({ showRate }) => share(showRate)],
    ["precision", ({ precision }) => share(precision)],
    ["wrong-show rate", ({ wrongShowRate }) => share(wrongShowRate)],
    ["coverage", ({ coverage }) => share(coverage)],
    ["saved@1 whole", ({ saved1 }) => share(saved1.whole)],
    ["saved@1 word", ({ saved1 }) => share(saved1.word)],
    ["  at 120 ms a key", ({ savedGated }) => share(savedGated["120"])],
    ["  at 200 ms a key", ({ savedGated }) => share(savedGated["200"])],
    ["  at 300 ms a key", ({ savedGated }) => share(savedGated["300"])],
    [
      "precision inside a word",
      ({ byPlace }) => share(byPlace.insideWord.precision),
    ],
    [
      "precision at a word's start",
      ({ byPlace }) => share(byPlace.atWordStart.precision),
    ],
    ["after each word: shown", ({ atPauses }) => share(atPauses.showRate)],
    ["after each word: precision", ({ atPauses }) => share(atPauses.precision)],
    [
      "after each word: words, median and mean",
      ({ atPauses }) =>
        `${atPauses.medianWords} ${atPauses.meanWords.toFixed(2)}`,
    ],
    ["after each word: saved@1 word", ({ atPauses }) => share(atPauses.saved)],
    ["latency p50", ({ latencyMs }) => `${latencyMs.p50.toFixed(0)} ms`],
    ["latency p95", ({ latencyMs }) => `${latencyMs.p95.toFixed(0)} ms`],
    [
      "word cache: precision",
      ({ baselines }) => share(baselines.wordCache.precision),
    ],
    [
      "word cache: saved@1 word",
      ({ baselines }) => share(baselines.wordCache.saved1.word),
    ],
    ["5-gram: precision", ({ baselines }) => share(baselines.ngram.precision)],
    [
      "5-gram: saved@1 word",
      ({ baselines }) => share(baselines.ngram.saved1.word),
    ],
    [
      "saved@1 word above the better baseline",
      ({ interval }) => `${share(interval.low)} to ${share(interval.high)}`,
    ],
  ];
  const table = rows.map(([title, value]) =>
    [title.padEnd(40), ...results.map((each) => value(each).padStart(18))].join(
      "",
    ),
  );
  const [first] = results;
  if (!first) return "";
  const kinds = results.filter(
    ({ hasMemory }, index) => results[index - 1]?.hasMemory !== hasMemory,
  );
  return [
    `${first.documents} documents, ${first.characters} characters typed by a simulated user that accepts perfectly: an upper bound`,
    "",
    ...table,
    "",
    ...kinds.flatMap((kind) => describeKind(kind)),
    `intervals: 95%, paired bootstrap over ${first.interval.units} ${first.interval.unit}s`,
  ].join("\n");
}

/** What no mode changes: of the model alone, or with a memory. */
function describeKind({
  hasMemory,
  nextWordHit,
  bitsPerCharacter,
}: EvaluationResult): string[] {
  const hits = nextWordHit.map(share).join(", ");
  const suffix = hasMemory ? ", with the memory" : "";
  return [
    ...(hits === ""
      ? []
      : [`next-word hit after 0, 1, 2, 3 letters${suffix}: ${hits}`]),
    ...(bitsPerCharacter === undefined
      ? []
      : [`bits per character${suffix}: ${bitsPerCharacter.toFixed(4)}`]),
  ];
}

function share(value: number | undefined): string {
  return value === undefined ? "-" : `${(100 * value).toFixed(1)}%`;
}
