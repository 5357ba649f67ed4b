// Chooses what the evaluation of an adapter looks at: short spans of as many held-out documents as there is time for, to
// be typed, and the texts whose bits are counted. The same for both sides, by a seed.

import { findParagraphs, type EvaluationDocument, type Span } from "./plan";
import { seededRandom, drawSample } from "../common/random";

/** How much is looked at; an evaluation of two sides then takes less than three minutes on two cores. */
export interface ComparisonSizes {
  /** Characters that the simulated user types, for each side. */
  typedCharacters: number;
  /** Typing the first side ends after so long; the second types what the first has typed. */
  maxTypingSeconds: number;
  /** Characters of held-out text whose bits are counted, for each side. */
  scoredCharacters: number;
  /** Characters of general prose whose bits are counted, for each side. */
  generalCharacters: number;
}

export const DEFAULT_COMPARISON_SIZES: ComparisonSizes = {
  typedCharacters: 5000,
  maxTypingSeconds: 40,
  scoredCharacters: 16_000,
  generalCharacters: 9_000,
};

/** Spans in the order in which they are typed, and parts of documents whose bits are counted. */
export interface ComparisonPlan {
  spans: Span[];
  excerpts: Span[];
}

/** A span is as long as is left for a document, within these: short ones, so that time for a few is time for as many documents. */
const MIN_SPAN_CHARACTERS = 200;
const MAX_SPAN_CHARACTERS = 300;
/** Shorter beginnings would be mostly text with nothing before it. */
const MIN_EXCERPT_CHARACTERS = 800;

/** Plans an evaluation of two sides on held-out documents. */
export function planComparison(
  documents: readonly EvaluationDocument[],
  { sizes, seed }: { sizes: ComparisonSizes; seed: number },
): ComparisonPlan {
  return {
    spans: planTyping(documents, {
      characters: sizes.typedCharacters,
      seed,
    }),
    excerpts: planExcerpts(documents, {
      characters: sizes.scoredCharacters,
      seed,
    }),
  };
}

/** The beginnings of documents, equally long where they can be; of some documents where there are very many. */
function planExcerpts(
  documents: readonly EvaluationDocument[],
  { characters, seed }: { characters: number; seed: number },
): Span[] {
  const indexes = drawSample([...documents.keys()], {
    count: Math.ceil(characters / MIN_EXCERPT_CHARACTERS),
    random: seededRandom(seed),
  });
  // What short documents leave over goes to the longer ones.
  const lengths = indexes
    .map((index) => documents[index]!.text.length)
    .sort((a, b) => a - b);
  let left = characters;
  let share = 0;
  lengths.forEach((length, index) => {
    share = left / (lengths.length - index);
    left -= Math.min(length, share);
  });
  return indexes.map((documentIndex) => ({
    documentIndex,
    start: 0,
    end: Math.min(documents[documentIndex]!.text.length, Math.ceil(share)),
  }));
}

/** One span of each document in turn, in an order drawn at random, until there are enough characters. */
export function planTyping(
  documents: readonly EvaluationDocument[],
  { characters, seed }: { characters: number; seed: number },
): Span[] {
  const random = seededRandom(seed);
  const shuffle = <T>(elements: readonly T[]) =>
    drawSample(elements, { count: elements.length, random });
  const size = Math.max(
    MIN_SPAN_CHARACTERS,
    Math.min(MAX_SPAN_CHARACTERS, Math.ceil(characters / documents.length)),
  );
  const queues = shuffle(
    documents.map((document, documentIndex) =>
      shuffle(cutIntoSpans(document, { documentIndex, size })),
    ),
  );
  const spans: Span[] = [];
  let planned = 0;
  for (let round = 0; planned < characters; round++) {
    const next = queues.flatMap((queue) => queue.slice(round, round + 1));
    if (next.length === 0) break;
    for (const span of next) {
      if (planned >= characters) break;
      spans.push(span);
      planned += span.end - span.start;
    }
  }
  return spans;
}

/** Whole paragraphs, but for those that are much longer than `size`; what is left at the end is left out if short. */
function cutIntoSpans(
  { text }: EvaluationDocument,
  { documentIndex, size }: { documentIndex: number; size: number },
): Span[] {
  const spans: Span[] = [];
  let start = 0;
  for (const { end } of findParagraphs(text)) {
    while (end - start > 2 * size) {
      spans.push({ documentIndex, start, end: start + size });
      start += size;
    }
    if (end - start >= size) {
      spans.push({ documentIndex, start, end });
      start = end;
    }
  }
  const isAll = spans.length === 0 && text.trim() !== "";
  return isAll ? [{ documentIndex, start: 0, end: text.length }] : spans;
}
