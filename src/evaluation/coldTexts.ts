// Beginnings of documents and single paragraphs, each as a text of its own with nothing before it: what somebody meets
// who opens an empty file.

import { drawSample, seededRandom } from "../common/random";
import { findParagraphs, type EvaluationDocument } from "./plan";

/** A text is no longer cold when so much of it stands there. */
const MAX_CHARACTERS = 200;
const MIN_CHARACTERS = 40;

/** As many such texts, drawn by a seed, as come to `characters`; they are named after their documents. */
export function coldTexts(
  documents: readonly EvaluationDocument[],
  { characters, seed }: { characters: number; seed: number },
): EvaluationDocument[] {
  const texts = documents.flatMap((document) => {
    const { name, text } = document;
    const starts = findParagraphs(text).map(({ start, end }) => ({
      start,
      // A document begins with its heading and goes on.
      text: cutAtWord(start === 0 ? text : text.slice(start, end)),
    }));
    return starts
      .filter((each) => each.text.length >= MIN_CHARACTERS)
      .map((each) => ({
        ...document,
        name: `${name}, from ${each.start}`,
        text: each.text,
      }));
  });
  return drawSample(texts, {
    count: Math.ceil(characters / MAX_CHARACTERS),
    random: seededRandom(seed),
  });
}

/** The first characters, ended before a word that does not fit. */
function cutAtWord(text: string): string {
  const trimmed = text.trimEnd();
  if (trimmed.length <= MAX_CHARACTERS) return trimmed;
  return trimmed.slice(0, MAX_CHARACTERS + 1).replace(/\s+\S*$/, "");
}
