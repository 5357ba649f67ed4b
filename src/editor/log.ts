// The log channel "Inkling". Its lines are English. Nothing that the user wrote, and nothing written for the user,
// goes there above the level Trace.

import * as vscode from "vscode";
import type { WorkerState } from "../client/workerClient";
import type { EditorDecision } from "../words/editorCodes";

/** Opens the channel; the level is the user's choice ("Set Log Level" in the palette). */
export function createLog(): vscode.LogOutputChannel {
  return vscode.window.createOutputChannel("Inkling", { log: true });
}

/** What the worker has come to; the client itself has logged why a try failed. */
export function logState(
  log: vscode.LogOutputChannel,
  state: WorkerState,
): void {
  if (state.kind === "failed" || state.kind === "loading") return;
  log.info(`Model worker: ${JSON.stringify(state)}`);
}

/** One decision with its codes and figures, and the text itself at Trace only. */
export function logDecision(
  log: vscode.LogOutputChannel,
  { decision, elapsedMs }: { decision: EditorDecision; elapsedMs: number },
): void {
  const after = `after ${elapsedMs.toFixed(0)} ms`;
  if (decision.kind === "silent") {
    log.debug(`Silent ${after}: ${JSON.stringify(decision.reason)}`);
    return;
  }
  const { suggestions, confidence } = decision;
  const lengths = suggestions.map(({ text }) => text.length).join(", ");
  log.debug(
    `Shown ${after}: confidence ${confidence.toFixed(2)}, characters ${lengths}`,
  );
  for (const { text } of suggestions) log.trace(JSON.stringify(text));
}
