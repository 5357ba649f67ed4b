// The counters as a list to read, and their reset.

import * as vscode from "vscode";
import { quantile } from "../common/statistics";
import type { Counters, Counts } from "./counters";
import { percent } from "../words/editorWords";

/** Shows what was counted, with a button that counts anew. */
export async function showCounters(counters: Counters): Promise<void> {
  const { counts } = counters;
  const reset = { label: vscode.l10n.t("$(trash) Reset the counters") };
  const entries: vscode.QuickPickItem[] = [
    ...linesOf(counts).map((label) => ({ label })),
    {
      label: vscode.l10n.t("How this is counted"),
      kind: vscode.QuickPickItemKind.Separator,
    },
    {
      label: vscode.l10n.t(
        "VS Code tells of suggestions that were accepted whole; all else is inferred from changes of the text",
      ),
    },
    {
      label: vscode.l10n.t(
        "Kept on this machine only and sent nowhere; no text is kept",
      ),
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
    vscode.l10n.t("Inkling: the counters were reset"),
    5_000,
  );
}

/** The counters in a few words. */
export function countsSummary(counts: Counts): string {
  return vscode.l10n.t(
    "{0} shown, {1} accepted, {2} characters saved",
    counts.shown,
    counts.acceptedWhole + counts.acceptedInPart,
    counts.charactersSaved,
  );
}

function linesOf(counts: Counts): string[] {
  const { shown, acceptedWhole, acceptedInPart, rejected } = counts;
  const share = (count: number) => percent(shown === 0 ? 0 : count / shown);
  return [
    vscode.l10n.t("{0} suggestions were shown", shown),
    vscode.l10n.t(
      "{0} were accepted whole ({1}%)",
      acceptedWhole,
      share(acceptedWhole),
    ),
    vscode.l10n.t(
      "{0} were accepted in part ({1}%)",
      acceptedInPart,
      share(acceptedInPart),
    ),
    vscode.l10n.t(
      "{0} were rejected, by Escape or by typing something else ({1}%)",
      rejected,
      share(rejected),
    ),
    vscode.l10n.t(
      "{0} characters were saved, one taken off for each acceptance",
      counts.charactersSaved,
    ),
    latencyLine(counts.latenciesMs),
  ];
}

function latencyLine(latenciesMs: readonly number[]): string {
  const median = quantile(latenciesMs, 0.5);
  const slow = quantile(latenciesMs, 0.95);
  if (median === undefined || slow === undefined) {
    return vscode.l10n.t("No suggestion was waited for yet");
  }
  return vscode.l10n.t(
    "Half of the last {0} came within {1} ms, 95 of 100 within {2} ms",
    latenciesMs.length,
    median,
    slow,
  );
}
