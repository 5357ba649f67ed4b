// Which passage of another document stands in front of each document's prompt. It is picked when the prompt has to be
// read anew anyway and never in between, so that the keys and values of the prompt so far are reused.

import { findSimilarPassage, type OpenDocument } from "./similarPassage";

/** A short document gets another passage once it has grown to so many times what it was. */
const GROWTH = 2;
const MIN_GROWTH_CHARACTERS = 200;

/** The passages of all documents that are being written in. */
export class SimilarPassages {
  private readonly picked = new Map<
    string,
    { passage: string; promptCharacters: number }
  >();

  /** What stands in front of a document's prompt, with the empty line behind it. */
  of(documentKey: string): string {
    const passage = this.picked.get(documentKey)?.passage ?? "";
    return passage === "" ? "" : `${passage}\n\n`;
  }

  /** Picks again if the prompt begins elsewhere now, or has grown much since; answers whether another one was picked. */
  renew({
    documentKey,
    textBefore,
    promptCharacters,
    hasMoved,
    openDocuments,
  }: {
    documentKey: string;
    textBefore: string;
    promptCharacters: number;
    hasMoved: boolean;
    openDocuments: () => readonly OpenDocument[];
  }): boolean {
    const last = this.picked.get(documentKey);
    const hasGrown =
      last !== undefined &&
      promptCharacters >=
        GROWTH * last.promptCharacters + MIN_GROWTH_CHARACTERS;
    if (last && !hasMoved && !hasGrown) return false;
    const passage = findSimilarPassage(textBefore, {
      documents: openDocuments(),
      previous: last?.passage ?? "",
    });
    this.picked.set(documentKey, { passage, promptCharacters });
    return passage !== (last?.passage ?? "");
  }

  forget(documentKey: string): void {
    this.picked.delete(documentKey);
  }

  clear(): void {
    this.picked.clear();
  }
}
