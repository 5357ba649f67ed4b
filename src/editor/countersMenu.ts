// The counters as a list to read, and their reset.

import * as vscode from "vscode";
import { quantile } from "../common/statistics";
import type { Counters, Counts } from "./counters";
import { percent } from "../words/editorWords";

/** Shows what was counted, with a button that counts anew. */
export async function showCounters(counters: Counters): Promise<void> {
  const { counts } = counters;
  const reset = { label: vscode.l10n.t("$(trash) Reset counters") };
  const entries: vscode.QuickPickItem[] = [
    ...linesOf(counts).map((label) => ({ label })),
    {
      label: vscode.l10n.t("How this is counted"),
      kind: vscode.QuickPickItemKind.Separator,
    },
    {
      label: vscode.l10n.t(
        "VS Code reports only whole acceptances; the rest is inferred from changes to the text",
      ),
    },
    {
      label: vscode.l10n.t("Counts stay on this machine; no text is stored"),
    },
    reset,
  ];
  const since = new Date(counts.sinceMs).toLocaleString(vscode.env.language);
  const chosen = await vscode.window.showQuickPick(entries, {
    title: vscode.l10n.t("Inkling: counters since {0}", since),
  });
  if (chosen === reset) await resetCounters(counters);
}

/** Counts from nothing. */
export async function resetCounters(counters: Counters): Promise<void> {
  await counters.reset();
  vscode.window.setStatusBarMessage(
    vscode.l10n.t("Inkling: counters reset"),
    5_000,
  );
}

/** The counters in a few words. */
export function countsSummary(counts: Counts): string {
  return vscode.l10n.t(
    "shown: {0}, accepted: {1}, characters saved: {2}",
    counts.shown,
    counts.acceptedWhole + counts.acceptedInPart,
    counts.charactersSaved,
  );
}

function linesOf(counts: Counts): string[] {
  const { shown, acceptedWhole, acceptedInPart, rejected } = counts;
  const share = (count: number) => percent(shown === 0 ? 0 : count / shown);
  return [
    vscode.l10n.t("Suggestions shown: {0}", shown),
    vscode.l10n.t(
      "Accepted whole: {0} ({1}%)",
      acceptedWhole,
      share(acceptedWhole),
    ),
    vscode.l10n.t(
      "Accepted in part: {0} ({1}%)",
      acceptedInPart,
      share(acceptedInPart),
    ),
    vscode.l10n.t(
      "Rejected by Escape or by typing something else: {0} ({1}%)",
      rejected,
      share(rejected),
    ),
    vscode.l10n.t(
      "Characters saved: {0} (one key less per acceptance)",
      counts.charactersSaved,
    ),
    latencyLine(counts.latenciesMs),
  ];
}

function latencyLine(latenciesMs: readonly number[]): string {
  const median = quantile(latenciesMs, 0.5);
  const slow = quantile(latenciesMs, 0.95);
  if (median === undefined || slow === undefined) {
    return vscode.l10n.t("Waiting time: none yet");
  }
  return vscode.l10n.t(
    "Waiting time: {1} ms for half of the last {0}, {2} ms for 95%",
    latenciesMs.length,
    median,
    slow,
  );
}
