// How sure a difference in savings is: paired bootstrap over the units of the text.
// Units are documents; below 20 of them, the paragraphs within documents.

import { findParagraphs, type EvaluationDocument } from "./plan";
import { createRandom } from "./random";
import type { WriterLog } from "./writer";

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

/** The interval of saved@1 of `ours` minus that of `theirs` on the same stretches. */
export function compareSaved(
  ours: readonly WriterLog[],
  {
    theirs,
    documents,
    seed = 1,
  }: {
    theirs: readonly WriterLog[];
    documents: readonly EvaluationDocument[];
    seed?: number;
  },
): Interval {
  const numDocuments = new Set(ours.map((log) => log.stretch.documentIndex))
    .size;
  const unit = numDocuments < MIN_DOCUMENTS ? "paragraph" : "document";
  const unitOf = unit === "document" ? ofDocument : ofParagraph(documents);
  const pairs = pairUnits(sumByUnit(ours, unitOf), sumByUnit(theirs, unitOf));
  const differences = resample(pairs, createRandom(seed)).sort((a, b) => a - b);
  return {
    difference: differenceOf(pairs),
    low: differences[Math.floor(0.025 * RESAMPLES)] ?? 0,
    high: differences[Math.ceil(0.975 * RESAMPLES) - 1] ?? 0,
    unit,
    units: pairs.length,
  };
}

type UnitOf = (documentIndex: number, position: number) => string;

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
  logs: readonly WriterLog[],
  unitOf: UnitOf,
): Map<string, Saved> {
  const units = new Map<string, Saved>();
  const add = (key: string, part: Saved) => {
    const sum = units.get(key) ?? { characters: 0, saved: 0 };
    sum.characters += part.characters;
    sum.saved += part.saved;
    units.set(key, sum);
  };
  for (const { stretch, acceptances } of logs) {
    const { documentIndex, start, end } = stretch;
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

function resample(pairs: readonly Pair[], random: () => number): number[] {
  return Array.from({ length: RESAMPLES }, () =>
    differenceOf(pairs.map(() => pairs[Math.floor(random() * pairs.length)]!)),
  );
}
