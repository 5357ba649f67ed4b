// The generations of this window: each a session with its preview. Says which one a command means, keeps the context
// keys that the menus and keys ask for, and ends what loses its document.

import * as vscode from "vscode";
import type { Preview } from "./preview";
import type { GenerationSession } from "./session";

/** One place's results and how they are shown. */
export interface ActiveGeneration {
  id: number;
  title: string;
  session: GenerationSession;
  preview: Preview;
}

/** Holds what is under way or waits to be accepted. */
export class ActiveGenerations implements vscode.Disposable {
  private readonly emitter = new vscode.EventEmitter<void>();
  /** Fires when one comes, goes or changes. */
  readonly onDidChange = this.emitter.event;
  private readonly list = new Set<ActiveGeneration>();
  /** The context keys as they were set last. */
  private readonly context = new Map<string, boolean>();
  private readonly subscription = vscode.Disposable.from(
    vscode.window.onDidChangeActiveTextEditor(() => this.tellContext()),
    vscode.workspace.onDidCloseTextDocument((document) =>
      this.documentClosed(document),
    ),
  );

  get all(): readonly ActiveGeneration[] {
    return [...this.list];
  }

  add(generation: ActiveGeneration): void {
    this.list.add(generation);
    this.changed();
  }

  remove(generation: ActiveGeneration): void {
    this.list.delete(generation);
    this.changed();
  }

  /** To be called when a session or its preview has changed. */
  changed(): void {
    this.emitter.fire();
    this.tellContext();
  }

  in(document: vscode.TextDocument): ActiveGeneration[] {
    return this.all.filter(({ preview }) => preview.document === document);
  }

  /** The ones that a command is about: by id from a code lens, else at the cursors, else all in the document in front. */
  meant(id: unknown): readonly ActiveGeneration[] {
    if (typeof id === "number")
      return this.all.filter((each) => each.id === id);
    const editor = vscode.window.activeTextEditor;
    if (!editor) return this.all;
    const here = this.in(editor.document);
    if (here.length === 0) return this.all;
    const atCursor = here.filter(({ preview }) =>
      editor.selections.some(
        (selection) => preview.range.intersection(selection) !== undefined,
      ),
    );
    return atCursor.length > 0 ? atCursor : here;
  }

  dispose(): void {
    this.subscription.dispose();
    for (const { session, preview } of this.list) {
      session.close();
      preview.dispose();
    }
    this.list.clear();
    this.emitter.dispose();
  }

  private documentClosed(document: vscode.TextDocument): void {
    const closed = this.in(document);
    // A preview beside is closed also by accepting and discarding it.
    const wasWriting = closed.some(({ session }) => session.isWriting);
    for (const generation of closed) {
      generation.session.close();
      generation.preview.dispose();
      this.list.delete(generation);
    }
    if (closed.length === 0) return;
    if (wasWriting) {
      vscode.window.setStatusBarMessage(
        vscode.l10n.t("Inkling: stopped, since the document was closed"),
        5_000,
      );
    }
    this.changed();
  }

  private tellContext(): void {
    const document = vscode.window.activeTextEditor?.document;
    const here = document ? this.in(document) : [];
    this.setContext("isHere", here.length > 0);
    this.setContext(
      "isWriting",
      here.some(({ session }) => session.isWriting),
    );
    this.setContext(
      "hasSeveral",
      here.some(({ session }) => session.results.length > 1),
    );
  }

  /** Only what has changed: it is asked for with each word that is written, and VS Code looks at all its keys then. */
  private setContext(name: string, value: boolean): void {
    if (this.context.get(name) === value) return;
    this.context.set(name, value);
    const key = `inkling.generation.${name}`;
    void vscode.commands.executeCommand("setContext", key, value);
  }
}
