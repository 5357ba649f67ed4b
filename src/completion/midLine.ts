// Where words follow the cursor on its line, a suggestion has to lead up to them: what the model wrote is cut where
// those words follow best, and how much better than without it says how sure the suggestion is.

import type { FollowingScore } from "../protocol/generation";
import type { Continuation } from "./alignment";
import { wordConfidences } from "./showGate";

/** What a request is given when words follow the cursor on its line. */
export const MID_LINE = {
  /** A gap in a line is short, and each token takes time. */
  maxTokens: 6,
  /** The words that follow can speak for one that is improbable without them. */
  minProbability: 0.1,
  /** Characters of the words that follow: more than the engine looks at. */
  followingCharacters: 100,
};

/**
 * Logistic regression on development text (docs/LOG.md), for gaps of one to four words and places without a gap, as many
 * of each: whether the first word is right, by the lead and the logarithm of the first word's probability.
 */
const REGRESSION = { constant: -0.7, logOddsGain: 0.22, firstWord: 1 };
const MIN_CONFIDENCE = 1e-9;

/**
 * The beginning of a continuation after which the words behind the cursor follow best, with how sure it is; the whole
 * continuation where the engine did not say.
 */
export function cutBeforeFollowing(
  continuation: Continuation,
  scores: readonly FollowingScore[] | undefined,
): Continuation {
  if (!scores) return continuation;
  const { text, tokens } = continuation;
  const words = wordConfidences(continuation, text.length);
  const logProbabilities = new Map(
    scores.map(({ length, logProbability }) => [length, logProbability]),
  );
  const nothing = logProbabilities.get(0) ?? 0;
  // By how many nats the line is more probable with the words than without any.
  const leads = words.flatMap(({ end, confidence }) => {
    const following = logProbabilities.get(end);
    return following === undefined
      ? []
      : [{ end, logOddsGain: logOf(confidence) + following - nothing }];
  });
  if (leads.length === 0) return continuation;
  const best = leads.reduce((first, second) =>
    second.logOddsGain > first.logOddsGain ? second : first,
  );
  return {
    ...continuation,
    text: text.slice(0, best.end),
    tokens: tokens.filter(({ start }) => start < best.end),
    stopReason: "stop-rule",
    midLineConfidence: confidenceOf({
      logOddsGain: best.logOddsGain,
      firstWord: words[0]?.confidence ?? 0,
    }),
  };
}

function confidenceOf({
  logOddsGain,
  firstWord,
}: {
  logOddsGain: number;
  firstWord: number;
}): number {
  const { constant, logOddsGain: perNat, firstWord: perLog } = REGRESSION;
  const logit = constant + perNat * logOddsGain + perLog * logOf(firstWord);
  return 1 / (1 + Math.exp(-logit));
}

function logOf(probability: number): number {
  return Math.log(Math.max(probability, MIN_CONFIDENCE));
}
