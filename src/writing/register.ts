// In which register a text goes on (sentences, items of a list, lines of code), what a next part of it is, and what a
// reader would not keep of a part. Pure: knows neither model nor editor.

import { isCode } from "../completion/codeForm";
import { findMarkdownForm, isMarkdown } from "../completion/markdownForm";
import type { StopAt } from "../protocol/generation";
import { findSentenceEnd } from "../text/sentenceEnd";
import { findLoopStart } from "./naturalEnd";

/** What a text is made of where it ends: sentences, items, lines of code, or a single line as of a heading. */
export type Register = "sentences" | "items" | "code" | "line";

/** A place in a text that goes on there. */
export interface WritingPlace {
  /** All text before the place. */
  textBefore: string;
  languageId: string;
}

/** The next sentence, item or line of code, with the white space that sets it apart from what stands before it. */
export interface Part {
  gap: string;
  text: string;
  /** The text's paragraph, list or block ends behind it. */
  isLast: boolean;
}

/** Why a part is not kept. */
export type PartFault =
  "unfinished" | "markup" | "made-up" | "repetition" | "other-register";

const ITEM = /^[ \t]*(?:[-*+•]|\d+[.)])(?:[ \t]|$)/;
const FENCE = /^[ \t]*(?:```|~~~)/;
const FENCED = /^(```|~~~)[^\n]*\n[^]+?\n\1(?=\n|$)/;
const CLOSES_BLOCK = /^\s*(?:[)\]}]+[;,)]*|end|fi|done)$/;
/** Markup and turns of a chat that a text takes up only where it has some. */
const MARKUP = [
  /^[ \t]*#{1,6}[ \t]/m,
  /^[ \t]*(?:```|~~~)/m,
  /^[ \t]*\|/m,
  /^[ \t]*(?:[-*_=][ \t]*){3,}$/m,
  /^[ \t]*(?:[-*+•]|\d+[.)])[ \t]/m,
  /^[ \t]*>/m,
  /\*\*|__/,
  /!?\[[^\]]*\]\(/,
  /<\/?[a-z][^>]*>|<\|/i,
  /^[ \t]*(?:\*\*)?(?:[QA]|user|assistant|question|answer)\s?:/im,
];
/** Addresses and numbers that nobody has named, and blanks to be filled in. */
const NAMED = [
  /(?:https?:\/\/|www\.)[^\s)>\]]+/gi,
  /[\w.+-]+@[\w-]+\.\w+/g,
  /\+?\d[\d ()/-]{7,}\d/g,
  /\[[^\]\n]{2,40}\](?!\()/g,
  /`[^`\n]+`/g,
  /[$€£]\s?\d[\d.,]*|\d[\d.,]*\s?%|\b(?:1[89]|20)\d\d\b/g,
];
/** A part with so many of its words in one that stands there says it again. */
const SAME_WORDS = 0.75;
const MIN_COMPARED_WORDS = 4;
/** So much of the text before is compared with. */
const MAX_COMPARED_CHARACTERS = 4000;

/** The register of the place. */
export function registerOf({ textBefore, languageId }: WritingPlace): Register {
  const form = isMarkdown(languageId) ? findMarkdownForm(textBefore) : "prose";
  if (form === "fence" || isCode({ textBefore, languageId })) return "code";
  if (form === "heading" || form === "table" || form === "front-matter") {
    return "line";
  }
  return ITEM.test(lastLine(textBefore.trimEnd() === "" ? "" : textBefore))
    ? "items"
    : "sentences";
}

/** Where the model may pause, so that no more is written than one part. */
export function stopAtOf(register: Register): StopAt {
  switch (register) {
    case "sentences":
      return "sentence";
    case "code":
      return "paragraph";
    case "items":
    case "line":
      return "line";
  }
}

/**
 * The part at the beginning of `raw`, which goes on from the place; undefined where more has to be written to know it.
 * `isDone` tells that nothing more comes.
 */
export function readPart(
  raw: string,
  {
    place,
    register,
    isDone,
  }: { place: WritingPlace; register: Register; isDone: boolean },
): Part | undefined {
  const space = /^\s*\n/.exec(raw)?.[0] ?? "";
  const body = raw.slice(space.length);
  const gap = space.replace(/[^\n]/g, "");
  if (register === "code") {
    if (body.trim() === "" && !isDone) return undefined;
    return { gap, text: cutAtBlock(body, place.textBefore), isLast: true };
  }
  if (body.trim() === "") {
    return isDone ? { gap, text: "", isLast: true } : undefined;
  }
  if (register !== "sentences") {
    const end = body.indexOf("\n");
    if (end < 0 && !isDone) return undefined;
    const text = (end < 0 ? body : body.slice(0, end)).trimEnd();
    return { gap, text, isLast: end < 0 || register === "line" };
  }
  if (FENCE.test(body)) {
    const fenced = FENCED.exec(body)?.[0];
    if (fenced === undefined && !isDone) return undefined;
    return { gap, text: fenced ?? body.trimEnd(), isLast: true };
  }
  const end = sentenceEndIn(body, gap === "" ? lastLine(place.textBefore) : "");
  const paragraphEnd = /\n[ \t]*\n/.exec(body)?.index;
  if (end === undefined || (paragraphEnd ?? Infinity) < end) {
    if (paragraphEnd === undefined && !isDone) return undefined;
    return { gap, text: body.slice(0, paragraphEnd).trimEnd(), isLast: true };
  }
  const rest = body.slice(end);
  return {
    gap,
    text: body.slice(0, end),
    isLast: isWrapped(place.textBefore)
      ? /^[ \t]*\n[ \t]*\n/.test(rest)
      : /^[ \t]*\n/.test(rest) || (isDone && rest.trim() === ""),
  };
}

/** What is wrong with a part that goes on from the place. */
export function faultOf(
  { gap, text }: Part,
  { place, register }: { place: WritingPlace; register: Register },
): PartFault | undefined {
  const { textBefore } = place;
  const whole = gap === "" ? lastLine(textBefore) + text : text;
  const isName = (found: string) => !textBefore.includes(found);
  switch (register) {
    case "items":
      if (!ITEM.test(whole)) return "other-register";
      if (whole.replace(ITEM, "").trim() === "") return "unfinished";
      break;
    case "sentences":
      if (FENCE.test(text)) return fenceFault(text, { gap, place });
      if (sentenceEndIn(text, "") !== text.length) return "unfinished";
      break;
    case "code":
      return FENCE.test(text) ? "other-register" : undefined;
    case "line":
      break;
  }
  // In the middle of a line no mark begins one.
  const isWithin = gap === "" && lastLine(textBefore).trim() !== "";
  const own = isWithin ? `·${text}` : text.replace(ITEM, "");
  if (MARKUP.some((mark) => mark.test(own) && !mark.test(textBefore))) {
    return "markup";
  }
  const names = NAMED.flatMap((pattern) => own.match(pattern) ?? []);
  if (names.some(isName)) return "made-up";
  const begun = gap === "" ? begunPart(textBefore) : "";
  const textAbove = textBefore.slice(0, textBefore.length - begun.length);
  return isSaidAgain(begun + text, textAbove) ||
    findLoopStart(text, textBefore) !== undefined
    ? "repetition"
    : undefined;
}

/** Commands and examples of a Markdown document stand in fences of their own, which are whole and short. */
function fenceFault(
  text: string,
  { gap, place }: { gap: string; place: WritingPlace },
): PartFault | undefined {
  const isOnOwnLine = gap !== "" || lastLine(place.textBefore) === "";
  if (!isMarkdown(place.languageId) || !isOnOwnLine) return "markup";
  return FENCED.exec(text)?.[0] === text ? undefined : "unfinished";
}

/** The code up to the end of the block in which it began: a line that closes it, is indented less, or is empty. */
function cutAtBlock(code: string, textBefore: string): string {
  const block = indentOf(lastLine(textBefore));
  const isInDocstring = (textBefore.split('"""').length - 1) % 2 === 1;
  const lines = code.split("\n");
  let end = 1;
  for (; end < lines.length; end++) {
    const line = lines[end]!;
    if (line.trim() === "") break;
    if (isInDocstring && lines.slice(0, end).join("").includes('"""')) break;
    if (indentOf(line) >= block && !FENCE.test(line)) continue;
    if (CLOSES_BLOCK.test(line)) end++;
    break;
  }
  return lines.slice(0, end).join("\n").trimEnd();
}

/** Whether a sentence or item above says the same in the same words. */
function isSaidAgain(part: string, textAbove: string): boolean {
  const words = wordsOf(part);
  return textAbove
    .slice(-MAX_COMPARED_CHARACTERS)
    .split(/\n|(?<=[.!?])\s+/)
    .map(wordsOf)
    .some((others) => {
      if (words.length < MIN_COMPARED_WORDS || others.length < 2) {
        return words.join(" ") === others.join(" ");
      }
      const known = new Set(others);
      const shared = words.filter((word) => known.has(word)).length;
      return shared / Math.max(words.length, others.length) >= SAME_WORDS;
    });
}

function wordsOf(text: string): string[] {
  return (
    text
      .replace(ITEM, "")
      .toLowerCase()
      .match(/[\p{L}\p{N}]+/gu) ?? []
  );
}

/** The sentence, item or line that the text ends within. */
export function begunPart(textBefore: string): string {
  const line = lastLine(textBefore);
  return /[.!?]["')]*(?:\s+|$)([^.!?]*)$/.exec(line)?.[1] ?? line;
}

/** The index behind the first sentence of a text that may have several lines. */
function sentenceEndIn(text: string, lineBefore: string): number | undefined {
  let start = 0;
  let before = lineBefore;
  for (const line of text.split("\n")) {
    const end = findSentenceEnd(line, before);
    if (end !== undefined) return start + end;
    start += line.length + 1;
    before = "";
  }
  return undefined;
}

/** Whether the paragraph's lines are broken by hand: its last line is not its only one. */
function isWrapped(textBefore: string): boolean {
  const paragraph = textBefore.split(/\n[ \t]*\n/).at(-1) ?? "";
  const lines = paragraph.split("\n").slice(0, -1);
  return lines.length > 0 && lines.every((line) => line.length > 40);
}

function lastLine(text: string): string {
  return text.slice(text.lastIndexOf("\n") + 1);
}

function indentOf(line: string): number {
  return /^[ \t]*/.exec(line)![0].length;
}
