// How far it pays to guess what a memory expects, and to have the model judge all guesses in one run: a row more of a run
// costs less than a run of its own. What is drawn does not depend on it. Speculative decoding, Leviathan et al. 2023
// (arXiv:2211.17192), with a memory in the place of the small model, as in prompt lookup (Saxena 2023).

/** A token and how probable it is that it is drawn. */
export interface Guess {
  tokenId: number;
  probability: number;
}

/** What is expected after `contextIds` without the model; undefined where nothing is. */
export type Guesser = (contextIds: readonly number[]) => Guess | undefined;

/** Weight of the newest measurement in the running average. */
const NEWEST_WEIGHT = 0.3;
/** Before anything is measured: what a row costs of the time that a token alone takes. */
const INITIAL_ROW_SHARE = 0.35;
/** Of what a row was found to cost above that, with each run that is made without guesses for it. */
const FORGOTTEN_SHARE = 0.02;
/** No row is free, whatever a moment's measurement says. */
const MIN_ROW_SHARE = 0.05;
/** A memory is hardly ever right for longer. */
const MAX_GUESSES = 7;

/** Counts of a generator. */
export interface GuessCounts {
  /** Guesses that the model has judged. */
  checked: number;
  /** Those that were drawn: each saved the run, or the round of one, that would have drawn it. */
  accepted: number;
}

/** Measures what guesses cost on this machine, and guesses as far as they pay. */
export class Guessing {
  readonly counts: GuessCounts = { checked: 0, accepted: 0 };
  private rowShare = INITIAL_ROW_SHARE;

  /**
   * The tokens that are worth a row each: as long as all of them together are more probable than what a row costs of the
   * time that a token alone takes, and no more than end in time.
   */
  guess(
    contextIds: readonly number[],
    {
      guesser,
      maxTokens,
      maxRunTokens,
    }: {
      guesser: Guesser;
      maxTokens: number;
      /** How many tokens alone, one after the other, take as long as a run may. */
      maxRunTokens: number;
    },
  ): number[] {
    const maxRows = Math.max(1, Math.floor((maxRunTokens - 1) / this.rowShare));
    const guesses: number[] = [];
    const context = [...contextIds];
    let probability = 1;
    while (guesses.length < Math.min(maxTokens, MAX_GUESSES, maxRows)) {
      const next = guesser(context);
      if (!next) break;
      probability *= next.probability;
      if (probability < this.rowShare) {
        if (guesses.length === 0) this.forget();
        break;
      }
      guesses.push(next.tokenId);
      context.push(next.tokenId);
    }
    return guesses;
  }

  /** A cost that keeps guesses from being made is not measured any more, so what a busy moment has shown fades. */
  private forget(): void {
    const excess = Math.max(0, this.rowShare - INITIAL_ROW_SHARE);
    this.rowShare -= FORGOTTEN_SHARE * excess;
  }

  /** Notes that a run with `numGuesses` rows beside the first took `elapsedMs`, where a token alone takes `tokenMs`. */
  record({
    numGuesses,
    numAccepted,
    elapsedMs,
    tokenMs,
  }: {
    numGuesses: number;
    numAccepted: number;
    /** Undefined where the run read other tokens too. */
    elapsedMs: number | undefined;
    tokenMs: number;
  }): void {
    this.counts.checked += numGuesses;
    this.counts.accepted += numAccepted;
    if (elapsedMs === undefined) return;
    const share = (elapsedMs / tokenMs - 1) / numGuesses;
    const sound = Math.min(1, Math.max(MIN_ROW_SHARE, share));
    this.rowShare += NEWEST_WEIGHT * (sound - this.rowShare);
  }
}
