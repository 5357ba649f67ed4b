// How sure a difference in savings is: paired bootstrap over the units of the text.
// Units are documents; below 20 of them, the paragraphs within documents.

import { findParagraphs, type EvaluationDocument } from "./plan";
import { seededRandom } from "../common/random";
import type { BeforeAfter } from "../protocol/training";
import { ratio } from "./figures";
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
  const units = pairUnits(countTyped, { before: theirs, after: ours }, unitOf);
  const { before, after, low, high } = compareRatio(units, {
    ratioOf: savedRatio,
    seed,
  });
  return { difference: after - before, low, high, unit, units: units.length };
}

/** Keys saved for each character typed but the first. */
export function savedRatio(sum: { saved: number; characters: number }): number {
  return ratio(sum.saved, sum.characters - 1);
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

/** Sums over a unit of the text. */
type Counts<K extends string> = Record<K, number>;
export type Add<K extends string> = (
  key: string,
  part: Partial<Counts<K>>,
) => void;

interface Paired<K extends string> {
  before: Counts<K>;
  after: Counts<K>;
}

/** Counts both sides by unit and puts them beside each other; a unit that one side has nothing of counts zeros there. */
export function pairUnits<T, K extends string>(
  count: {
    names: readonly K[];
    into: (add: Add<K>, all: T, unitOf: UnitOf) => void;
  },
  sides: { before: T; after: T },
  unitOf: UnitOf,
): Paired<K>[] {
  const zeros = () =>
    Object.fromEntries(count.names.map((name) => [name, 0])) as Counts<K>;
  const units = new Map<string, Paired<K>>();
  for (const side of ["before", "after"] as const) {
    const add: Add<K> = (key, part) => {
      const unit = units.get(key) ?? { before: zeros(), after: zeros() };
      for (const name of count.names) unit[side][name] += part[name] ?? 0;
      units.set(key, unit);
    };
    count.into(add, sides[side], unitOf);
  }
  return [...units.values()];
}

/** What simulated users did. An acceptance belongs to the unit in which it was made. */
export const countTyped = {
  names: ["characters", "saved", "asked", "shown", "right"] as const,
  into(
    add: Add<"characters" | "saved" | "asked" | "shown" | "right">,
    logs: readonly SimulatedUserLog[],
    unitOf: UnitOf,
  ): void {
    for (const { span, asked, shown, acceptances } of logs) {
      const { documentIndex, start, end } = span;
      const keyOf = (position: number) => unitOf(documentIndex, position);
      for (let position = start; position < end; position++) {
        add(keyOf(position), { characters: 1 });
      }
      for (const each of asked) add(keyOf(each.position), { asked: 1 });
      for (const { position, isRight } of shown) {
        add(keyOf(position), { shown: 1, right: isRight ? 1 : 0 });
      }
      for (const { position, characters } of acceptances) {
        add(keyOf(position), { saved: characters - 1 });
      }
    }
  },
};

/** A ratio of sums on both sides, with the interval of their difference over resampled units. */
export function compareRatio<K extends string>(
  units: readonly Paired<K>[],
  { ratioOf, seed }: { ratioOf: (sum: Counts<K>) => number; seed: number },
): BeforeAfter {
  const sideOf = (side: "before" | "after", drawn: readonly Paired<K>[]) => {
    const sum = {} as Counts<K>;
    for (const unit of drawn) {
      for (const name of Object.keys(unit[side]) as K[]) {
        sum[name] = (sum[name] ?? 0) + unit[side][name];
      }
    }
    return drawn.length === 0 ? 0 : ratioOf(sum);
  };
  return {
    before: sideOf("before", units),
    after: sideOf("after", units),
    ...bootstrapInterval(units, {
      statistic: (drawn) => sideOf("after", drawn) - sideOf("before", drawn),
      seed,
    }),
  };
}
