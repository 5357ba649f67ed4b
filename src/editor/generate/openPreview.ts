// Chooses where a result is shown while it is written: in the document, or beside where text must not stand half-done.

import * as vscode from "vscode";
import type { ActiveGenerations } from "./activeGenerations";
import type { PreviewDecorations } from "./decorations";
import type { GenerationLenses } from "./generationLenses";
import { InlinePreview } from "./inlinePreview";
import type { Place } from "./place";
import type { Preview } from "./preview";
import type { GenerationSession } from "./session";
import type { SidePreviews } from "./sidePreview";
import { TrackedRange } from "./trackedRange";

/** How long a remark stays in the status bar. */
const TOLD_MS = 10_000;

/** Opens previews. */
export class OpenPreview {
  constructor(
    private readonly parts: {
      decorations: PreviewDecorations;
      side: SidePreviews;
      generations: ActiveGenerations;
      lenses: GenerationLenses;
    },
  ) {}

  /** A preview beside; `finish` puts an accepted text where it belongs, `onClosed` is told when nothing will come. */
  beside(
    title: string,
    finish: (text: string) => Promise<boolean>,
    { onClosed = () => {} }: { onClosed?: () => void } = {},
  ): Promise<Preview> {
    return this.parts.side.open(title, { finish, onClosed });
  }

  /** A preview at a place of a document, or beside and inserted there when it is accepted. */
  async at(
    editor: vscode.TextEditor,
    {
      place,
      title,
      isAboutSource,
      isFollowed,
    }: {
      place: Place;
      title: string;
      isAboutSource: boolean;
      /** Whether the view goes along with the text: with one of those that are written at once. */
      isFollowed: boolean;
    },
  ): Promise<(session: GenerationSession) => Preview> {
    const { document } = editor;
    const { decorations, generations, lenses } = this.parts;
    const onSourceChanged = onceIf(isAboutSource, () =>
      tellOfChange(place.replacesSource),
    );
    if (mustStandBeside(document)) {
      const target = new LaterInsertion(document, { place, onSourceChanged });
      const preview = await this.beside(title, (text) => target.insert(text), {
        onClosed: () => target.dispose(),
      });
      return () => preview;
    }
    return (session) =>
      new InlinePreview({
        document,
        place,
        decorations,
        isFollowed,
        untilRowDrawn: () => lenses.untilDrawn(document),
        onTouched: () => session.stop(),
        onSourceChanged,
        onRefused: () => {
          session.stop();
          void vscode.window.showWarningMessage(
            vscode.l10n.t("Inkling: this document cannot be changed"),
          );
          const own = generations.all.find((each) => each.session === session);
          if (!own) return;
          session.close();
          own.preview.dispose();
          generations.remove(own);
        },
        onShown: () => generations.changed(),
      });
  }
}

/** Files that VS Code saves by itself, and those of a file system that cannot be written. */
function mustStandBeside(document: vscode.TextDocument): boolean {
  const isSaved = !document.isUntitled;
  const autoSave = vscode.workspace
    .getConfiguration("files", document)
    .get<string>("autoSave", "off");
  const isWritable =
    vscode.workspace.fs.isWritableFileSystem(document.uri.scheme) ?? true;
  return isSaved && (autoSave !== "off" || !isWritable);
}

/** Calls `act` the first time alone, and never where there is no reason to. */
function onceIf(isWanted: boolean, act: () => void): () => void {
  let isDue = isWanted;
  return () => {
    if (isDue) act();
    isDue = false;
  };
}

/** The result was asked for about other words than those that stand there now. */
function tellOfChange(replacesSource: boolean): void {
  vscode.window.setStatusBarMessage(
    replacesSource
      ? vscode.l10n.t(
          "Inkling: the text was changed; accepting replaces it as it is now",
        )
      : vscode.l10n.t(
          "Inkling: the text was changed; the result is about what it was",
        ),
    TOLD_MS,
  );
}

/** A place that follows the document until a text is inserted there, in one edit. */
class LaterInsertion {
  private readonly at: TrackedRange;
  private readonly source: TrackedRange;
  private readonly subscription: vscode.Disposable;

  private readonly place: Place;

  constructor(
    private readonly document: vscode.TextDocument,
    { place, onSourceChanged }: { place: Place; onSourceChanged(): void },
  ) {
    this.place = place;
    this.at = new TrackedRange(place.offset, place.offset);
    this.source = new TrackedRange(place.source.start, place.source.end);
    this.subscription = vscode.workspace.onDidChangeTextDocument((event) => {
      if (event.document !== document) return;
      this.at.apply(event.contentChanges);
      if (this.source.apply(event.contentChanges) === "edit") onSourceChanged();
    });
  }

  async insert(text: string): Promise<boolean> {
    const { document, place } = this;
    const target = place.replacesSource ? this.source : this.at;
    const eol = document.eol === vscode.EndOfLine.CRLF ? "\r\n" : "\n";
    const whole = place.replacesSource
      ? text
      : `${place.before}${text}${place.after}`;
    const edit = new vscode.WorkspaceEdit();
    edit.replace(
      document.uri,
      new vscode.Range(
        document.positionAt(target.start),
        document.positionAt(target.end),
      ),
      whole.replaceAll("\n", eol),
    );
    const isDone =
      !document.isClosed && (await vscode.workspace.applyEdit(edit));
    if (!isDone) {
      void vscode.window.showWarningMessage(
        vscode.l10n.t(
          "Inkling: the document cannot be changed; the text stays in the preview to be copied",
        ),
      );
    }
    return isDone;
  }

  dispose(): void {
    this.subscription.dispose();
  }
}
