// A request that is under way. Others may wait for it as long as its text, as far as it has come, goes their way.

import type {
  GenerateRequest,
  GenerateResult,
  Generation,
  WrittenTokens,
} from "../protocol/generation";
import { continueAfter, type Continuation } from "./alignment";
import type { Generator } from "./generator";
import { typedSince, type PromptPlace } from "./suggestionCache";

/** The place of a request together with the whole text before its cursor. */
export type CursorPlace = PromptPlace & { textBefore: string };

interface FlightPlan {
  request: GenerateRequest;
  /** Makes a continuation of what was generated. */
  prepare: (generation: Generation) => Continuation;
  /** Called before `finished` is fulfilled, unless the flight was aborted. */
  onResult: (result: GenerateResult, continuations: Continuation[]) => void;
}

/** One call of the generator, with the text that has come so far. */
export class PendingRequest {
  /** Fulfilled with the continuations; rejected when the generator fails. */
  readonly finished: Promise<Continuation[]>;
  private readonly controller = new AbortController();
  private readonly textSoFar: string[] = [];
  /** The first generation as far as it has been written. */
  private firstSoFar: Generation = {
    text: "",
    healed: "",
    tokens: [],
    stopReason: "length",
  };
  private watchers: (() => void)[] = [];

  constructor(
    generator: Generator,
    readonly place: PromptPlace,
    private readonly plan: FlightPlan,
  ) {
    this.finished = this.run(generator);
    // Whoever waits hears of a failure; a request that nobody waits for any more may fail unheard.
    this.finished.catch(() => undefined);
  }

  get isAborted(): boolean {
    return this.controller.signal.aborted;
  }

  abort(): void {
    this.controller.abort();
    this.notify();
  }

  /** Whether the text so far could still be of use at this place. */
  fits(place: CursorPlace): boolean {
    if (this.isAborted) return false;
    const typed = typedSince(this.place, place);
    if (typed === undefined) return false;
    const [text = "", ...others] = this.textSoFar;
    return [text, ...others].some(
      (soFar) => soFar.startsWith(typed) || typed.startsWith(soFar),
    );
  }

  /** What there is of the first continuation for a place that its text goes towards; undefined while there is nothing. */
  soFar(place: CursorPlace): Continuation | undefined {
    const typed = typedSince(this.place, place);
    if (typed === undefined || this.firstSoFar.text === "") return undefined;
    const soFar = this.plan.prepare(this.firstSoFar);
    // What healing took back was known to the model; nothing has been typed since.
    return typed === "" ? soFar : continueAfter(soFar, typed);
  }

  /**
   * Waits until it has finished, no longer fits the place, or `signal` is aborted; or until `isEnough`, which is asked
   * whenever there is more text.
   */
  async settle(
    place: CursorPlace,
    signal: AbortSignal,
    isEnough: () => boolean = () => false,
  ): Promise<void> {
    let stop = () => {};
    const stopped = new Promise<void>((resolve) => {
      stop = () => {
        if (signal.aborted || !this.fits(place) || isEnough()) resolve();
      };
    });
    this.watchers.push(stop);
    signal.addEventListener("abort", stop);
    stop();
    try {
      await Promise.race([this.finished, stopped]);
    } finally {
      signal.removeEventListener("abort", stop);
      this.watchers = this.watchers.filter((each) => each !== stop);
    }
  }

  private async run(generator: Generator): Promise<Continuation[]> {
    const { request, prepare, onResult } = this.plan;
    const result = await generator.generate(request, {
      signal: this.controller.signal,
      onText: (index, text, written) => {
        this.textSoFar[index] = (this.textSoFar[index] ?? "") + text;
        if (index === 0 && written) this.write(text, written);
        this.notify();
      },
    });
    const continuations = result.generations.map(prepare);
    if (!this.isAborted) onResult(result, continuations);
    return continuations;
  }

  private write(text: string, { tokens, healed }: WrittenTokens): void {
    const { firstSoFar: before } = this;
    this.firstSoFar = {
      ...before,
      text: before.text + text,
      healed,
      tokens: [...before.tokens, ...tokens],
    };
  }

  private notify(): void {
    for (const watcher of [...this.watchers]) watcher();
  }
}
