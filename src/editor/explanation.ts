// "Explain Last Suggestion": a read-only Markdown document with the suggestion's words, how sure the model was of each,
// what could have stood there, and what the gate asked for. Shown by VS Code's own Markdown preview where there is one.

import * as vscode from "vscode";
import type { GateSettings } from "../completion/gateSettings";
import type { Suggestion } from "../completion/completer";
import { documentLink, escapeMarkdown, MarkdownPage } from "./markdownPage";
import type { Decisions, ShownDecision, WithheldDecision } from "./decisions";
import { bar, markdownTable, wordRows } from "./wordTable";
import type { TokenSource } from "../protocol/generation";
import {
  decisionSentence,
  formatProbability,
  modeName,
  sourceOf,
} from "../words/editorWords";
import { listOf, twoSentences, withStop } from "../words/joining";

/** The page; `show` shows it. */
export function explanationPage(decisions: Decisions): MarkdownPage {
  return new MarkdownPage({
    scheme: "inkling",
    title: vscode.l10n.t("Last Suggestion"),
    parts: () => partsOf(decisions),
  });
}

function partsOf({ lastShown, last, lastWithheld }: Decisions): string[] {
  const parts = [`# ${vscode.l10n.t("The last suggestion")}`];
  if (lastShown) parts.push(...explain(lastShown));
  else parts.push(vscode.l10n.t("Nothing has been suggested yet."));
  if (last && last !== lastShown?.decision) {
    parts.push(
      `## ${lastShown ? vscode.l10n.t("What was decided since") : vscode.l10n.t("What was decided")}`,
      escapeMarkdown(withStop(decisionSentence(last))),
    );
  }
  if (lastWithheld) parts.push(...explainWithheld(lastWithheld));
  return parts;
}

function explain({ decision, mode, trigger }: ShownDecision): string[] {
  const isManual = trigger === "manual";
  const { gate } = decision;
  return [
    gateSentence(decision, { gate, mode: isManual ? "" : modeName(mode) }),
    ...decision.suggestions.flatMap(suggestionParts),
    vscode.l10n.t(
      "How sure the model is of a word counts what stands before it as right. Words that are not shown were written and kept back.",
    ),
  ];
}

function explainWithheld({ tokens }: WithheldDecision): string[] {
  return [
    vscode.l10n.t("This is what the model wrote and what was kept back:"),
    wordTable({ text: "", tokens }),
  ];
}

function gateSentence(
  { confidence, isMidLine }: ShownDecision["decision"],
  { gate, mode }: { gate: GateSettings; mode: string },
): string {
  if (isMidLine) return midLineSentence(confidence, { gate, mode });
  if (mode === "") {
    return vscode.l10n.t(
      "Asked for by hand, it is shown whatever the model thinks of it. The first word is right with a probability of {0}.",
      formatProbability(confidence),
    );
  }
  return vscode.l10n.t(
    'The first word is right with a probability of {0}; in the mode "{1}" at least {2} is asked, and at least {3} of everything up to each further word.',
    formatProbability(confidence),
    mode,
    formatProbability(gate.minFirstWord),
    formatProbability(gate.minRunning),
  );
}

/** Between words the model judges the line as a whole, and no further word is asked for a probability of its own. */
function midLineSentence(
  confidence: number,
  { gate, mode }: { gate: GateSettings; mode: string },
): string {
  const judged = vscode.l10n.t(
    "By how well the line goes on behind the cursor, the suggestion is right with a probability of {0}.",
    formatProbability(confidence),
  );
  const threshold =
    mode === ""
      ? vscode.l10n.t("Asked for by hand, it is shown whatever that is.")
      : vscode.l10n.t(
          'In the mode "{0}" at least {1} is asked.',
          mode,
          formatProbability(gate.minFirstWord),
        );
  return twoSentences(judged, threshold);
}

function suggestionParts(suggestion: Suggestion): string[] {
  const source = sourceOf(suggestion);
  return [
    `## ${escapeMarkdown(suggestion.text.trim().replace(/\s+/g, " "))}`,
    ...(source ? [sourceLine(source)] : []),
    wordTable(suggestion),
  ];
}

/** Where the suggestion came from, with a link to the document. */
function sourceLine(source: TokenSource): string {
  if (source.kind === "this-text") {
    return vscode.l10n.t("You wrote this above.");
  }
  return vscode.l10n.t("You wrote this in {0}.", documentLink(source.name));
}

function wordTable(suggestion: Pick<Suggestion, "text" | "tokens">): string {
  const head = [
    vscode.l10n.t("Word"),
    vscode.l10n.t("Sure"),
    "",
    vscode.l10n.t("Could also begin with"),
    vscode.l10n.t("Shown"),
  ];
  const rows = wordRows(suggestion).map((row) => [
    row.isShown ? `**${escapeMarkdown(row.text)}**` : escapeMarkdown(row.text),
    formatProbability(row.probability),
    bar(row.probability),
    listOf(
      row.alternatives.map(
        (other) =>
          `${escapeMarkdown(other.text)} ${formatProbability(other.probability)}`,
      ),
    ),
    row.isShown ? vscode.l10n.t("yes") : vscode.l10n.t("no"),
  ]);
  return markdownTable([head, ...rows]);
}
