// How sentences, names and figures stand beside each other: languages differ in stops, commas and spaces.

import * as vscode from "vscode";

/** Two sentences that end with their own stops. */
export function twoSentences(first: string, second: string): string {
  return vscode.l10n.t("{0} {1}", first, second);
}

/** Sentences without stops as one text, in which all but the last get one. */
export function sentencesInOne(sentences: readonly string[]): string {
  return sentences.reduce((all, next) => vscode.l10n.t("{0}. {1}", all, next));
}

/** A sentence without a stop, with it. */
export function withStop(sentence: string): string {
  return vscode.l10n.t("{0}.", sentence);
}

/** A message of Inkling's beside those of others. */
export function inklingSays(sentence: string): string {
  return vscode.l10n.t("Inkling: {0}", sentence);
}

/** A name and what there is to say of it. */
export function labelled(name: string, words: string): string {
  return vscode.l10n.t("{0}: {1}", name, words);
}

/** Names one after the other. */
export function listOf(names: readonly string[]): string {
  return new Intl.ListFormat(vscode.env.language, { style: "narrow" }).format(
    names,
  );
}

/** A fraction in hundredths, with so many digits after the point. */
export function percentage(fraction: number, digits = 0): string {
  return fraction.toLocaleString(vscode.env.language, {
    style: "percent",
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });
}
