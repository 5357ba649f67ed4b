// Chooses held-out passages that show what an adapter changes, and what each side would have offered there.

import type { EvaluationReport } from "../protocol/training";
import type { EvaluationDocument, Span } from "./plan";
import { seededRandom, drawSample } from "../common/random";
import { isFirstWordRight } from "./acceptedWords";
import type { SuggestionAt } from "./simulatedUser";

const NUM_PASSAGES = 3;
/** Characters before the cursor that are shown, and characters of what came next. */
const BEFORE_CHARACTERS = 160;
const EXPECTED_CHARACTERS = 60;

/**
 * Passages at words' starts, drawn at random, each from another document if it can be: first of the places where the
 * two sides would have shown different texts, then of those where they would have shown the same; of both, prose before
 * blocks of code.
 */
export function choosePassages(
  suggestions: { before: SuggestionAt; after: SuggestionAt },
  {
    documents,
    spans,
    seed,
  }: {
    documents: readonly EvaluationDocument[];
    spans: readonly Span[];
    seed: number;
  },
): EvaluationReport["passages"] {
  const places = spans.flatMap(({ documentIndex, start, end }) =>
    wordStarts(documents[documentIndex]!.text, { start, end }).map(
      (position) => ({
        documentIndex,
        position,
        shownBefore: suggestions.before({ documentIndex, position }).text,
        shownAfter: suggestions.after({ documentIndex, position }).text,
      }),
    ),
  );
  const random = seededRandom(seed);
  const shuffled = drawSample(places, { count: places.length, random });
  const different = shuffled.filter(
    (each) => each.shownBefore !== each.shownAfter,
  );
  const same = shuffled.filter(
    (each) => each.shownBefore === each.shownAfter && each.shownAfter !== "",
  );
  const isProse = ({ documentIndex, position }: (typeof places)[number]) =>
    !isInFence(documents[documentIndex]!.text, position);
  const proseFirst = (all: typeof places) => [
    ...all.filter(isProse),
    ...all.filter((place) => !isProse(place)),
  ];
  const ranked = [
    ...preferNewDocuments(proseFirst(different)),
    ...proseFirst(same),
  ];
  return ranked.slice(0, NUM_PASSAGES).map((place) => {
    const { name, text } = documents[place.documentIndex]!;
    const truth = text.slice(place.position);
    return {
      ...(place.shownBefore !== "" && {
        isRightBefore: isFirstWordRight(place.shownBefore, truth),
      }),
      ...(place.shownAfter !== "" && {
        isRightAfter: isFirstWordRight(place.shownAfter, truth),
      }),
      document: name,
      before: text.slice(
        Math.max(0, place.position - BEFORE_CHARACTERS),
        place.position,
      ),
      expected: text.slice(
        place.position,
        place.position + EXPECTED_CHARACTERS,
      ),
      shownBefore: place.shownBefore,
      shownAfter: place.shownAfter,
    };
  });
}

/** Whether a line of backticks before the place has opened a block that is not closed. */
function isInFence(text: string, position: number): boolean {
  const fences = text.slice(0, position).match(/^[ \t]*```/gm)?.length ?? 0;
  return fences % 2 === 1;
}

/** The first place of each document, then the others. */
function preferNewDocuments<T extends { documentIndex: number }>(
  places: readonly T[],
): T[] {
  const seen = new Set<number>();
  const first = places.filter(({ documentIndex }) => {
    const isNew = !seen.has(documentIndex);
    seen.add(documentIndex);
    return isNew;
  });
  return [...first, ...places.filter((place) => !first.includes(place))];
}

function wordStarts(
  text: string,
  { start, end }: { start: number; end: number },
): number[] {
  const positions: number[] = [];
  for (let position = Math.max(1, start); position < end; position++) {
    const isStart =
      /\s/.test(text[position - 1]!) && /[\p{L}\p{N}]/u.test(text[position]!);
    if (isStart) positions.push(position);
  }
  return positions;
}
