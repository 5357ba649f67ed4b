// Sums up what simulated users did, by the definitions of the design: see the names' comments.

import type { SimulatedUserLog } from "./simulatedUser";

/** The figures of the word writer's suggestions; ratios of nothing are 0. */
export interface ShowFigures {
  /** Positions asked. */
  asked: number;
  /** Share of the positions at which something stood on the screen. */
  showRate: number;
  /** Share of the distinct suggestions whose first word was right. */
  precision: number;
  /** Distinct wrong suggestions for each position asked. */
  wrongShowRate: number;
  /** Share of the characters that came from suggestions. */
  coverage: number;
}

/** (Characters from suggestions − acceptances) / (characters − 1). */
export function savedOf(logs: readonly SimulatedUserLog[]): number {
  const { characters, taken, accepts } = totalsOf(logs);
  return ratio(taken - accepts, characters - 1);
}

export function showFiguresOf(logs: readonly SimulatedUserLog[]): ShowFigures {
  const { characters, taken } = totalsOf(logs);
  return {
    ...countShown(logs, () => true),
    coverage: ratio(taken, characters),
  };
}

/** The figures for positions inside a word, and at a word's start or between words. */
export function figuresByPlace(logs: readonly SimulatedUserLog[]): {
  insideWord: Omit<ShowFigures, "coverage">;
  atWordStart: Omit<ShowFigures, "coverage">;
} {
  return {
    insideWord: countShown(logs, (isInside) => isInside),
    atWordStart: countShown(logs, (isInside) => !isInside),
  };
}

function countShown(
  logs: readonly SimulatedUserLog[],
  isCounted: (isInsideWord: boolean) => boolean,
): Omit<ShowFigures, "coverage"> {
  const asked = logs
    .flatMap((log) => log.asked)
    .filter((each) => isCounted(each.isInsideWord));
  const shown = logs
    .flatMap((log) => log.shown)
    .filter((each) => isCounted(each.isInsideWord));
  const numRight = shown.filter((each) => each.isRight).length;
  return {
    asked: asked.length,
    showRate: ratio(asked.filter((each) => each.isShown).length, asked.length),
    precision: ratio(numRight, shown.length),
    wrongShowRate: ratio(shown.length - numRight, asked.length),
  };
}

function totalsOf(logs: readonly SimulatedUserLog[]): {
  characters: number;
  taken: number;
  accepts: number;
} {
  let characters = 0;
  let taken = 0;
  let accepts = 0;
  for (const { span, acceptances } of logs) {
    characters += span.end - span.start;
    accepts += acceptances.length;
    for (const each of acceptances) taken += each.characters;
  }
  return { characters, taken, accepts };
}

/** A ratio; 0 when there is nothing to divide by. */
export function ratio(part: number, whole: number): number {
  return whole > 0 ? part / whole : 0;
}
