// What the page of the counters says, and what is asked and told around it.

import * as vscode from "vscode";
import type { CountFigures } from "../protocol/counters";

/** The sentences of the page by their names, in one language. */
export type CountersWords = ReturnType<typeof countersWords>;

/** All sentences of the page; places such as {0} stay for the page to fill. */
export function countersWords() {
  return {
    title: vscode.l10n.t("Is Inkling Worth Its Place?"),
    lead: vscode.l10n.t(
      "Counts stay on this machine. They are numbers: no text is stored.",
    ),
    emptyTitle: vscode.l10n.t("Nothing Counted Yet"),
    empty: vscode.l10n.t(
      "Write a few lines in a Markdown or text file. What is suggested in grey, what you accept with Tab and what you dismiss is then counted here, day by day.",
    ),
    write: vscode.l10n.t("New Text File"),
    today: vscode.l10n.t("Today"),
    month: vscode.l10n.t("Last 30 days"),
    since: vscode.l10n.t("Since {0}"),
    shown: vscode.l10n.t("Suggestions shown"),
    shownHint: vscode.l10n.t("Grey text that was new on the screen."),
    accepted: vscode.l10n.t("Accepted"),
    acceptedHint: vscode.l10n.t(
      "Taken whole or word by word. The share is of those shown.",
    ),
    dismissed: vscode.l10n.t("Dismissed"),
    dismissedHint: vscode.l10n.t(
      "With Escape, or by typing something else after there was time to read a word.",
    ),
    saved: vscode.l10n.t("Keystrokes saved"),
    savedHint: vscode.l10n.t(
      "Characters you did not type, less one key for each acceptance. The share is of all characters you wrote where Inkling is on.",
    ),
    wait: vscode.l10n.t("Waiting time"),
    waitHint: vscode.l10n.t(
      "From VS Code's question to the suggestion. Half of them came at least this fast.",
    ),
    milliseconds: vscode.l10n.t("{0} ms"),
    none: vscode.l10n.t("none"),
    dayAxis: vscode.l10n.t("Day"),
    suggestionsByDay: vscode.l10n.t("Accepted and dismissed"),
    suggestionsAxis: vscode.l10n.t("Suggestions"),
    savedByDay: vscode.l10n.t("Keystrokes saved"),
    savedAxis: vscode.l10n.t("Share of characters written"),
    waitByDay: vscode.l10n.t("Waiting time"),
    waitAxis: vscode.l10n.t("Milliseconds, median"),
    pictureName: vscode.l10n.t(
      "{0} by day, as columns. The figures are in the table below.",
    ),
    dayFigures: vscode.l10n.t("{0}: {1}"),
    table: vscode.l10n.t("Figures by Day"),
    savedShare: vscode.l10n.t("Share saved"),
    copy: vscode.l10n.t("Copy as CSV"),
    copied: vscode.l10n.t("Copied. Days: {0}."),
    reset: vscode.l10n.t("Reset…"),
    method: vscode.l10n.t(
      "VS Code reports only whole acceptances; the rest is inferred from changes to the text. Days follow the clock of the machine that the extension runs on.",
    ),
  };
}

/** The name on the page's tab. */
export function countersTitle(): string {
  return vscode.l10n.t("Inkling: Counters");
}

/** Today in a few words, for the menu. */
export function countersSummary(today: CountFigures): string {
  const number = (value: number) => value.toLocaleString(vscode.env.language);
  return vscode.l10n.t(
    "today: shown {0}, accepted {1}, keystrokes saved {2}",
    number(today.shown),
    number(today.accepted),
    number(today.charactersSaved),
  );
}

/** What is asked before all counts go. */
export function resetQuestion(): {
  message: string;
  detail: string;
  yes: string;
} {
  return {
    message: vscode.l10n.t("Reset the counters?"),
    detail: vscode.l10n.t(
      "All counts of all days go, in every window. It cannot be undone; Copy as CSV keeps them.",
    ),
    yes: vscode.l10n.t("Reset"),
  };
}

/** Said when all counts have gone. */
export function resetDone(): string {
  return vscode.l10n.t("Inkling: counters reset");
}
