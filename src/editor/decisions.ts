// The last decision about a cursor, kept for the status item, its menu and the log.

import * as vscode from "vscode";
import type { Decision, GateMode } from "../completion/completer";
import type { GeneratedToken } from "../protocol/generation";
import type { EditorDecision } from "../words/editorCodes";

/** A suggestion with what it was judged by. */
export interface ShownDecision {
  decision: Extract<Decision, { kind: "show" }>;
  mode: GateMode;
  trigger: "automatic" | "manual";
}

/** What is told of a decision: its tokens, shown or kept back. */
export interface WithheldDecision {
  decision: Extract<EditorDecision, { kind: "silent" }>;
  tokens: GeneratedToken[];
}

/** Remembers the last decision. */
export class Decisions implements vscode.Disposable {
  private readonly emitter = new vscode.EventEmitter<EditorDecision>();
  readonly onDidDecide = this.emitter.event;
  private latest: EditorDecision | undefined;
  /** The last one that suggested something. */
  lastShown: ShownDecision | undefined;

  /** Undefined before the first decision. */
  get last(): EditorDecision | undefined {
    return this.latest;
  }

  /** The last decision when it kept something back that the model had written. */
  get lastWithheld(): WithheldDecision | undefined {
    const { latest } = this;
    if (latest?.kind !== "silent" || !("withheld" in latest)) return undefined;
    const tokens = latest.withheld ?? [];
    return tokens.length > 0 ? { decision: latest, tokens } : undefined;
  }

  record(decision: EditorDecision): void {
    this.latest = decision;
    this.emitter.fire(decision);
  }

  dispose(): void {
    this.emitter.dispose();
  }
}
