// One place's results: what is being written, what was written before, and which of them is looked at. Knows neither
// editor nor model: how a text is written and who is told of changes are handed in.

import type {
  LongEnd,
  LongProgress,
  LongResult,
} from "../../writing/longGeneration";
import { shorten } from "../../writing/naturalEnd";

/** One result, while it is written and after. */
export interface SessionResult {
  text: string;
  isWriting: boolean;
  tokensPerSecond: number;
  end: LongEnd | "failed" | undefined;
  error?: string;
}

/** How one text is asked for. */
export interface WriteOrder {
  /** What the result begins with. */
  textBefore: string;
  /** 0 for the first result, then counted up: further ones are drawn more freely. */
  attempt: number;
  /** The results that stand beside it. */
  others: readonly string[];
}

/** Writes a text; as `generateLong`. */
export type WriteText = (
  order: WriteOrder,
  options: {
    signal: AbortSignal;
    onProgress: (progress: LongProgress) => void;
  },
) => Promise<LongResult>;

/** The results for one place. */
export class GenerationSession {
  readonly results: SessionResult[] = [];
  private shown = 0;
  private attempts = 0;
  private controller: AbortController | undefined;
  private isClosed = false;

  constructor(
    private readonly write: WriteText,
    private readonly onDidChange: () => void,
  ) {}

  /** The result that is looked at; undefined before the first. */
  get current(): SessionResult | undefined {
    return this.results[this.shown];
  }

  /** Its place among all, from 0. */
  get index(): number {
    return this.shown;
  }

  get isWriting(): boolean {
    return this.controller !== undefined;
  }

  /** Writes a further result, done when it has ended; the earlier ones are kept. */
  async another(): Promise<void> {
    this.stop();
    const others = this.results.map(({ text }) => text);
    this.results.push(emptyResult());
    this.shown = this.results.length - 1;
    await this.run({ textBefore: "", attempt: this.attempts++, others });
  }

  /** Shows the next (1) or the previous (-1) result, round in a circle. */
  step(distance: 1 | -1): void {
    this.stop();
    const { length } = this.results;
    if (length === 0) return;
    this.shown = (this.shown + distance + length) % length;
    this.onDidChange();
  }

  /** Takes the last sentence or line away. */
  shorter(): void {
    this.stop();
    const { current } = this;
    if (!current) return;
    current.text = shorten(current.text);
    this.onDidChange();
  }

  /** Writes on where the result ends. */
  async longer(): Promise<void> {
    this.stop();
    const { current } = this;
    if (!current) return;
    const textBefore = current.text;
    current.isWriting = true;
    await this.run({ textBefore, attempt: this.attempts++, others: [] });
  }

  /** Ends what is being written and keeps what is there. */
  stop(): void {
    this.controller?.abort();
    this.controller = undefined;
    const { current } = this;
    if (!current?.isWriting) return;
    current.isWriting = false;
    current.end = "stopped";
    if (!this.isClosed) this.onDidChange();
  }

  /** Ends everything; nobody is told of anything any more. */
  close(): void {
    this.isClosed = true;
    this.stop();
  }

  private async run(order: WriteOrder): Promise<void> {
    const result = this.current!;
    const controller = new AbortController();
    this.controller = controller;
    const take = (progress: LongProgress) => {
      result.text = order.textBefore + progress.text;
      result.tokensPerSecond = progress.tokensPerSecond;
    };
    this.tell();
    try {
      const done = await this.write(order, {
        signal: controller.signal,
        onProgress: (progress) => {
          if (controller.signal.aborted) return;
          take(progress);
          this.tell();
        },
      });
      if (controller.signal.aborted) return;
      take(done);
      result.end = done.end;
    } catch (error) {
      if (controller.signal.aborted) return;
      result.end = "failed";
      result.error = (error as Error).message;
    }
    result.isWriting = false;
    this.controller = undefined;
    this.tell();
  }

  private tell(): void {
    if (!this.isClosed) this.onDidChange();
  }
}

function emptyResult(): SessionResult {
  return { text: "", isWriting: true, tokensPerSecond: 0, end: undefined };
}
