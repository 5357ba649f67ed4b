// Token healing: what of a prompt's end is taken back before the model goes on, so that a half-typed word can
// become any token. "...the frame" as typed ends in the token " frame", after which " framework" cannot come any
// more; the model is asked to go on after "...the" instead, bound to text that begins with " frame".

import { UNSPACED_LETTERS } from "../text/scripts";
import type { Tokenizer } from "./tokenizer";

/** A prompt in two parts. */
export interface TakenBack {
  /** Tokens of the prompt that stay. They are cut out of the whole, so they are what the model was trained to see. */
  keptTokenIds: number[];
  /** The text that they stand for. */
  kept: string;
  /** The text taken back: what is generated next must begin with it. Empty when nothing is. */
  constraint: string;
}

interface HealingLimits {
  /** Tokens taken back at most: each can cost a round of decoding. */
  maxTokens?: number;
  maxCharacters?: number;
}

/** What healing needs of a tokenizer. */
export type HealingTokenizer = Pick<
  Tokenizer,
  "encode" | "tokenBytes" | "prefixLength"
>;

/** Stands for the word that will follow white space; any letter would do. */
const PROBE = "a";

const WHITE_SPACE_END = /\p{White_Space}$/u;
const DIGIT_END = /\p{N}$/u;
/** Emoji and other pictures, whose bytes are many tokens that only ever come together. */
const PICTURE =
  /\p{Extended_Pictographic}|\p{Regional_Indicator}|\u{20E3}|\p{So}/u;
const WORD_PART = /^[\p{L}\p{M}]$/u;
/** Scripts that put no spaces between words: a word's beginning cannot be seen there. */
const UNSPACED_LETTER = new RegExp(`[${UNSPACED_LETTERS}]`, "u");

const graphemes = new Intl.Segmenter("und", { granularity: "grapheme" });

/** A token that is a word with the space before it, and no syllable. */
const WHOLE_WORD = /^ \p{L}{3,}$/u;

/** Whether a text ends in a word that the vocabulary has as a whole: most such words are complete. */
export function endsInWholeWord(
  text: string,
  tokenizer: HealingTokenizer,
): boolean {
  const words = / \p{L}+$/u.exec(text);
  if (!words || !WHOLE_WORD.test(words[0])) return false;
  return tokenizer.encode(words[0]).length === 1;
}

/** Decides what is taken back of a prompt: the word at its end, or a space that belongs to the word to come. */
export function takeBackPartialWord(
  text: string,
  tokenizer: HealingTokenizer,
  { maxTokens = 4, maxCharacters = 32 }: HealingLimits = {},
): TakenBack {
  if (WHITE_SPACE_END.test(text)) return takeBackSpace(text, tokenizer);
  const tokenIds = tokenizer.encode(text);
  const end = new PromptEnd({ text, tokenIds, tokenizer });
  if (text === "" || PICTURE.test(end.lastGrapheme)) return end.takeBack(0);
  if (DIGIT_END.test(text) && isFinal(text, { tokenIds, tokenizer })) {
    return end.takeBack(0);
  }
  let numTokens = 1;
  while (numTokens < maxTokens && end.isInsideWord(numTokens)) numTokens++;
  while (numTokens > 0 && !end.isFit(numTokens, maxCharacters)) numTokens--;
  return end.takeBack(numTokens);
}

/**
 * White space is encoded as if a word followed: " " belongs to that word's token, and of two newlines or of an
 * indentation the last character stands apart in most vocabularies.
 */
function takeBackSpace(text: string, tokenizer: HealingTokenizer): TakenBack {
  const tokenIds = tokenizer.encode(text + PROBE);
  const numPrefixed =
    tokenIds.length === 1 ? tokenizer.prefixLength(text + PROBE) : 0;
  const lastToken = textOf(tokenIds.slice(-1), tokenizer).slice(numPrefixed);
  const constraint = lastToken.slice(0, -PROBE.length);
  const isAsExpected =
    lastToken.endsWith(PROBE) && /^\p{White_Space}*$/u.test(constraint);
  if (!isAsExpected) {
    return { keptTokenIds: tokenizer.encode(text), kept: text, constraint: "" };
  }
  return {
    keptTokenIds: tokenIds.slice(0, -1),
    kept: text.slice(0, text.length - constraint.length),
    constraint,
  };
}

/** Whether the prompt's last token stays the same if a digit follows: numbers split digit by digit need no healing. */
function isFinal(
  text: string,
  { tokenIds, tokenizer }: { tokenIds: number[]; tokenizer: HealingTokenizer },
): boolean {
  const longer = tokenizer.encode(`${text}0`);
  const last = tokenIds.length - 1;
  return longer.length > tokenIds.length && longer[last] === tokenIds[last];
}

function textOf(tokenIds: number[], tokenizer: HealingTokenizer): string {
  const bytes = tokenIds.map((tokenId) => tokenizer.tokenBytes(tokenId));
  return Buffer.concat(bytes).toString("utf8");
}

interface Prompt {
  text: string;
  tokenIds: number[];
  tokenizer: HealingTokenizer;
}

/** Looks at what lies at and before the last tokens of a prompt. */
class PromptEnd {
  readonly lastGrapheme: string;

  constructor(private readonly prompt: Prompt) {
    this.lastGrapheme = lastGraphemeOf(prompt.text);
  }

  takeBack(numTokens: number): TakenBack {
    const { text, tokenIds } = this.prompt;
    const constraint = this.lastText(numTokens);
    return {
      keptTokenIds: tokenIds.slice(0, tokenIds.length - numTokens),
      kept: text.slice(0, text.length - constraint.length),
      constraint,
    };
  }

  /** Whether the last tokens begin inside a word, or inside a character. */
  isInsideWord(numTokens: number): boolean {
    if (numTokens >= this.prompt.tokenIds.length) return false;
    if (!this.isAtGrapheme(numTokens)) return true;
    const first = firstCharacterOf(this.lastText(numTokens));
    const before = lastGraphemeOf(this.textBefore(numTokens)).slice(0, 1);
    return (
      WORD_PART.test(first) &&
      WORD_PART.test(before) &&
      !UNSPACED_LETTER.test(first)
    );
  }

  /** Whether that many tokens can be taken back: short enough, and no character is cut. */
  isFit(numTokens: number, maxCharacters: number): boolean {
    return (
      this.lastText(numTokens).length <= maxCharacters &&
      this.isAtGrapheme(numTokens)
    );
  }

  private lastText(numTokens: number): string {
    const { text, tokenIds, tokenizer } = this.prompt;
    const last = textOf(tokenIds.slice(tokenIds.length - numTokens), tokenizer);
    const isAll = numTokens === tokenIds.length;
    return isAll ? last.slice(tokenizer.prefixLength(text)) : last;
  }

  private textBefore(numTokens: number): string {
    const { text } = this.prompt;
    return text.slice(0, text.length - this.lastText(numTokens).length);
  }

  /** Also false where the vocabulary lacks a character, so that the tokens are not the prompt's own text. */
  private isAtGrapheme(numTokens: number): boolean {
    const { text } = this.prompt;
    const lastText = this.lastText(numTokens);
    if (!text.endsWith(lastText)) return false;
    const tail = text.slice(-SEGMENTED_CHARACTERS);
    const at = tail.length - lastText.length;
    return at <= 0 || graphemes.segment(tail).containing(at)?.index === at;
  }
}

/** Enough for what can be taken back and the grapheme before it. */
const SEGMENTED_CHARACTERS = 96;

function lastGraphemeOf(text: string): string {
  const tail = text.slice(-SEGMENTED_CHARACTERS);
  return graphemes.segment(tail).containing(tail.length - 1)?.segment ?? "";
}

function firstCharacterOf(text: string): string {
  const codePoint = text.codePointAt(0);
  return codePoint === undefined ? "" : String.fromCodePoint(codePoint);
}
