// What somebody sees who pauses after every word: asked at words' starts only, at each of them.

import { quantile } from "../common/statistics";
import { isWordCharacter } from "../completion/words";
import { isFirstWordRight } from "./acceptedWords";
import { ratio, savedOf } from "./figures";
import type { EvaluationDocument, Span } from "./plan";
import { simulateWriter, type SuggestionAt } from "./simulatedUser";

/** Ratios of nothing are 0. */
export interface PauseFigures {
  /** Words at whose start something could be shown. */
  asked: number;
  /** Share of them at which something was. */
  showRate: number;
  /** Share of what was shown whose first word was right. */
  precision: number;
  medianWords: number;
  meanWords: number;
  /** Keystrokes saved, taken word by word. */
  saved: number;
}

/** Pauses after each word of the spans. */
export function pauseFigures(
  spans: readonly Span[],
  {
    documents,
    suggestionAt,
  }: {
    documents: readonly EvaluationDocument[];
    suggestionAt: SuggestionAt;
  },
): PauseFigures {
  const textOf = ({ documentIndex }: { documentIndex: number }) =>
    documents[documentIndex]!.text;
  const places = spans.flatMap(({ documentIndex, start, end }) =>
    Array.from({ length: end - start }, (_, index) => start + index)
      .filter((position) => startsWord(textOf({ documentIndex }), position))
      .map((position) => ({ documentIndex, position })),
  );
  const shown = places
    .map((place) => ({ place, text: suggestionAt(place).text }))
    .filter(({ text }) => text !== "");
  const right = shown.filter(({ place, text }) =>
    isFirstWordRight(text, textOf(place).slice(place.position)),
  );
  const words = shown.map(({ text }) => text.trim().split(/\s+/).length);
  const logs = spans.map((span) =>
    simulateWriter(span, {
      text: textOf(span),
      suggestionAt: (place) =>
        place.visible || startsWord(textOf(place), place.position)
          ? suggestionAt(place)
          : { text: "" },
      options: { kind: "word" },
    }),
  );
  return {
    asked: places.length,
    showRate: ratio(shown.length, places.length),
    precision: ratio(right.length, shown.length),
    medianWords: quantile(words, 0.5) ?? 0,
    meanWords: ratio(
      words.reduce((sum, count) => sum + count, 0),
      words.length,
    ),
    saved: savedOf(logs),
  };
}

function startsWord(text: string, position: number): boolean {
  return (
    position > 0 &&
    /\s/.test(text[position - 1]!) &&
    isWordCharacter(text[position])
  );
}
