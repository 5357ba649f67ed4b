// What the measured figures of an adapter come to, in a sentence: switch it on or leave it off, and why.

import * as vscode from "vscode";
import { assertNever } from "../common/assertNever";
import { percentage } from "./joining";
import type {
  BeforeAfter,
  ExamplesReport,
  TrainingOutcome,
  Verdict,
} from "../protocol/training";

/** Switch on or do not, and why. */
export function recommendation({
  verdict,
  proof,
  examples,
}: Pick<TrainingOutcome, "verdict" | "proof" | "examples">): string {
  if (examples) return recommendationOnExamples(verdict, examples);
  if (!proof || verdict === "not-measured") {
    return vscode.l10n.t("Leave it off: whether it helps was not measured.");
  }
  const { before, after } = proof.saved1Word;
  switch (verdict) {
    case "helps":
      return vscode.l10n.t(
        "Switch it on: on text it has not seen, it saves {0} of keystrokes instead of {1}.",
        percentage(after, 1),
        percentage(before, 1),
      );
    case "forgets":
      return vscode.l10n.t(
        "Leave it off: it has lost more at general prose than it gains here.",
      );
    case "unclear":
      return vscode.l10n.t(
        "Too short to tell: it expects this text better than before, but on so little test text that may be chance ({0} of keystrokes instead of {1}). Train for longer.",
        percentage(after, 1),
        percentage(before, 1),
      );
    case "no-gain":
      return vscode.l10n.t(
        "Leave it off: on text it has not seen, it saves {0} of keystrokes instead of {1}, which may be chance.",
        percentage(after, 1),
        percentage(before, 1),
      );
    default:
      return assertNever(verdict);
  }
}

function recommendationOnExamples(
  verdict: Verdict,
  { accuracy, labels }: ExamplesReport,
): string {
  const sentence = labels
    ? recommendationOnLabels(verdict, accuracy)
    : recommendationOnAnswers(verdict, accuracy);
  if (!labels || labels.wordCount.accuracy <= accuracy.after) return sentence;
  const better = vscode.l10n.t(
    "Counting words alone, without a model, finds more: {0}.",
    percentage(labels.wordCount.accuracy, 1),
  );
  return `${sentence} ${better}`;
}

function recommendationOnLabels(
  verdict: Verdict,
  { before, after }: BeforeAfter,
): string {
  const [without, withIt] = [percentage(before, 1), percentage(after, 1)];
  if (verdict === "helps") {
    return vscode.l10n.t(
      "Switch it on: it finds the right label of {0} of the test rows, instead of {1}.",
      withIt,
      without,
    );
  }
  if (verdict === "forgets") {
    return vscode.l10n.t(
      "Leave it off while you write: it finds the right label of {0} of the test rows, instead of {1}, but it has become worse at general prose.",
      withIt,
      without,
    );
  }
  return vscode.l10n.t(
    "Leave it off: it finds the right label of {0} of the test rows, instead of {1}, which may be chance.",
    withIt,
    without,
  );
}

function recommendationOnAnswers(
  verdict: Verdict,
  { before, after }: BeforeAfter,
): string {
  const [without, withIt] = [percentage(before, 1), percentage(after, 1)];
  if (verdict === "helps") {
    return vscode.l10n.t(
      "Switch it on: it answers {0} of the test rows exactly, instead of {1}.",
      withIt,
      without,
    );
  }
  if (verdict === "forgets") {
    return vscode.l10n.t(
      "Leave it off: it answers {0} of the test rows exactly, instead of {1}, but it has become worse at general prose.",
      withIt,
      without,
    );
  }
  return vscode.l10n.t(
    "Leave it off: it answers {0} of the test rows exactly, instead of {1}, which may be chance.",
    withIt,
    without,
  );
}
