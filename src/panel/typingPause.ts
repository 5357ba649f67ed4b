// Training waits while the person types: the first letter pauses it, some quiet lets it go on.
// Knows nothing of VS Code or the trainer: what to do is handed in.

/** Quiet time after which training goes on. */
const QUIET_MS = 3_000;

/** What is done at the borders of typing. */
export interface TypingPauseOptions {
  pause(): void;
  resume(): void;
  quietMs?: number;
}

/** Told of every letter. */
export class TypingPause {
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly options: TypingPauseOptions) {}

  /** Whether the person types at present. */
  get isTyping(): boolean {
    return this.timer !== undefined;
  }

  /** Something was typed. */
  typed(): void {
    const isFirst = this.timer === undefined;
    clearTimeout(this.timer);
    this.timer = setTimeout(
      () => this.quiet(),
      this.options.quietMs ?? QUIET_MS,
    );
    if (isFirst) this.options.pause();
  }

  dispose(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
  }

  private quiet(): void {
    this.timer = undefined;
    this.options.resume();
  }
}
