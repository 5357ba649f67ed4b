// Ends a suggestion where the model stops being sure, and refuses it when it is not sure from the start.
// The measure is the probability of whole words: the product over a word's tokens, times the probability that the
// word ends there.

import type { AlignedToken, Continuation } from "./alignment";
import { isUnspacedBorder } from "../text/wordBorders";
import type { GateSettings } from "./gateSettings";
import { findUnitEnds, isWordCharacter } from "./words";

/** How much of a continuation may be shown. */
export interface GateResult {
  /** Probability that the first word is right. */
  confidence: number;
  /** Characters that pass; 0 when the first word does not. */
  length: number;
}

/** Judges the first `maxLength` characters of a continuation. */
export function passGate(
  continuation: Continuation,
  { gate, maxLength }: { gate: GateSettings; maxLength: number },
): GateResult {
  const words = wordConfidences(continuation, maxLength);
  const [first] = words;
  const confidence = first?.confidence ?? 0;
  if (!first || confidence < gate.minFirstWord)
    return { confidence, length: 0 };
  let length = first.end;
  for (const word of words.slice(1)) {
    if (word.confidence < gate.minRunning) break;
    length = word.end;
  }
  return { confidence, length };
}

/** For each word, where it ends and the probability that everything up to there is right. */
export function wordConfidences(
  continuation: Continuation,
  maxLength: number,
): { end: number; confidence: number }[] {
  const { text, tokens, stopReason } = continuation;
  const words: { end: number; confidence: number }[] = [];
  let product = 1;
  let next = 0;
  for (const end of findUnitEnds(text.slice(0, maxLength))) {
    for (; next < tokens.length && tokens[next]!.start < end; next++) {
      product *= tokens[next]!.probability;
    }
    const isBrokenOff =
      end === text.length &&
      stopReason === "length" &&
      isWordCharacter(text[end - 1]) &&
      words.length > 0;
    if (isBrokenOff) break;
    const following = tokens[next];
    const isAtBoundary =
      following?.start === end && isWordCharacter(text[end - 1]);
    words.push({
      end,
      confidence: isAtBoundary
        ? product * endsProbability(text.slice(0, end), following)
        : product,
    });
  }
  return words;
}

/**
 * The probability that the word at the end of `before` ends there rather than going on in this token, among the
 * alternatives that are known. What follows a letter of a script without spaces says nothing of that.
 */
function endsProbability(
  before: string,
  { token, probability }: AlignedToken,
): number {
  const goesOn = (text: string) =>
    isWordCharacter(text[0]) && !isUnspacedBorder(before, text);
  if (isWordCharacter(token.text[0])) return 1;
  let ends = probability;
  let all = probability;
  for (const { text, probability: other } of token.alternatives) {
    if (text === token.text) continue;
    all += other;
    if (!goesOn(text)) ends += other;
  }
  return all > 0 ? ends / all : 1;
}
