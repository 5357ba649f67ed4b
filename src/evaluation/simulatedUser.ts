// The simulated user: types a span of a document and takes from suggestions what is right.
// It accepts perfectly and reads for nothing, so that its savings are an upper bound.
//
// "whole" takes a suggestion only if all of it is what comes next, with one key.
// "word" takes the leading words that are right, a key each, as VS Code's "accept next word" does.

import { acceptedWordLength, isFirstWordRight, isRight } from "./acceptedWords";
import type { Span } from "./plan";

/** What is shown at a position, or the empty text. */
export interface ShownText {
  text: string;
  /** The position whose key set off the request, and the time from that key to the answer. */
  request?: { position: number; latencyMs: number };
}

/** Where a writer gets suggestions from; `visible` is what is left of the last one when the text went its way. */
export type SuggestionAt = (place: {
  documentIndex: number;
  position: number;
  visible?: string;
}) => ShownText;

/** One distinct suggestion: from its appearing until it changes or goes. */
export interface ShownSuggestion {
  position: number;
  isRight: boolean;
  isInsideWord: boolean;
}

/** What happened in one span. */
export interface SimulatedUserLog {
  span: Span;
  /** Positions at which a suggestion could be shown, with whether one was. */
  asked: { position: number; isShown: boolean; isInsideWord: boolean }[];
  shown: ShownSuggestion[];
  acceptances: { position: number; characters: number }[];
}

export interface WriterOptions {
  kind: "whole" | "word";
  /** Time between keys: a suggestion that is not there before the next key is not seen. */
  keyGapMs?: number;
}

/** Types one span. */
export function simulateWriter(
  span: Span,
  {
    text,
    suggestionAt,
    options,
  }: {
    text: string;
    suggestionAt: SuggestionAt;
    options: WriterOptions;
  },
): SimulatedUserLog {
  const { documentIndex, start, end } = span;
  const { kind, keyGapMs = Infinity } = options;
  const log: SimulatedUserLog = { span, asked: [], shown: [], acceptances: [] };
  let visible: { position: number; text: string } | undefined;
  const keysAt = new Map<number, number>();
  let position = start;
  for (let keys = 0; position < end; keys++) {
    keysAt.set(position, keys);
    const suggestion = suggestionAt({
      documentIndex,
      position,
      visible: visible ? restOf(visible, { position, text }) : "",
    });
    const truth = text.slice(position);
    // A request made at a place that was jumped over would be made here instead.
    const keysSince =
      keys - (keysAt.get(suggestion.request?.position ?? -1) ?? keys);
    const isReady =
      (suggestion.request?.latencyMs ?? 0) < keyGapMs * (keysSince + 1);
    const isVisible = suggestion.text !== "" && isReady;
    const isInsideWord = isInside(text, position);
    log.asked.push({ position, isShown: isVisible, isInsideWord });
    if (!isVisible) {
      visible = undefined;
      position++;
      continue;
    }
    const current = { position, text: suggestion.text };
    if (!visible || !isSameSuggestion(visible, { current, text })) {
      log.shown.push({
        position,
        isRight: isFirstWordRight(suggestion.text, truth),
        isInsideWord,
      });
    }
    visible = current;
    const taken =
      kind === "whole"
        ? takeWhole(suggestion.text, truth)
        : takeWord(suggestion.text, truth);
    if (taken > 0) {
      const characters = Math.min(taken, end - position);
      log.acceptances.push({ position, characters });
      position += taken;
    } else {
      position++;
    }
  }
  return log;
}

/** Whether what is shown now is what was shown, as far as both reach, less what has been typed or taken since. */
function isSameSuggestion(
  earlier: { position: number; text: string },
  {
    current,
    text,
  }: { current: { position: number; text: string }; text: string },
): boolean {
  const rest = restOf(earlier, { position: current.position, text });
  return (
    rest !== "" &&
    (rest.startsWith(current.text) || current.text.startsWith(rest))
  );
}

/** What is left of a suggestion at a later position; empty when it is used up or the text went another way. */
function restOf(
  earlier: { position: number; text: string },
  { position, text }: { position: number; text: string },
): string {
  const typed = text.slice(earlier.position, position);
  return earlier.text.startsWith(typed) ? earlier.text.slice(typed.length) : "";
}

function takeWhole(suggestion: string, truth: string): number {
  return isRight(suggestion, truth) ? suggestion.length : 0;
}

function takeWord(suggestion: string, truth: string): number {
  if (!isFirstWordRight(suggestion, truth)) return 0;
  const length = acceptedWordLength(suggestion);
  // Of a script without spaces the key takes several words at once.
  return truth.startsWith(suggestion.slice(0, length)) ? length : 0;
}

function isInside(text: string, position: number): boolean {
  return (
    /\p{L}|\p{N}/u.test(text[position - 1] ?? "") &&
    /\p{L}|\p{N}/u.test(text[position] ?? "")
  );
}
