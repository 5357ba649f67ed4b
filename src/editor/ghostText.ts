// Ghost text: turns a cursor of VS Code into a question to completion, and its decision into inline items.
// Where the text goes on the line is worked out in inlineItem.ts.

import * as vscode from "vscode";
import { Completer, type CompletionContext } from "../completion/completer";
import type { Generator } from "../completion/generator";
import type { Counters } from "../counters/counters";
import type { Decisions } from "./decisions";
import type { EditorDecision } from "../words/editorCodes";
import { fileOf } from "./fileOf";
import {
  MAX_CHARACTERS_AFTER,
  MAX_DRAWN_CHARACTERS,
  replaceOnLine,
  startOfTextBefore,
} from "./inlineItem";
import { logDecision } from "./log";
import { SuggestionTracker, type SuggestionEvent } from "./suggestionTracker";
import type { Settings } from "./settings";
import type { WhereOn } from "./whereOn";
import { decisionSentence } from "../words/editorWords";

/** How long the answer to a manual trigger stays in the status bar. */
const ANSWER_MS = 5_000;

/** What ghost text is made with. */
export interface GhostTextOptions {
  generator: Generator;
  settings: Settings;
  whereOn: WhereOn;
  decisions: Decisions;
  counters: Counters;
  log: vscode.LogOutputChannel;
}

/** A cursor with what VS Code says about it. */
interface Cursor {
  document: vscode.TextDocument;
  position: vscode.Position;
  selected: vscode.SelectedCompletionInfo | undefined;
  trigger: "automatic" | "manual";
}

/** A cursor in one version of a document. */
type Place = Pick<Cursor, "document" | "position"> & { version: number };

/** Offers what completion decides to show, in every kind of document that a text editor holds. */
export class GhostText implements vscode.InlineCompletionItemProvider {
  private readonly completer: Completer;
  private readonly suggestionTracker = new SuggestionTracker((event) =>
    this.learn(event),
  );
  private lastSuggestionId: number | undefined;
  private lastDocument: vscode.TextDocument | undefined;
  /** Where the last question ended without an answer, as when the model was lost or another one is being loaded. */
  private unanswered: Place | undefined;
  private numModelChanges = 0;
  /** Where VS Code was told to ask again as if a key had been pressed. */
  private askedAgain: Place | undefined;

  constructor(private readonly options: GhostTextOptions) {
    this.completer = new Completer(options.generator);
  }

  /** VS Code says that an item was accepted, which it does for whole items alone. */
  accepted(suggestionId: unknown): void {
    if (typeof suggestionId === "number")
      this.suggestionTracker.acceptedWhole(suggestionId);
  }

  /** Partly accepted and rejected suggestions are inferred from what happens to the document. */
  documentChanged({
    document,
    contentChanges,
    reason,
  }: vscode.TextDocumentChangeEvent): void {
    const documentKey = document.uri.toString();
    // What is undone or comes back was judged when it was typed.
    if (reason !== undefined) this.suggestionTracker.end(documentKey);
    else this.suggestionTracker.documentChanged(documentKey, contentChanges);
  }

  /** Escape: takes away what is shown, as VS Code does. */
  dismissed(): void {
    this.suggestionTracker.dismissed();
    void vscode.commands.executeCommand("editor.action.inlineSuggest.hide");
  }

  /** Nothing is computed for a document that nobody sees. */
  visibleEditorsChanged(editors: readonly vscode.TextEditor[]): void {
    const { lastDocument } = this;
    if (!lastDocument) return;
    if (editors.some(({ document }) => document === lastDocument)) return;
    this.completer.stop();
    this.suggestionTracker.end();
    this.lastDocument = undefined;
  }

  /** Takes away what is shown and stops what is being written, as when Inkling is turned off. */
  hide(): void {
    this.completer.stop();
    this.suggestionTracker.end();
    void vscode.commands.executeCommand("editor.action.inlineSuggest.hide");
  }

  /** Forgets what another model has written; what is being asked is asked of the new one. */
  modelChanged(): void {
    this.numModelChanges++;
    this.completer.reset();
  }

  /** Forgets what another memory had a part in. */
  memoryChanged(): void {
    this.completer.forget();
  }

  /** Asks again at the cursor if nobody answered there while there was no model. */
  modelReady(): void {
    const { unanswered } = this;
    this.unanswered = undefined;
    if (unanswered) this.askAgain(unanswered);
  }

  /** Has VS Code ask once more at a place, if the cursor is there still. */
  private askAgain(place: Place): void {
    const { activeTextEditor } = vscode.window;
    if (!activeTextEditor) return;
    const { document, selection } = activeTextEditor;
    if (!isSamePlace(place, { document, position: selection.active })) return;
    this.askedAgain = place;
    void vscode.commands.executeCommand("editor.action.inlineSuggest.trigger");
  }

  documentClosed(document: vscode.TextDocument): void {
    const documentKey = document.uri.toString();
    this.completer.documentClosed(documentKey);
    this.suggestionTracker.end(documentKey);
  }

  async provideInlineCompletionItems(
    document: vscode.TextDocument,
    position: vscode.Position,
    context: vscode.InlineCompletionContext,
    token: vscode.CancellationToken,
  ): Promise<vscode.InlineCompletionItem[]> {
    const startMs = performance.now();
    this.lastDocument = document;
    const cursor = {
      document,
      position,
      selected: context.selectedCompletionInfo,
      trigger: this.triggerOf(context, { document, position }),
    };
    const { version } = document;
    const decision = await withSignal(token, (signal) =>
      this.decide(cursor, signal),
    );
    this.unanswered = isAnswer(decision) ? undefined : { ...cursor, version };
    // The next decision follows at once; a cancelled one tells nobody anything.
    if (!decision) return [];
    const { decisions, log } = this.options;
    const elapsedMs = performance.now() - startMs;
    logDecision(log, { decision, elapsedMs });
    if (decision.kind === "show") {
      const { mode } = this.options.settings.forCompletion(document);
      decisions.lastShown = { decision, mode, trigger: cursor.trigger };
    }
    decisions.record(decision);
    if (decision.kind === "show") {
      const suggestionId = this.track(decision.suggestions, {
        cursor,
        elapsedMs,
      });
      return itemsOf(decision.suggestions, { cursor, suggestionId });
    }
    this.suggestionTracker.end(document.uri.toString());
    if (cursor.trigger === "manual") {
      const sentence = `Inkling: ${decisionSentence(decision)}`;
      vscode.window.setStatusBarMessage(sentence, ANSWER_MS);
    }
    return [];
  }

  private triggerOf(
    { triggerKind }: vscode.InlineCompletionContext,
    cursor: Pick<Cursor, "document" | "position">,
  ): Cursor["trigger"] {
    if (triggerKind === vscode.InlineCompletionTriggerKind.Automatic) {
      return "automatic";
    }
    const { askedAgain } = this;
    this.askedAgain = undefined;
    return askedAgain && isSamePlace(askedAgain, cursor)
      ? "automatic"
      : "manual";
  }

  private track(
    suggestions: readonly { text: string }[],
    { cursor, elapsedMs }: { cursor: Cursor; elapsedMs: number },
  ): number {
    const { document, position } = cursor;
    const id = this.suggestionTracker.show({
      documentKey: document.uri.toString(),
      offset: document.offsetAt(position),
      lineBefore: lineBefore(cursor),
      texts: suggestions.map(({ text }) => text),
    });
    if (id !== this.lastSuggestionId) {
      this.options.counters.countWait(elapsedMs);
      this.saveCounters();
    }
    this.lastSuggestionId = id;
    return id;
  }

  private learn(event: SuggestionEvent): void {
    const { documentKey, offset, kind } = event;
    // Completion counts from where the text begins that it is given.
    const place = { documentKey, offset: offset - startOfTextBefore(offset) };
    if (kind === "rejected") this.completer.rejected(place, event.by);
    if (kind === "taken") this.completer.accepted(place);
    this.options.log.trace(`Suggestion: ${JSON.stringify(event)}`);
    this.options.counters.count(event);
    if (kind !== "shown") this.saveCounters();
  }

  private saveCounters(): void {
    const { counters, log } = this.options;
    counters
      .save()
      .catch((error: unknown) =>
        log.warn(`Cannot keep the counters: ${String(error)}`),
      );
  }

  private async decide(
    cursor: Cursor,
    signal: AbortSignal,
  ): Promise<EditorDecision | undefined> {
    const { settings, whereOn, log } = this.options;
    const { document, position } = cursor;
    const place = { document, position, version: document.version };
    const reason = await whereOn.check(document);
    if (signal.aborted) return undefined;
    if (reason) return { kind: "silent", reason };
    if (cursor.position.character >= MAX_DRAWN_CHARACTERS) {
      return { kind: "silent", reason: { code: "long-line" } };
    }
    const context = contextOf(cursor);
    try {
      for (;;) {
        const { numModelChanges } = this;
        const decision = await this.completer.complete(
          { ...context, settings: settings.forCompletion(document) },
          signal,
          { onLonger: () => this.askAgain(place) },
        );
        if (signal.aborted) return undefined;
        if (this.numModelChanges === numModelChanges) return decision;
      }
    } catch (error) {
      if (signal.aborted) return undefined;
      const { message } = error as Error;
      log.debug(`No completion: ${message}`);
      return { kind: "silent", reason: { code: "error", message } };
    }
  }
}

function isSamePlace(
  { document, position, version }: Place,
  there: Pick<Cursor, "document" | "position">,
): boolean {
  return (
    there.document === document &&
    there.document.version === version &&
    there.position.isEqual(position)
  );
}

/** Whether there was a model to answer and time to wait for it. */
function isAnswer(decision: EditorDecision | undefined): boolean {
  if (decision?.kind === "show") return true;
  const code = decision?.reason.code ?? "cancelled";
  return code !== "cancelled" && code !== "error";
}

function contextOf({
  document,
  position,
  selected,
  trigger,
}: Cursor): Omit<CompletionContext, "settings"> {
  const offset = document.offsetAt(position);
  const start = document.positionAt(startOfTextBefore(offset));
  const end = document.positionAt(offset + MAX_CHARACTERS_AFTER);
  const file = fileOf(document);
  const folder = vscode.workspace.getWorkspaceFolder(file);
  return {
    documentKey: document.uri.toString(),
    path: folder && vscode.workspace.asRelativePath(file, false),
    languageId: document.languageId,
    textBefore: document.getText(new vscode.Range(start, position)),
    textAfter: document.getText(new vscode.Range(position, end)),
    selectedCompletion: selected && {
      text: selected.text,
      replacedCharacters: position.character - selected.range.start.character,
    },
    trigger,
  };
}

function itemsOf(
  suggestions: readonly { text: string; replacedAfter: number }[],
  { cursor, suggestionId }: { cursor: Cursor; suggestionId: number },
): vscode.InlineCompletionItem[] {
  const { line } = cursor.position;
  return suggestions.flatMap((suggestion) => {
    const replacement = replaceOnLine(lineBefore(cursor), suggestion);
    if (!replacement) return [];
    const { startCharacter, endCharacter, insertText } = replacement;
    const item = new vscode.InlineCompletionItem(
      insertText,
      new vscode.Range(line, startCharacter, line, endCharacter),
    );
    item.filterText = insertText;
    item.command = {
      title: "Inkling",
      command: "inkling.accepted",
      arguments: [suggestionId],
    };
    return [item];
  });
}

function lineBefore({ document, position }: Cursor): string {
  return document.lineAt(position.line).text.slice(0, position.character);
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
