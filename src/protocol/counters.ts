// What the page of the counters and its host say to each other.

/** What a person asks of the counts of some time. */
export interface CountFigures {
  shown: number;
  /** Whole or in part. */
  accepted: number;
  rejected: number;
  /** Characters that came from suggestions, less a key for each acceptance. */
  charactersSaved: number;
  /** Of all characters written where Inkling is on, from 0 to 1; undefined when none were. */
  savedShare: number | undefined;
  /** Half of the suggestions did not take longer; undefined when there were none. */
  medianWaitMs: number | undefined;
}

/** The figures of one day. */
export interface DayFigures extends CountFigures {
  /** As "2026-11-29". */
  day: string;
}

/** Everything that the page shows. */
export interface CountersState {
  /** The day from which on `all` is counted. */
  since: string;
  /** Thirty, the oldest first; the last one is today. */
  days: DayFigures[];
  today: CountFigures;
  month: CountFigures;
  all: CountFigures;
}

/** What the extension serves, and what it tells without being asked; `Words` are the page's sentences. */
export interface CountersHostContract<Words> {
  requests: {
    /** Asked once by a page that has come up. */
    open: [null, { state: CountersState; words: Words }];
    /** Puts all days that are kept onto the clipboard; answers how many. */
    copy: [null, number];
    /** Asks the person, then counts from nothing. */
    reset: [null, null];
    /** Opens an empty document to write in. */
    write: [null, null];
  };
  events: {
    changed: CountersState;
  };
}

/** The page serves nothing. */
export interface CountersPageContract {
  requests: Record<never, [unknown, unknown]>;
  events: Record<never, unknown>;
}
