// How sure a difference in savings is: paired bootstrap over the units of the text.
// Units are documents; below 20 of them, the paragraphs within documents.

import { findParagraphs, type EvaluationDocument } from "./plan";
import { seededRandom } from "../common/random";
import type { SimulatedUserLog } from "./simulatedUser";

const MIN_DOCUMENTS = 20;
const RESAMPLES = 2000;

/** A 95% interval of a difference, and over what it was drawn. */
export interface Interval {
  difference: number;
  low: number;
  high: number;
  unit: "document" | "paragraph";
  units: number;
}

interface Saved {
  characters: number;
  saved: number;
}

/** The interval of saved@1 of `ours` minus that of `theirs` on the same spans. */
export function compareSaved(
  ours: readonly SimulatedUserLog[],
  {
    theirs,
    documents,
    seed = 1,
  }: {
    theirs: readonly SimulatedUserLog[];
    documents: readonly EvaluationDocument[];
    seed?: number;
  },
): Interval {
  const { unit, unitOf } = chooseUnits(ours, documents);
  const pairs = pairUnits(sumByUnit(ours, unitOf), sumByUnit(theirs, unitOf));
  return {
    difference: differenceOf(pairs),
    ...bootstrapInterval(pairs, { statistic: differenceOf, seed }),
    unit,
    units: pairs.length,
  };
}

/** The key of the unit that a place belongs to. */
export type UnitOf = (documentIndex: number, position: number) => string;

/** Documents where enough of them were typed, else their paragraphs. */
export function chooseUnits(
  logs: readonly SimulatedUserLog[],
  documents: readonly EvaluationDocument[],
): { unit: "document" | "paragraph"; unitOf: UnitOf } {
  const numDocuments = new Set(logs.map((log) => log.span.documentIndex)).size;
  return numDocuments < MIN_DOCUMENTS
    ? { unit: "paragraph", unitOf: ofParagraph(documents) }
    : { unit: "document", unitOf: ofDocument };
}

/** The 95% interval of a statistic of units that are drawn again and again with replacement. */
export function bootstrapInterval<T>(
  units: readonly T[],
  { statistic, seed }: { statistic: (units: T[]) => number; seed: number },
): { low: number; high: number } {
  const random = seededRandom(seed);
  const values = Array.from({ length: RESAMPLES }, () =>
    statistic(units.map(() => units[Math.floor(random() * units.length)]!)),
  ).sort((a, b) => a - b);
  return {
    low: values[Math.floor(0.025 * RESAMPLES)] ?? 0,
    high: values[Math.ceil(0.975 * RESAMPLES) - 1] ?? 0,
  };
}

const ofDocument: UnitOf = (documentIndex) => `${documentIndex}`;

function ofParagraph(documents: readonly EvaluationDocument[]): UnitOf {
  const ends = documents.map(({ text }) =>
    findParagraphs(text).map(({ end }) => end),
  );
  return (documentIndex, position) => {
    const index = ends[documentIndex]!.findIndex((end) => position < end);
    return `${documentIndex}:${index}`;
  };
}

/** Characters typed and keys saved, for each unit. An acceptance belongs to the unit in which it was made. */
function sumByUnit(
  logs: readonly SimulatedUserLog[],
  unitOf: UnitOf,
): Map<string, Saved> {
  const units = new Map<string, Saved>();
  const add = (key: string, part: Saved) => {
    const sum = units.get(key) ?? { characters: 0, saved: 0 };
    sum.characters += part.characters;
    sum.saved += part.saved;
    units.set(key, sum);
  };
  for (const { span, acceptances } of logs) {
    const { documentIndex, start, end } = span;
    for (let position = start; position < end; position++) {
      add(unitOf(documentIndex, position), { characters: 1, saved: 0 });
    }
    for (const { position, characters } of acceptances) {
      add(unitOf(documentIndex, position), {
        characters: 0,
        saved: characters - 1,
      });
    }
  }
  return units;
}

interface Pair {
  characters: number;
  ours: number;
  theirs: number;
}

function pairUnits(
  ours: Map<string, Saved>,
  theirs: Map<string, Saved>,
): Pair[] {
  return [...ours].map(([key, { characters, saved }]) => ({
    characters,
    ours: saved,
    theirs: theirs.get(key)?.saved ?? 0,
  }));
}

function differenceOf(pairs: readonly Pair[]): number {
  let characters = 0;
  let difference = 0;
  for (const pair of pairs) {
    characters += pair.characters;
    difference += pair.ours - pair.theirs;
  }
  return characters > 1 ? difference / (characters - 1) : 0;
}
