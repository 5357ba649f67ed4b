// What stays of the documents: no paragraph twice, nothing of texts that are kept for measuring elsewhere, no secrets,
// no documents that are nearly the same, none in another language, none that is mostly code, links or numbers.

import {
  groupNearDuplicates,
  sketchText,
} from "../../src/documents/nearDuplicates";
import { isGeneratedText } from "../../src/documents/generatedFiles";
import { holdsSecret } from "../../src/documents/secretText";
import { hashText } from "../../src/common/random";
import type { Kind } from "./sources";

/** A cleaned document on its side. */
export interface CorpusDocument {
  source: string;
  path: string;
  kind: Kind;
  heldOut: boolean;
  text: string;
}

/** Shorter paragraphs ("Thank you.", "## Usage") repeat by themselves. */
const MIN_REPEATED_CHARACTERS = 60;

/** Leaves out paragraphs that stood in an earlier document; `seen` grows. */
export function dropRepeated(text: string, seen: Set<string>): string {
  return filterParagraphs(text, (paragraph) => {
    const key = paragraph
      .toLowerCase()
      .replace(/[^\p{L}\p{N}]+/gu, " ")
      .trim();
    if (key.length < MIN_REPEATED_CHARACTERS) return true;
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}

const SHINGLE_WORDS = 8;

/** Runs of eight words of a text, hashed. */
export function shinglesOf(text: string): number[] {
  const words = text.toLowerCase().match(/[\p{L}\p{N}_]+/gu) ?? [];
  const shingles: number[] = [];
  for (let start = 0; start + SHINGLE_WORDS <= words.length; start++) {
    shingles.push(
      hashText(words.slice(start, start + SHINGLE_WORDS).join(" ")),
    );
  }
  return shingles;
}

/** Of a paragraph's runs of words; licences and common phrases share one or two. */
const MAX_KNOWN_SHINGLES = 2;

/** Leaves out paragraphs that stand in texts kept for measuring. */
export function dropKnown(text: string, known: ReadonlySet<number>): string {
  return filterParagraphs(text, (paragraph) => {
    const shared = shinglesOf(paragraph).filter((each) => known.has(each));
    return shared.length <= MAX_KNOWN_SHINGLES;
  });
}

function filterParagraphs(
  text: string,
  keeps: (paragraph: string) => boolean,
): string {
  return text
    .split(/\n{2,}/)
    .filter(keeps)
    .join("\n\n");
}

const MIN_CHARACTERS = 300;
const MIN_CODE_CHARACTERS = 1200;
const MIN_LETTER_SHARE = 0.6;
const MAX_FOREIGN_SHARE = 0.02;
const MAX_FENCED_SHARE = 0.55;
const MIN_COMMENT_SHARE = 0.12;

/** Why a document is left out, or undefined. */
export function judgeDocument({
  kind,
  text,
}: Pick<CorpusDocument, "kind" | "text">): string | undefined {
  const isCode = kind === "code";
  if (text.length < (isCode ? MIN_CODE_CHARACTERS : MIN_CHARACTERS)) {
    return "too short";
  }
  if (holdsSecret(text)) return "secret";
  if (isGeneratedText(text)) return "generated";
  if ((text.match(/fastify/gi)?.length ?? 0) > 1) return "of fastify";
  if (shareOf(text, /[\u0250-\u1fff\u3000-\uffdc]/g) > MAX_FOREIGN_SHARE) {
    return "another language";
  }
  if (isCode) {
    return commentShare(text) < MIN_COMMENT_SHARE ? "few comments" : undefined;
  }
  if (shareOf(text, /[a-z ]/gi) < MIN_LETTER_SHARE) return "few letters";
  const fenced = text.match(/^```[^]*?^```/gm)?.join("") ?? "";
  return fenced.length > MAX_FENCED_SHARE * text.length
    ? "mostly code"
    : undefined;
}

function shareOf(text: string, form: RegExp): number {
  return (text.match(form)?.length ?? 0) / text.length;
}

/** Of the lines that are not empty, roughly, for all languages alike. */
export function commentShare(code: string): number {
  const lines = code.split("\n").filter((line) => line.trim() !== "");
  let isInside: string | undefined;
  const comments = lines.filter((line) => {
    const trimmed = line.trim();
    if (isInside !== undefined) {
      if (trimmed.endsWith(isInside)) isInside = undefined;
      return true;
    }
    const quote = /^[rbu]?("""|''')/.exec(trimmed)?.[1];
    if (quote !== undefined) {
      if (trimmed.indexOf(quote, 4) < 0) isInside = quote;
      return true;
    }
    if (trimmed.startsWith("/*")) {
      if (!trimmed.includes("*/")) isInside = "*/";
      return true;
    }
    return /^(?:\/\/|#(?!include|define|if|else|endif|pragma|region|\[)|\*)/.test(
      trimmed,
    );
  });
  return comments.length / Math.max(1, lines.length);
}

/** Documents of which none is nearly another: of those that are alike the first stays. */
export function dropNearDuplicates(
  documents: readonly CorpusDocument[],
): CorpusDocument[] {
  const groups = groupNearDuplicates(
    documents.map(({ text }) => sketchText(text)),
  );
  return documents.filter((_, index) => groups[index] === index);
}

/** Cuts at paragraphs, so that no piece is much longer than `maxCharacters`. */
export function cutLong(text: string, maxCharacters: number): string[] {
  if (text.length <= maxCharacters) return [text];
  const numPieces = Math.ceil(text.length / maxCharacters);
  const wanted = text.length / numPieces;
  const pieces: string[] = [];
  let piece = "";
  for (const paragraph of text.split(/(?<=\n)\n+/)) {
    if (piece !== "" && piece.length + paragraph.length / 2 > wanted) {
      pieces.push(piece);
      piece = "";
    }
    piece += (piece === "" ? "" : "\n") + paragraph;
  }
  pieces.push(piece);
  return pieces;
}
