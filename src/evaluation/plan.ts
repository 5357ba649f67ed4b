// Chooses by a seed where a writer is simulated: spans that are typed character by character, and words at
// whose first letters the next word is asked for. Everything before a span stands in the document already.

import { seededRandom, drawSample } from "../common/random";

/** A text that is typed. */
export interface EvaluationDocument {
  /** Unique among the documents, such as the path. */
  name: string;
  languageId: string;
  text: string;
}

/** Characters `start` up to `end` of a document. */
export interface Span {
  documentIndex: number;
  start: number;
  end: number;
}

/** A word of a document. */
export interface SampledWord {
  documentIndex: number;
  start: number;
  end: number;
}

/** What is asked in one pass. */
export interface EvaluationPlan {
  spans: Span[];
  words: SampledWord[];
}

/** Letters of a word that are typed at the most before its rest is asked for. */
export const MAX_TYPED_LETTERS = 3;
const SPAN_CHARACTERS = 1500;
/** Shorter words would be typed whole by the last of the asked letters. */
const MIN_WORD_LETTERS = MAX_TYPED_LETTERS + 1;

/** A plan with about `sample` positions at words, and spans of `characters` characters or a little more. */
export function planEvaluation(
  documents: readonly EvaluationDocument[],
  {
    sample,
    characters,
    seed,
  }: { sample: number; characters: number; seed: number },
): EvaluationPlan {
  const random = seededRandom(seed);
  const words = drawSample(documents.flatMap(findWords), {
    count: Math.ceil(sample / (MAX_TYPED_LETTERS + 1)),
    random,
  });
  const spans = drawSample(documents.flatMap(cutIntoSpans), {
    count: Math.ceil(characters / SPAN_CHARACTERS),
    random,
  });
  return { words: words.sort(inOrder), spans: spans.sort(inOrder) };
}

/** The positions of a plan in the order of the text, each once. */
export function positionsOf(
  plan: EvaluationPlan,
  documentIndex: number,
): number[] {
  const positions = new Set<number>();
  for (const { start, end } of plan.spans.filter(isOf(documentIndex))) {
    for (let position = start; position < end; position++) {
      positions.add(position);
    }
  }
  for (const { start } of plan.words.filter(isOf(documentIndex))) {
    for (let letters = 0; letters <= MAX_TYPED_LETTERS; letters++) {
      positions.add(start + letters);
    }
  }
  // Nothing can be asked where nothing stands.
  positions.delete(0);
  return [...positions].sort((a, b) => a - b);
}

function findWords(
  { text }: EvaluationDocument,
  documentIndex: number,
): SampledWord[] {
  const pattern = new RegExp(`(?<=\\s)\\p{L}{${MIN_WORD_LETTERS},}`, "gu");
  return [...text.matchAll(pattern)].map((match) => ({
    documentIndex,
    start: match.index,
    end: match.index + match[0].length,
  }));
}

/** Spans of whole paragraphs that cover the document. */
function cutIntoSpans(
  { text }: EvaluationDocument,
  documentIndex: number,
): Span[] {
  const spans: Span[] = [];
  let start = 0;
  for (const { end } of findParagraphs(text)) {
    if (end - start >= SPAN_CHARACTERS || end === text.length) {
      spans.push({ documentIndex, start, end });
      start = end;
    }
  }
  return spans;
}

/** The paragraphs of a text, each with the empty lines behind it. One line a paragraph where there are no empty lines. */
export function findParagraphs(text: string): { start: number; end: number }[] {
  const hasEmptyLines = /\S\n[ \t]*\n/.test(text);
  const pattern = hasEmptyLines ? /\n[ \t]*(?:\n[ \t]*)+(?=\S|$)/g : /\n+/g;
  const paragraphs: { start: number; end: number }[] = [];
  let start = 0;
  for (const match of text.matchAll(pattern)) {
    const end = match.index + match[0].length;
    paragraphs.push({ start, end });
    start = end;
  }
  if (start < text.length) paragraphs.push({ start, end: text.length });
  return paragraphs;
}

function isOf(documentIndex: number) {
  return (part: { documentIndex: number }) =>
    part.documentIndex === documentIndex;
}

function inOrder(a: Span, b: Span): number {
  return a.documentIndex - b.documentIndex || a.start - b.start;
}
