// A preview in a read-only document beside, for text that must not stand half-done: where files are saved by
// themselves, for a commit message, for documents that take no edits. Accepting inserts it in one edit.

import * as vscode from "vscode";
import type { Preview } from "./preview";
import { ViewFollower } from "./viewFollower";

const SCHEME = "inkling-preview";
/** VS Code draws a changed document anew each time. */
const REDRAW_MS = 100;

/** The documents of all side previews. */
export class SidePreviews
  implements vscode.TextDocumentContentProvider, vscode.Disposable
{
  private readonly emitter = new vscode.EventEmitter<vscode.Uri>();
  readonly onDidChange = this.emitter.event;
  private readonly texts = new Map<string, string>();
  private readonly registration =
    vscode.workspace.registerTextDocumentContentProvider(SCHEME, this);
  private numOpened = 0;

  constructor(
    /** Done once the row above the text says what can be done with it now. */
    private readonly untilRowDrawn: (
      document: vscode.TextDocument,
    ) => Promise<void>,
  ) {}

  provideTextDocumentContent(uri: vscode.Uri): string {
    return this.texts.get(uri.toString()) ?? "";
  }

  /** Opens an empty preview beside the editor in front; `finish` puts an accepted text where it belongs. */
  async open(
    title: string,
    {
      finish,
      onClosed,
    }: { finish(text: string): Promise<boolean>; onClosed(): void },
  ): Promise<Preview> {
    const uri = vscode.Uri.from({
      scheme: SCHEME,
      path: `/${++this.numOpened}/${title.replaceAll("/", "-")}.md`,
    });
    this.texts.set(uri.toString(), "");
    const document = await vscode.workspace.openTextDocument(uri);
    await vscode.window.showTextDocument(document, {
      viewColumn: vscode.ViewColumn.Beside,
      preserveFocus: true,
      preview: false,
    });
    return new SidePreview(document, {
      write: (text) => this.write(uri, text),
      untilRowDrawn: () => this.untilRowDrawn(document),
      finish,
      forget: () => {
        this.texts.delete(uri.toString());
        onClosed();
      },
    });
  }

  dispose(): void {
    this.registration.dispose();
    this.emitter.dispose();
  }

  private write(uri: vscode.Uri, text: string): void {
    this.texts.set(uri.toString(), text);
    this.emitter.fire(uri);
  }
}

class SidePreview implements Preview {
  private text = "";
  private isDisposed = false;
  private timer: NodeJS.Timeout | undefined;
  private readonly subscription: vscode.Disposable;

  constructor(
    readonly document: vscode.TextDocument,
    private readonly owner: {
      write(text: string): void;
      untilRowDrawn(): Promise<void>;
      finish(text: string): Promise<boolean>;
      forget(): void;
    },
  ) {
    const follower = new ViewFollower(
      document,
      () => document.getText().length,
    );
    this.subscription = vscode.Disposable.from(
      follower,
      vscode.workspace.onDidChangeTextDocument((event) => {
        if (event.document === document) follower.grown();
      }),
    );
  }

  get range(): vscode.Range {
    return new vscode.Range(0, 0, this.document.lineCount, 0);
  }

  show(text: string): void {
    this.text = text;
    this.timer ??= setTimeout(() => {
      void this.owner.untilRowDrawn().then(() => {
        this.timer = undefined;
        if (!this.isDisposed) this.owner.write(this.text);
      });
    }, REDRAW_MS);
  }

  settled(): Promise<void> {
    return Promise.resolve();
  }

  async accept(): Promise<boolean> {
    if (!(await this.owner.finish(this.text))) return false;
    await this.close();
    return true;
  }

  async discard(): Promise<void> {
    await this.close();
  }

  dispose(): void {
    this.isDisposed = true;
    clearTimeout(this.timer);
    this.subscription.dispose();
    this.owner.forget();
  }

  private async close(): Promise<void> {
    this.dispose();
    const tabs = vscode.window.tabGroups.all
      .flatMap((group) => group.tabs)
      .filter(
        ({ input }) =>
          input instanceof vscode.TabInputText &&
          input.uri.toString() === this.document.uri.toString(),
      );
    await vscode.window.tabGroups.close(tabs);
  }
}
