// Writes a longer text over a Generator and tells of it as it will be shown: goes on with a plain text part by part
// (continueText.ts), or streams an answer to a task and ends it where a reader would accept an end. The same code
// serves the editor and the command line.

import type { ChatMessage, SamplingOptions } from "../protocol/generation";
import { cleanAnswer, isAnswerComplete } from "./answer";
import type { AnswerForm } from "./task";
import type { Generator } from "../completion/generator";
import { continueText } from "./continueText";
import { cutAtNaturalEnd, endsNaturally, findLoopStart } from "./naturalEnd";

/** Tokens of prompt and text that the model looks at. */
export const GENERATION_CONTEXT_TOKENS = 2048;
/** An answer takes words of the text that it is about; with more it wrote of other things (docs/TASKS.md). */
const REPETITION_PENALTY = 1.02;
/** After so many sentences the model in the package loses its way (docs/LOG.md); "Longer" asks for as many again. */
export const EMBEDDED_MAX_SENTENCES = 2;
/** Looks for a sentence's end so much beyond the length that was asked for. */
const OVERRUN = 1.25;

/** What is to be written. */
export interface LongOrder {
  /** The chat; empty to continue `textBefore` as plain text. */
  chat: readonly ChatMessage[];
  /** Plain text to continue, or what the answer begins with. */
  textBefore: string;
  /** VS Code's id of the text's language; plain text where nothing is said. */
  languageId?: string;
  form: AnswerForm;
  /** What an answer is made to begin with; a part of the text. */
  answerStart?: string;
  maxTokens: number;
  /** The same in sentences, of a plain text; undefined leaves it to `maxTokens`. */
  maxSentences?: number | undefined;
  /** Texts that are there already, from which a further one is to differ. */
  others?: readonly string[] | undefined;
  sampling: Pick<SamplingOptions, "temperature" | "seed">;
  /** Whose text this is: its cache is kept under this key. */
  cacheKey: string;
}

/** How far a text has come. */
export interface LongProgress {
  text: string;
  tokens: number;
  tokensPerSecond: number;
  /** From the order to the first token; undefined before it. */
  firstTokenMs: number | undefined;
}

/** Why a text ended; `unsure` is that nothing good came. */
export type LongEnd =
  "natural" | "length" | "repetition" | "unsure" | "stopped";

/** A text as it was written. */
export interface LongResult extends LongProgress {
  end: LongEnd;
}

/** An answer that only repeats what stands before it, or ends before its first word, is drawn anew, more freely. */
const MAX_REDRAWS = 3;
const REDRAW_MIN_TEMPERATURE = 0.7;

/** How a text is watched and stopped. */
export interface LongOptions {
  signal: AbortSignal;
  onProgress?: (progress: LongProgress) => void;
  now?: () => number;
  /** So long one may wait for a sentence that could be had at once, only better. */
  patienceMs?: number;
}

/** Writes one text; when `signal` is aborted the result is what there is by then. Rejects when the generator does. */
export async function generateLong(
  generator: Generator,
  order: LongOrder,
  options: LongOptions,
): Promise<LongResult> {
  if (order.chat.length === 0) return goOn(generator, order, options);
  const { temperature, seed } = order.sampling;
  let result = await writeOnce(generator, order, options);
  for (let redraw = 1; redraw <= MAX_REDRAWS; redraw++) {
    const isNothing = result.text.trim() === "";
    if (!isNothing || options.signal.aborted) break;
    const sampling = {
      temperature: Math.max(temperature, REDRAW_MIN_TEMPERATURE),
      seed: seed + redraw,
    };
    result = await writeOnce(generator, { ...order, sampling }, options);
  }
  return result;
}

/** Goes on with a plain text; what was chosen by then is kept when it is stopped. */
async function goOn(
  generator: Generator,
  order: LongOrder,
  {
    signal,
    onProgress = () => {},
    now = () => performance.now(),
    patienceMs,
  }: LongOptions,
): Promise<LongResult> {
  const { textBefore, languageId = "plaintext" } = order;
  const startMs = now();
  let progress: LongProgress = {
    text: "",
    tokens: 0,
    tokensPerSecond: 0,
    firstTokenMs: undefined,
  };
  const onDraft = (text: string, tokens: number) => {
    const elapsedMs = now() - startMs;
    progress = {
      text,
      tokens,
      tokensPerSecond: (1000 * tokens) / elapsedMs,
      firstTokenMs: progress.firstTokenMs ?? elapsedMs,
    };
    onProgress(progress);
  };
  try {
    const { text, end } = await continueText(
      generator,
      { ...order, place: { textBefore, languageId } },
      { signal, onDraft, now, patienceMs },
    );
    return { ...progress, text, end };
  } catch (error) {
    if (!signal.aborted) throw error;
    return { ...progress, end: "stopped" };
  }
}

async function writeOnce(
  generator: Generator,
  order: LongOrder,
  { signal, onProgress = () => {}, now = () => performance.now() }: LongOptions,
): Promise<LongResult> {
  const own = new AbortController();
  const stop = () => own.abort();
  signal.addEventListener("abort", stop, { once: true });
  if (signal.aborted) stop();
  const draft = new Draft(order, now);
  try {
    const result = await generator.generate(requestFor(order), {
      signal: own.signal,
      onText: (_index, piece) => {
        if (own.signal.aborted) return;
        draft.push(piece);
        if (draft.end) stop();
        else onProgress(draft.progress());
      },
    });
    const reason = result.generations[0]?.stopReason;
    draft.finish(
      reason === "length" ? "length" : signal.aborted ? "stopped" : "natural",
    );
  } catch (error) {
    if (!own.signal.aborted) throw error;
    draft.finish("stopped");
  } finally {
    signal.removeEventListener("abort", stop);
  }
  return { ...draft.progress(), end: draft.end ?? "natural" };
}

function requestFor(order: LongOrder) {
  const { chat, textBefore, maxTokens, sampling } = order;
  return {
    prompt: isAnswer(order) ? (order.answerStart ?? "") : textBefore,
    contextTokens: GENERATION_CONTEXT_TOKENS,
    maxTokens: Math.ceil(maxTokens * OVERRUN),
    sampling: {
      ...sampling,
      topK: 40,
      topP: 0.95,
      repetitionPenalty: REPETITION_PENALTY,
    },
    stopAt: "none" as const,
    heal: false,
    minProbability: 0,
    cacheKey: order.cacheKey,
    count: 1,
    // Something was asked for: an answer that ends before its first word is none.
    long: { chat, writtenTokenIds: [], mustGoOn: true },
  };
}

/** Whether the answer begins here. */
function isAnswer({ textBefore }: LongOrder): boolean {
  return textBefore === "";
}

/** A text while it is being written. */
class Draft {
  end: LongEnd | undefined;
  private readonly isAnswer: boolean;
  private raw: string;
  private tokens = 0;
  private readonly startMs: number;
  private firstMs: number | undefined;
  private lastMs: number;

  constructor(
    private readonly order: LongOrder,
    private readonly now: () => number,
  ) {
    this.isAnswer = isAnswer(order);
    this.raw = this.isAnswer ? (order.answerStart ?? "") : "";
    this.startMs = now();
    this.lastMs = this.startMs;
  }

  /** Takes a piece of text, which is a token but for rare characters. */
  push(piece: string): void {
    this.lastMs = this.now();
    this.firstMs ??= this.lastMs;
    this.tokens++;
    this.raw += piece;
    const loopStart = findLoopStart(this.raw, this.order.textBefore);
    if (loopStart !== undefined) {
      this.raw = this.raw.slice(0, loopStart).trimEnd();
      this.end = "repetition";
    } else if (this.isAnswer && isAnswerComplete(this.raw, this.order.form)) {
      this.end = "natural";
    } else if (
      this.tokens >= this.order.maxTokens &&
      endsNaturally(this.shown(false))
    ) {
      this.end = "length";
    }
  }

  /** Ends the text for a reason from outside, unless it has ended by itself. */
  finish(end: LongEnd): void {
    if (this.end) return;
    this.end = end;
    if (end === "length") this.raw = cutAtNaturalEnd(this.raw);
  }

  progress(): LongProgress {
    const seconds = (this.lastMs - (this.firstMs ?? this.lastMs)) / 1000;
    return {
      text: this.shown(this.end !== undefined),
      tokens: this.tokens,
      tokensPerSecond: seconds > 0 ? (this.tokens - 1) / seconds : 0,
      firstTokenMs:
        this.firstMs === undefined ? undefined : this.firstMs - this.startMs,
    };
  }

  private shown(isDone: boolean): string {
    const { form } = this.order;
    // What goes on from a text, shown or plain, has no preamble, and its first space belongs to it.
    if (!this.isAnswer) {
      return isDone && this.end !== "stopped" ? this.raw.trimEnd() : this.raw;
    }
    return cleanAnswer(this.raw, { form, isDone });
  }
}
