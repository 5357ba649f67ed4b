// A preview that stands in the document itself, decorated. It follows the document's edits, and all its own edits are
// one step of undo as long as nothing else is edited in between.
//
//   document   ... [source]  before  shown text  after ...
//                            ^------- range --------^

import { setTimeout as delay } from "node:timers/promises";
import * as vscode from "vscode";
import type { PreviewDecorations } from "./decorations";
import type { Place } from "./place";
import type { Preview } from "./preview";
import type { TextChange } from "../textChange";
import { TrackedRange } from "./trackedRange";
import { ViewFollower } from "./viewFollower";

/** How often an edit that came too late is tried again. */
const MAX_TRIES = 20;
/** Between two edits of a growing text: VS Code lays the document out anew after each, and the user's keys wait. */
const EDIT_GAP_MS = 80;

/** What an inline preview is made with. */
export interface InlinePreviewOptions {
  document: vscode.TextDocument;
  place: Place;
  decorations: PreviewDecorations;
  isFollowed: boolean;
  /** Done once the row above the text says what can be done with it now. */
  untilRowDrawn(): Promise<void>;
  /** The user has edited the preview's own text. */
  onTouched(): void;
  /** The user has edited the text that the result is about. */
  onSourceChanged(): void;
  /** The document takes no edits. */
  onRefused(): void;
  /** What stands in the document has changed. */
  onShown(): void;
}

/** One preview in one document. */
export class InlinePreview implements Preview {
  readonly document: vscode.TextDocument;
  private readonly tracked: TrackedRange;
  private readonly source: TrackedRange;
  /** What our last edit has left in the range; undefined once the user has edited it. */
  private written: string | undefined = "";
  /** Whether the user's words stand in the range too. */
  private isMixed = false;
  private wanted = "";
  private pending: TextChange | undefined;
  private lastEdit: Promise<unknown> = Promise.resolve();
  private isFlushDue = false;
  private nextEditMs = 0;
  private numEdits = 0;
  private isDisposed = false;
  private readonly follower: ViewFollower;
  private readonly subscription: vscode.Disposable;

  constructor(private readonly options: InlinePreviewOptions) {
    const { document, place } = options;
    this.document = document;
    this.tracked = new TrackedRange(place.offset, place.offset);
    this.source = new TrackedRange(place.source.start, place.source.end);
    this.follower = new ViewFollower(document, () => this.tracked.end);
    this.subscription = vscode.Disposable.from(
      this.follower,
      vscode.workspace.onDidChangeTextDocument((event) => {
        if (event.document === document) this.changed(event.contentChanges);
      }),
      vscode.window.onDidChangeVisibleTextEditors(() => {
        this.decorate();
        this.flushSoon();
      }),
    );
  }

  get range(): vscode.Range {
    return this.rangeOf(this.tracked.start, this.tracked.end);
  }

  /** The range's offsets and what goes around the shown text, for the record of what is unfinished. */
  get offsets(): { start: number; end: number } {
    return { start: this.tracked.start, end: this.tracked.end };
  }

  /** What stands in the range where Inkling alone wrote it; undefined once the user has edited it. */
  get ownText(): string | undefined {
    return this.isMixed ? undefined : this.written;
  }

  show(text: string): void {
    const { before, after } = this.options.place;
    const isEmpty = text === "";
    const whole = isEmpty ? "" : `${before}${text}${after}`;
    const eol = this.document.eol === vscode.EndOfLine.CRLF ? "\r\n" : "\n";
    this.wanted = whole.replaceAll("\n", eol);
    this.flushSoon();
  }

  settled(): Promise<unknown> {
    return this.lastEdit;
  }

  async accept(): Promise<boolean> {
    await this.lastEdit;
    const isWritten = await this.flush();
    if (!isWritten) return false;
    if (this.options.place.replacesSource) {
      // The source goes, and what set the result apart from it.
      const { before } = this.options.place;
      const eol = this.document.eol === vscode.EndOfLine.CRLF ? "\r\n" : "\n";
      const gap = before.replaceAll("\n", eol);
      const { start } = this.source;
      const isNextToIt = this.source.end === this.tracked.start;
      const end = isNextToIt
        ? this.tracked.start + (this.startsWith(gap) ? gap.length : 0)
        : this.source.end;
      await this.edit(() => ({
        rangeOffset: start,
        rangeLength: end - start,
        text: "",
      }));
    }
    this.dispose();
    return true;
  }

  async discard(): Promise<void> {
    await this.lastEdit;
    this.wanted = "";
    await this.edit(() => ({
      rangeOffset: this.tracked.start,
      rangeLength: this.tracked.length,
      text: "",
    }));
    this.dispose();
  }

  dispose(): void {
    if (this.isDisposed) return;
    this.isDisposed = true;
    this.subscription.dispose();
    this.decorate();
  }

  private startsWith(text: string): boolean {
    const { start } = this.tracked;
    const range = this.rangeOf(start, start + text.length);
    return this.document.getText(range) === text;
  }

  private changed(changes: readonly TextChange[]): void {
    const { pending } = this;
    const isOwn =
      pending !== undefined &&
      changes.length === 1 &&
      isSameChange(changes[0]!, pending);
    if (isOwn && pending.rangeOffset >= this.tracked.start) {
      const growth = pending.text.length - pending.rangeLength;
      this.tracked.set(this.tracked.start, this.tracked.end + growth);
      this.source.apply(changes);
      this.pending = undefined;
    } else {
      if (this.tracked.apply(changes) === "edit") {
        this.written = undefined;
        this.isMixed = true;
        if (!isOwn) this.options.onTouched();
      }
      const isSourceEdited = this.source.apply(changes) === "edit";
      if (isSourceEdited && !isOwn) this.options.onSourceChanged();
    }
    this.decorate();
  }

  /** At once for the first words, then with pauses; what comes meanwhile goes with it. */
  private flushSoon(): void {
    if (this.isFlushDue) return;
    this.isFlushDue = true;
    this.lastEdit = this.lastEdit
      .then(() => delay(Math.max(0, this.nextEditMs - performance.now())))
      .then(() => this.options.untilRowDrawn())
      .then(() => {
        this.isFlushDue = false;
        this.nextEditMs = performance.now() + EDIT_GAP_MS;
        return this.flush();
      });
  }

  /** Brings the document up to what is wanted; false where it cannot be edited. */
  private async flush(): Promise<boolean> {
    if (this.isDisposed) return false;
    if (this.written === this.wanted) return true;
    // The user's own words are not overwritten by a text that is still growing.
    if (this.written === undefined) return true;
    const isEdited = await this.edit(() => {
      const written = this.written ?? "";
      const kept = commonPrefixLength(written, this.wanted);
      return {
        rangeOffset: this.tracked.start + kept,
        rangeLength: this.tracked.length - kept,
        text: this.wanted.slice(kept),
      };
    });
    if (isEdited && this.options.isFollowed) this.follower.grown();
    this.options.onShown();
    return isEdited;
  }

  /** Replaces what stood in the range, edited by the user or not, at the next `show`. */
  takeOver(): void {
    this.written ??= this.document.getText(this.range);
  }

  /** One edit, tried again when the document changed meanwhile; waits for nothing when no editor shows the document. */
  private async edit(change: () => TextChange): Promise<boolean> {
    for (let tries = 0; tries < MAX_TRIES && !this.isDisposed; tries++) {
      const editor = this.editor();
      if (!editor && this.numEdits > 0 && this.wanted !== "") return false;
      const wanted = this.wanted;
      const next = change();
      if (next.rangeLength === 0 && next.text === "") return true;
      this.pending = next;
      const isDone = editor
        ? await this.editIn(editor, next)
        : await this.editUnseen(next);
      const isChanged = isDone && this.pending === undefined;
      this.pending = undefined;
      if (isChanged || (isDone && next.rangeOffset < this.tracked.start)) {
        this.numEdits++;
        if (this.written !== undefined) {
          this.written = wanted;
          this.isMixed = false;
        }
        return true;
      }
      if (isDone) {
        // VS Code says that it is done, and the document has not changed: it is read-only.
        this.options.onRefused();
        return false;
      }
    }
    return false;
  }

  private async editIn(
    editor: vscode.TextEditor,
    { rangeOffset, rangeLength, text }: TextChange,
  ): Promise<boolean> {
    const range = this.rangeOf(rangeOffset, rangeOffset + rangeLength);
    try {
      return await editor.edit((builder) => builder.replace(range, text), {
        undoStopBefore: this.numEdits === 0,
        undoStopAfter: false,
      });
    } catch {
      return false; // The editor was closed meanwhile.
    }
  }

  private async editUnseen({
    rangeOffset,
    rangeLength,
    text,
  }: TextChange): Promise<boolean> {
    if (this.document.isClosed) return false;
    const edit = new vscode.WorkspaceEdit();
    const range = this.rangeOf(rangeOffset, rangeOffset + rangeLength);
    edit.replace(this.document.uri, range, text);
    return vscode.workspace.applyEdit(edit);
  }

  private editor(): vscode.TextEditor | undefined {
    return vscode.window.visibleTextEditors.find(
      ({ document }) => document === this.document,
    );
  }

  private decorate(): void {
    const { decorations, place } = this.options;
    for (const editor of vscode.window.visibleTextEditors) {
      if (editor.document !== this.document) continue;
      const isShown = !this.isDisposed && this.tracked.length > 0;
      decorations.set(editor, this, {
        added: isShown ? this.range : undefined,
        replaced:
          isShown && place.replacesSource
            ? this.rangeOf(this.source.start, this.source.end)
            : undefined,
      });
    }
  }

  private rangeOf(start: number, end: number): vscode.Range {
    return new vscode.Range(
      this.document.positionAt(start),
      this.document.positionAt(end),
    );
  }
}

function isSameChange(a: TextChange, b: TextChange): boolean {
  return (
    a.rangeOffset === b.rangeOffset &&
    a.rangeLength === b.rangeLength &&
    a.text === b.text
  );
}

function commonPrefixLength(a: string, b: string): number {
  const limit = Math.min(a.length, b.length);
  let length = 0;
  while (length < limit && a[length] === b[length]) length++;
  return length;
}
