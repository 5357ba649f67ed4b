// Ghost text: turns a cursor of VS Code into a question to completion, and its decision into inline items.
// Where the text goes on the line is worked out in inlineItem.ts.

import * as vscode from "vscode";
import { Completer, type CompletionContext } from "../completion/completer";
import type { Generator } from "../completion/generator";
import type { Decisions, EditorDecision } from "./decisions";
import {
  MAX_CHARACTERS_AFTER,
  replaceFromLineStart,
  startOfTextBefore,
} from "./inlineItem";
import { logDecision } from "./log";
import type { Settings } from "./settings";
import type { WhereOn } from "./whereOn";
import { decisionSentence } from "./words";

/** How long the answer to a manual trigger stays in the status bar. */
const ANSWER_MS = 5_000;

/** What ghost text is made with. */
export interface GhostTextOptions {
  generator: Generator;
  settings: Settings;
  whereOn: WhereOn;
  decisions: Decisions;
  log: vscode.LogOutputChannel;
}

/** A cursor with what VS Code says about it. */
interface Cursor {
  document: vscode.TextDocument;
  position: vscode.Position;
  context: vscode.InlineCompletionContext;
}

/** Offers what completion decides to show, in every kind of document that a text editor holds. */
export class GhostText implements vscode.InlineCompletionItemProvider {
  private readonly completer: Completer;

  constructor(private readonly options: GhostTextOptions) {
    this.completer = new Completer(options.generator);
  }

  /** Takes away what is shown and stops what is being written, as when Inkling is turned off. */
  hide(): void {
    this.completer.stop();
    void vscode.commands.executeCommand("editor.action.inlineSuggest.hide");
  }

  /** Forgets what another model has written. */
  modelChanged(): void {
    this.completer.reset();
  }

  documentClosed(document: vscode.TextDocument): void {
    this.completer.documentClosed(document.uri.toString());
  }

  async provideInlineCompletionItems(
    document: vscode.TextDocument,
    position: vscode.Position,
    context: vscode.InlineCompletionContext,
    token: vscode.CancellationToken,
  ): Promise<vscode.InlineCompletionItem[]> {
    const startMs = performance.now();
    const cursor = { document, position, context };
    const decision = await withSignal(token, (signal) =>
      this.decide(cursor, signal),
    );
    // The next decision follows at once; a cancelled one tells nobody anything.
    if (!decision) return [];
    const { decisions, log } = this.options;
    logDecision(log, { decision, elapsedMs: performance.now() - startMs });
    decisions.record(decision);
    if (decision.kind === "show") return itemsOf(decision.suggestions, cursor);
    if (isManual(context)) {
      const sentence = `Inkling: ${decisionSentence(decision)}`;
      vscode.window.setStatusBarMessage(sentence, ANSWER_MS);
    }
    return [];
  }

  private async decide(
    cursor: Cursor,
    signal: AbortSignal,
  ): Promise<EditorDecision | undefined> {
    const { settings, whereOn, log } = this.options;
    const { document } = cursor;
    const reason = whereOn.whyOff(document);
    if (reason) return { kind: "silent", reason };
    try {
      const decision = await this.completer.complete(
        { ...contextOf(cursor), settings: settings.forCompletion(document) },
        signal,
      );
      return signal.aborted ? undefined : decision;
    } catch (error) {
      if (signal.aborted) return undefined;
      const { message } = error as Error;
      log.debug(`No completion: ${message}`);
      return { kind: "silent", reason: { code: "error", message } };
    }
  }
}

function isManual({ triggerKind }: vscode.InlineCompletionContext): boolean {
  return triggerKind === vscode.InlineCompletionTriggerKind.Invoke;
}

function contextOf({
  document,
  position,
  context,
}: Cursor): Omit<CompletionContext, "settings"> {
  const offset = document.offsetAt(position);
  const start = document.positionAt(startOfTextBefore(offset));
  const end = document.positionAt(offset + MAX_CHARACTERS_AFTER);
  const folder = vscode.workspace.getWorkspaceFolder(document.uri);
  const selected = context.selectedCompletionInfo;
  return {
    documentKey: document.uri.toString(),
    path: folder && vscode.workspace.asRelativePath(document.uri, false),
    languageId: document.languageId,
    textBefore: document.getText(new vscode.Range(start, position)),
    textAfter: document.getText(new vscode.Range(position, end)),
    selectedCompletion: selected && {
      text: selected.text,
      replacedCharacters: position.character - selected.range.start.character,
    },
    trigger: isManual(context) ? "manual" : "automatic",
  };
}

function itemsOf(
  suggestions: readonly { text: string; replacedAfter: number }[],
  { document, position }: Cursor,
): vscode.InlineCompletionItem[] {
  const { line, character } = position;
  const lineBefore = document.lineAt(line).text.slice(0, character);
  return suggestions.flatMap((suggestion) => {
    const replacement = replaceFromLineStart(lineBefore, suggestion);
    if (!replacement) return [];
    const { startCharacter, endCharacter, insertText } = replacement;
    const item = new vscode.InlineCompletionItem(
      insertText,
      new vscode.Range(line, startCharacter, line, endCharacter),
    );
    item.filterText = insertText;
    return [item];
  });
}

/** The one place where VS Code's cancellation becomes an `AbortSignal`; undefined when it was asked for first. */
async function withSignal<T>(
  token: vscode.CancellationToken,
  task: (signal: AbortSignal) => Promise<T>,
): Promise<T | undefined> {
  if (token.isCancellationRequested) return undefined;
  const controller = new AbortController();
  const subscription = token.onCancellationRequested(() => controller.abort());
  try {
    return await task(controller.signal);
  } finally {
    subscription.dispose();
  }
}
