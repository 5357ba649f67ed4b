// Goes on with a plain text, part after part: of a few drafts of the next sentence, item or block of code the best is
// taken, of those that a reader would keep; where there is none the text ends. A part is shown once it is chosen, so
// that nothing that was seen is taken back.

import type { Generator } from "../completion/generator";
import type { GeneratedToken, SamplingOptions } from "../protocol/generation";
import {
  begunPart,
  faultOf,
  readPart,
  registerOf,
  stopAtOf,
  type Part,
  type Register,
  type WritingPlace,
} from "./register";

/** Tokens of the text before that the model looks at. */
const CONTEXT_TOKENS = 2048;
/** Drafts of a part, and so many more where none of them is any good. */
const NUM_DRAFTS = 5;
const NUM_BLOCK_DRAFTS = 3;
/** All but the first are drawn at least this freely. */
const DRAFT_TEMPERATURE = 0.6;
const REPETITION_PENALTY = 1.1;
/** A longer sentence or item has lost its way. */
const MAX_PART_TOKENS = 60;
/** Lines of one sentence. */
const MAX_LINES = 8;
const MAX_ITEMS = 3;
/**
 * What a draft is worth: the logarithm of the geometric mean of its tokens' probabilities, and half of what the text
 * before adds to it. What would be as probable with no text before says nothing about it (arXiv:1510.03055).
 */
const GAIN_WEIGHT = 0.5;
/** Measured on bench/generate (docs/LOG.md); the first part finishes what the writer has begun. */
const MIN_GAIN = 0.3;
const FIRST_FLOOR = -2;
const LATER_FLOOR = -1.2;
/** Of a text that is nothing but the sentence that was begun. */
const USUAL_GAIN = 0.6;
/** Items of a few words are improbable one by one, and good. */
const MAX_FREE_WORDS = 4;

/** What is gone on with. */
export interface ContinueOrder {
  place: WritingPlace;
  maxTokens: number;
  maxSentences?: number | undefined;
  /** Texts that are there already: another one begins with another part. */
  others?: readonly string[] | undefined;
  sampling: Pick<SamplingOptions, "temperature" | "seed">;
  cacheKey: string;
}

/** How it is watched and stopped. */
export interface ContinueOptions {
  signal: AbortSignal;
  /** Told of each draft and each part. */
  onDraft: (text: string, tokens: number) => void;
  now: () => number;
  /** No further draft of a part is begun after so long, once there is a good one; undefined draws all. */
  patienceMs?: number | undefined;
}

/** A text that goes on, and why it ended: `unsure` is that no draft was good enough. */
export interface Continued {
  text: string;
  end: "natural" | "length" | "unsure";
}

/** A draft of a part; without a score it is of no use. */
interface Draft {
  part: Part;
  tokens: number;
  score: number | undefined;
}

/** Goes on with the text at the place; rejects when `signal` is aborted, after what was told. */
export async function continueText(
  generator: Generator,
  order: ContinueOrder,
  options: ContinueOptions,
): Promise<Continued> {
  const register = registerOf(order.place);
  let text = "";
  let textTokens = 0;
  let allTokens = 0;
  let numParts = 0;
  for (let index = 0; ; index++) {
    const { textBefore, languageId } = order.place;
    const writer = new PartWriter(generator, {
      order,
      options,
      register,
      place: { textBefore: textBefore + text, languageId },
      index,
    });
    const best = await writer.best((tokens) => {
      allTokens += tokens;
      options.onDraft(text, allTokens);
    });
    if (best === "end") return { text, end: "natural" };
    if (!best) return { text, end: "unsure" };
    text += best.part.gap + best.part.text;
    textTokens += best.tokens;
    options.onDraft(text, allTokens);
    if (best.part.isLast) return { text, end: "natural" };
    const maxParts =
      register === "items" ? MAX_ITEMS : (order.maxSentences ?? Infinity);
    // A full stop alone is no sentence.
    if (/[\p{L}\p{N}]/u.test(best.part.text)) numParts++;
    const isFull = numParts >= maxParts;
    if (isFull || textTokens >= order.maxTokens) return { text, end: "length" };
  }
}

/** Drafts one part. */
class PartWriter {
  constructor(
    private readonly generator: Generator,
    private readonly about: {
      order: ContinueOrder;
      options: ContinueOptions;
      register: Register;
      place: WritingPlace;
      index: number;
    },
  ) {}

  /** The best draft; "end" where the text is complete as it stands, undefined where no draft is good. */
  async best(
    onDraft: (tokens: number) => void,
  ): Promise<Draft | "end" | undefined> {
    const { register, options } = this.about;
    const wanted = register === "code" ? NUM_BLOCK_DRAFTS : NUM_DRAFTS;
    const startMs = options.now();
    let best: Draft | undefined;
    for (let number = 0; number < (best ? wanted : 2 * wanted); number++) {
      const draft = await this.draw(number);
      onDraft(draft.tokens);
      const isOver = !this.isFirst && this.isBeyondEnd(draft.part);
      // The first is what the model thinks most probable.
      if (isOver && number === 0) return "end";
      if (!isOver && (draft.score ?? -Infinity) > (best?.score ?? -Infinity)) {
        best = draft;
      }
      const waitedMs = options.now() - startMs;
      if (best && waitedMs > (options.patienceMs ?? Infinity)) break;
    }
    return best;
  }

  /** Whether a part that follows another belongs to a new paragraph or no more to the list. */
  private isBeyondEnd(part: Part): boolean {
    const { register, place } = this.about;
    if (part.text === "") return true;
    return register === "items"
      ? faultOf(part, { place, register }) === "other-register"
      : part.gap !== "";
  }

  private async draw(number: number): Promise<Draft> {
    const { place, register } = this.about;
    const tokens: GeneratedToken[] = [];
    let raw = "";
    for (let line = 1; ; line++) {
      const generation = await this.generate(raw, {
        number,
        left: this.maxTokens - tokens.length,
      });
      raw += generation.text;
      tokens.push(...generation.tokens);
      const isCut = tokens.length >= this.maxTokens || line >= MAX_LINES;
      const isDone = isCut || generation.stopReason !== "stop-rule";
      const part = readPart(raw, { place, register, isDone });
      if (!part) continue;
      const isWhole = !isCut || register === "sentences";
      const score = isWhole ? await this.score(part, tokens) : undefined;
      return { part, tokens: tokens.length, score };
    }
  }

  /** A full stop alone is no part yet. */
  private get isFirst(): boolean {
    const { order, place } = this.about;
    const written = place.textBefore.slice(order.place.textBefore.length);
    return !/[\p{L}\p{N}]/u.test(written);
  }

  private get maxTokens(): number {
    const { register, order } = this.about;
    return register === "code" ? order.maxTokens : MAX_PART_TOKENS;
  }

  private async generate(
    raw: string,
    { number, left }: { number: number; left: number },
  ) {
    const { order, options, place, register, index } = this.about;
    const { temperature, seed } = order.sampling;
    const { generations } = await this.generator.generate(
      {
        // White space that begins a line is a part of its first token.
        prompt: place.textBefore + raw.replace(/\n[ \t]+$/, "\n"),
        contextTokens: CONTEXT_TOKENS,
        maxTokens: Math.max(1, left),
        sampling: {
          temperature:
            number === 0
              ? temperature
              : Math.max(temperature, DRAFT_TEMPERATURE),
          topK: 40,
          topP: 0.95,
          repetitionPenalty: register === "code" ? 1 : REPETITION_PENALTY,
          seed: seed + 97 * index + number,
        },
        stopAt: stopAtOf(register),
        heal: true,
        minProbability: 0,
        cacheKey: order.cacheKey,
        count: 1,
        long: {
          chat: [],
          writtenTokenIds: [],
          mustGoOn: this.isFirst && raw === "",
        },
      },
      { signal: options.signal },
    );
    const generation = generations[0]!;
    if (options.signal.aborted || generation.stopReason === "cancelled") {
      throw new DOMException("Stopped", "AbortError");
    }
    return generation;
  }

  private async score(
    part: Part,
    tokens: readonly GeneratedToken[],
  ): Promise<number | undefined> {
    const { place, register, order } = this.about;
    const isThere =
      this.isFirst &&
      order.others?.some((each) => each.startsWith(part.gap + part.text));
    if (part.text === "" || isThere || faultOf(part, { place, register })) {
      return undefined;
    }
    const own = scored(tokens, part);
    const mean = sum(own) / own.length;
    const isCode = register === "code" || part.text.startsWith("```");
    if (own.length === 0 || isCode) return mean;
    const isShortItem =
      register === "items" && part.text.split(" ").length <= MAX_FREE_WORDS;
    if (isShortItem) return sum(own);
    const alone = await this.meanAlone(part);
    const gain = alone === undefined ? USUAL_GAIN : mean - alone;
    const score = mean + GAIN_WEIGHT * gain;
    const floor = this.isFirst ? FIRST_FLOOR : LATER_FLOOR;
    if (gain < MIN_GAIN || score < floor) return undefined;
    return register === "items" ? score * own.length : score;
  }

  /** The same with no text before but the sentence's own beginning; undefined where there is no more. */
  private async meanAlone({ gap, text }: Part): Promise<number | undefined> {
    const { place, options, order } = this.about;
    const begun = gap === "" ? begunPart(place.textBefore) : "";
    if (begun.trim() === place.textBefore.trim()) return undefined;
    const pieces =
      (await this.generator.measureText?.(
        { text: begun + text, cacheKey: order.cacheKey },
        options.signal,
      )) ?? [];
    let at = 0;
    const own = pieces.filter((piece) => {
      at += piece.text.length;
      return at > begun.length && isWord(piece.text);
    });
    const bits = own.reduce((total, piece) => total + piece.bits, 0);
    return own.length === 0 ? undefined : (-bits * Math.LN2) / own.length;
  }
}

/** The logarithms that count: white space and the marks of a list are sure anyway. */
function scored(
  tokens: readonly GeneratedToken[],
  { gap, text }: Part,
): number[] {
  const end = gap.length + text.length;
  let at = 0;
  return tokens.flatMap((token) => {
    const isInside = at < end;
    at += token.text.length;
    const counts = isInside && isWord(token.text);
    return counts ? [token.logProbability] : [];
  });
}

function isWord(text: string): boolean {
  return /[^\s]/.test(text) && !/^\s*[-*+•]$/.test(text);
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
