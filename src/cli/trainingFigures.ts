// What a finished run says on stdout: figures for programs, sentences for people.

import type {
  BeforeAfter,
  ClassificationReport,
  ExamplesReport,
  TrainingOutcome,
  Verdict,
} from "../protocol/training";
import { describeConfusions, percent } from "./classificationWords";
import { formatSeconds } from "./showTraining";

/** The object that `--json` ends with. */
export interface TrainingFigures {
  tokensPerSecond: number;
  peakMemoryMb: number;
  steps: number;
  seconds: number;
  ended: TrainingOutcome["ended"];
  bestStep: number;
  verdict: Verdict;
  bitsPerCharacter: { before: number; after: number } | undefined;
  saved1Word: BeforeAfter | undefined;
  general: { before: number; after: number } | undefined;
  accuracy: BeforeAfter | undefined;
  labels: ClassificationReport | undefined;
}

/** Picks the figures out of an outcome; what was not measured is left out. */
export function trainingFigures(outcome: TrainingOutcome): TrainingFigures {
  const { proof, trainingGraph, examples } = outcome;
  return {
    tokensPerSecond: round(outcome.tokensPerSecond, 1),
    peakMemoryMb: round(outcome.peakMemoryMb, 0),
    steps: outcome.steps,
    seconds: round(outcome.seconds, 1),
    ended: outcome.ended,
    bestStep: outcome.bestStep,
    verdict: outcome.verdict,
    bitsPerCharacter: proof?.bitsPerCharacter ?? trainingGraph?.heldOut,
    saved1Word: proof?.saved1Word,
    general: proof?.general ?? trainingGraph?.general,
    accuracy: examples?.accuracy,
    labels: examples?.labels,
  };
}

function round(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}

const ENDS: Record<TrainingOutcome["ended"], string> = {
  finished: "All epochs are done",
  "time-limit": "The time is up",
  "early-stop": "Stopped early, since held-out loss no longer fell",
  stopped: "Stopped",
  diverged:
    "Stopped at a loss that is not a number: the learning rate is too high; the best parameters before it were kept",
};

const VERDICTS: Record<Verdict, string> = {
  helps: "It helps: suggestions save more on held-out text.",
  unclear:
    "It is TOO SHORT TO TELL: the held-out text has become more probable, and whether that saves keys is within chance. Train for longer.",
  "no-gain":
    "It does NOT help: nothing is gained on held-out text. It is better left off.",
  forgets:
    "It FORGETS: general prose became more than 3% worse. It is better left off.",
  "not-measured": "Whether it helps was not measured.",
};

/** The outcome in sentences. */
export function describeOutcome(
  outcome: TrainingOutcome,
  outFolder: string,
): string {
  const { proof, trainingGraph, examples } = outcome;
  const bits = proof?.bitsPerCharacter ?? trainingGraph?.heldOut;
  const general = proof?.general ?? trainingGraph?.general;
  const lines = [
    `${ENDS[outcome.ended]}: ${outcome.steps} steps in ${formatSeconds(outcome.seconds)}, ${outcome.tokensPerSecond.toFixed(0)} tokens/s, ${outcome.peakMemoryMb.toFixed(0)} MB at the most; best at step ${outcome.bestStep}.`,
    bits && `Bits per character on held-out text: ${change(bits)}`,
    general && `Bits per character on general prose: ${change(general)}`,
    proof &&
      `Saved@1 (word): ${interval(proof.saved1Word)} over ${proof.documents} documents, resampled by ${proof.resampled}; baselines: word cache ${percent(proof.rivals.wordCache)}, n-gram ${percent(proof.rivals.ngram)}`,
    proof && `Precision: ${interval(proof.precision)}`,
    proof && `Wrong-show rate: ${interval(proof.wrongShowRate)}`,
    ...(examples ? describeExamples(examples) : []),
    examples && outcome.verdict === "helps"
      ? "It helps: more held-out rows are answered rightly."
      : VERDICTS[outcome.verdict],
    `Written to ${outFolder}.`,
  ];
  return lines.filter(Boolean).join("\n");
}

function change({ before, after }: { before: number; after: number }): string {
  const relative = (100 * (after - before)) / before;
  return `${before.toFixed(4)} before, ${after.toFixed(4)} after (${relative >= 0 ? "+" : ""}${relative.toFixed(1)}%)`;
}

function describeExamples({
  rows,
  accuracy,
  labels,
}: ExamplesReport): string[] {
  if (!labels) {
    return [
      `Exact completions of ${rows} held-out rows: ${interval(accuracy)}`,
    ];
  }
  const { wordCount, macroF1, majority } = labels;
  const isWorse = wordCount.accuracy > accuracy.after;
  return [
    `Right labels of ${rows} held-out rows: ${interval(accuracy)}`,
    `Macro F1: ${interval(macroF1)}`,
    `Baselines: word count ${percent(wordCount.accuracy)} (the adapter minus it ${percent(wordCount.low)} to ${percent(wordCount.high)}, 95%), most frequent label ${percent(majority)}`,
    describeConfusions(labels),
    ...(isWorse
      ? [
          "A count of words, which needs no model, does BETTER on these rows than the adapter.",
        ]
      : []),
  ];
}

function interval({ before, after, low, high }: BeforeAfter): string {
  return `${percent(before)} before, ${percent(after)} after (difference ${percent(low)} to ${percent(high)}, 95%)`;
}
