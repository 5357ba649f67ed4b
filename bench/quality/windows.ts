// Windows of tokens whose probabilities are compared: the first tokens are context, the rest is scored.
// Pure, but for the reading of reference files.

import { writeFileSync } from "node:fs";
import { readJson } from "../../src/common/ordinaryFile";

/** How documents are cut. */
export interface WindowSizes {
  /** Tokens of a window at the most. */
  windowTokens: number;
  /** Tokens at its start that are not scored. */
  contextTokens: number;
  /** What stands at the head of every window (BOS). */
  bosIds: readonly number[];
  /** Windows that are kept at the most, evenly spread over all. */
  count: number;
}

/** A shorter end of a document than this many scored tokens is left out. */
const MIN_SCORED = 16;

/** Cuts each document into windows one after the other and keeps `count` of them. */
export function cutWindows(
  documents: readonly (readonly number[])[],
  { windowTokens, contextTokens, bosIds, count }: WindowSizes,
): number[][] {
  const textTokens = windowTokens - bosIds.length;
  const windows = documents
    .flatMap((tokenIds) =>
      Array.from(
        { length: Math.ceil(tokenIds.length / textTokens) },
        (_, index) => [
          ...bosIds,
          ...tokenIds.slice(index * textTokens, (index + 1) * textTokens),
        ],
      ),
    )
    .filter((window) => window.length >= contextTokens + MIN_SCORED);
  if (windows.length === 0) {
    throw new RangeError(
      `Cannot cut windows: no document has ${contextTokens + MIN_SCORED} tokens, expected longer ones or a smaller --context-tokens`,
    );
  }
  const step = Math.max(1, windows.length / count);
  return Array.from(
    { length: Math.min(count, windows.length) },
    (_, index) => windows[Math.floor(index * step)]!,
  );
}

/** Writes windows for bench/peers/logProbabilities.mjs. */
export function writeWindows(
  file: string,
  windows: readonly (readonly number[])[],
): void {
  writeFileSync(file, `${JSON.stringify({ windows })}\n`);
}

/** What was found for the scored tokens of all windows, in order. */
export interface Scores {
  /** Natural logarithms. */
  logProbabilities: number[];
  bestTokenIds: number[];
}

/**
 * Reads what bench/peers/logProbabilities.mjs wrote: entry i of a window belongs to its token i + 1. Throws a
 * `TypeError` when it was made for other windows.
 */
export function readReference(
  file: string,
  {
    windows,
    contextTokens,
  }: { windows: readonly (readonly number[])[]; contextTokens: number },
): Scores {
  const json = readJson(file) as {
    windows?: { logProbabilities: number[]; best: number[] }[];
  } | null;
  const found = json?.windows ?? [];
  const fits =
    found.length === windows.length &&
    found.every(
      ({ logProbabilities, best }, index) =>
        logProbabilities?.length === windows[index]!.length - 1 &&
        best?.length === logProbabilities.length,
    );
  if (!fits) {
    throw new TypeError(
      `Cannot compare with ${file}: it was made for other windows, expected ${windows.length} of them as --write-windows writes with the same options`,
    );
  }
  return {
    logProbabilities: found.flatMap(({ logProbabilities }) =>
      logProbabilities.slice(contextTokens - 1),
    ),
    bestTokenIds: found.flatMap(({ best }) => best.slice(contextTokens - 1)),
  };
}

/** How the scores of one variant differ from those of another. */
export interface Difference {
  /** Mean difference of log-probabilities in nats; above 0 the variant finds the text more probable. */
  meanNats: number;
  meanAbsoluteNats: number;
  /** Share of tokens at which both find the same token the most probable. */
  agreement: number;
}

/** Compares scores of the same tokens. */
export function difference(scores: Scores, other: Scores): Difference {
  const length = scores.logProbabilities.length;
  if (length === 0 || length !== other.logProbabilities.length) {
    throw new RangeError(
      `Cannot compare scores of ${length} and ${other.logProbabilities.length} tokens: expected the same tokens, at least one`,
    );
  }
  let sum = 0;
  let absoluteSum = 0;
  let numEqual = 0;
  for (let i = 0; i < length; i++) {
    const each = scores.logProbabilities[i]! - other.logProbabilities[i]!;
    sum += each;
    absoluteSum += Math.abs(each);
    if (scores.bestTokenIds[i] === other.bestTokenIds[i]) numEqual++;
  }
  return {
    meanNats: sum / length,
    meanAbsoluteNats: absoluteSum / length,
    agreement: numEqual / length,
  };
}

/** Bits that the scored text costs per character. */
export function bitsPerCharacter(
  { logProbabilities }: Scores,
  numCharacters: number,
): number {
  const nats = -logProbabilities.reduce((sum, each) => sum + each, 0);
  return nats / Math.LN2 / numCharacters;
}
