// Whether the model knows the language that a document is written in, so far as one can tell from the document: what it
// needs for the last few hundred characters. English, code, names and texts that mix languages are never asked about.

import type { MeasuredPiece } from "../protocol/generation";
import { writtenLanguage } from "../text/writtenLanguage";
import type { Generator } from "./generator";

/** Characters before the cursor that say what the language is. */
export const LANGUAGE_CHARACTERS = 600;
/** Characters before the cursor that are measured, some two hundred tokens: a few runs of the model. */
const MEASURED_CHARACTERS = 400;
const MEASURED_LARGE_CHARACTERS = 140;
/** What was measured holds so many characters further on or back. */
const HOLDS_CHARACTERS = 1_000;

/**
 * Bits per letter above which a model does not know a language well (`npm run bench -- languages`, docs/LOG.md). A model
 * needs 1.3 for a letter of a language that it knows as the embedded one knows English, and the embedded one 1.5 to 2.6
 * in others; a Chinese or Japanese letter says as much as three Latin ones.
 */
const MAX_BITS_PER_LETTER = 1.45;
const MAX_BITS_OF_LARGE_LETTERS: Readonly<Record<string, number>> = {
  zh: 3.7,
  ja: 3.4,
  ko: 3,
};
/** Letters of these alone count: what stands between them is Latin and cheap. */
const LARGE_LETTERS =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}]/gu;

interface Knowledge {
  language: string;
  offset: number;
  isKnown: Promise<boolean>;
}

/** Remembers for each document whether its language is known. */
export class LanguageKnowledge {
  private readonly documents = new Map<string, Knowledge>();

  constructor(private readonly generator: Generator) {}

  /**
   * The language at the end of `textBefore` where the model does not know it well; undefined where it does, at once where
   * nothing has to be asked.
   */
  unknownAt(
    { documentKey, textBefore }: { documentKey: string; textBefore: string },
    signal: AbortSignal,
  ): Promise<string | undefined> | undefined {
    if (!this.generator.measureText) return undefined;
    const language = writtenLanguage(textBefore.slice(-LANGUAGE_CHARACTERS));
    if (language === undefined) return undefined;
    let knowledge = this.documents.get(documentKey);
    const offset = textBefore.length;
    const holds =
      knowledge?.language === language &&
      Math.abs(knowledge.offset - offset) <= HOLDS_CHARACTERS;
    if (!knowledge || !holds) {
      const isKnown = this.measure(language, { documentKey, textBefore });
      knowledge = { language, offset, isKnown };
      this.documents.set(documentKey, knowledge);
      // A model that cannot answer says so when it is asked for a suggestion.
      isKnown.catch(() => this.documents.delete(documentKey));
    }
    const known = knowledge.isKnown.catch(() => true);
    return orAborted(known, signal).then((isKnown) =>
      isKnown ? undefined : language,
    );
  }

  forget(documentKey: string): void {
    this.documents.delete(documentKey);
  }

  /** Forgets everything, as when the model has changed. */
  clear(): void {
    this.documents.clear();
  }

  /** Not bound to one cursor's signal: the next cursor asks the same. */
  private async measure(
    language: string,
    { documentKey, textBefore }: { documentKey: string; textBefore: string },
  ): Promise<boolean> {
    const pieces = await this.generator.measureText!(
      {
        text: measuredText(language, textBefore),
        cacheKey: documentKey,
      },
      new AbortController().signal,
    );
    return isKnown(language, pieces);
  }
}

/** What of a text is measured. */
export function measuredText(language: string, textBefore: string): string {
  const characters =
    language in MAX_BITS_OF_LARGE_LETTERS
      ? MEASURED_LARGE_CHARACTERS
      : MEASURED_CHARACTERS;
  return textBefore.slice(-characters);
}

/** Whether a model that needs these bits for a text knows its language. */
export function isKnown(
  language: string,
  pieces: readonly MeasuredPiece[],
): boolean {
  const max = MAX_BITS_OF_LARGE_LETTERS[language] ?? MAX_BITS_PER_LETTER;
  return bitsPerLetter(language, pieces) <= max;
}

/** Over the pieces that have letters of the language; 0 where none has. */
export function bitsPerLetter(
  language: string,
  pieces: readonly MeasuredPiece[],
): number {
  const numLetters = (text: string) =>
    language in MAX_BITS_OF_LARGE_LETTERS
      ? (text.match(LARGE_LETTERS)?.length ?? 0)
      : text.length;
  const own = pieces.filter(({ text }) => numLetters(text) > 0);
  const letters = own.reduce((sum, { text }) => sum + numLetters(text), 0);
  const bits = own.reduce((sum, piece) => sum + piece.bits, 0);
  return letters === 0 ? 0 : bits / letters;
}

/** What `known` says, or true as soon as nobody waits for it any more. */
function orAborted(
  known: Promise<boolean>,
  signal: AbortSignal,
): Promise<boolean> {
  return new Promise((resolve) => {
    const abort = () => resolve(true);
    if (signal.aborted) abort();
    signal.addEventListener("abort", abort, { once: true });
    void known.then((isKnown) => {
      signal.removeEventListener("abort", abort);
      resolve(isKnown);
    });
  });
}
