// Remembers where suggestions were rejected lately, so that the gate asks for more there for a while. Each rejection is
// evidence that fades with time and with the keys that are typed since, which are as many as the characters between.

/** How a suggestion was rejected: sent away with Escape, or passed by in writing something else. */
export type RejectedBy = "escape" | "typing";

/**
 * Who writes a text passes by most of what is offered and is content (Ziegler et al., arXiv:2205.06537: about a
 * quarter of suggestions is accepted), so that writing on says a tenth of what a single bar of the gate is raised for: at one
 * suggestion passed by every ten keys it never comes to `FREE_EVIDENCE`. Escape is pressed to be rid of something.
 */
const EVIDENCE: Record<RejectedBy, number> = { escape: 2, typing: 0.1 };
/** So much raises nothing: people dismiss right suggestions as well. */
const FREE_EVIDENCE = 1;
/** Evidence halves in about a sentence further on, and in a minute. */
const HALF_LIFE_CHARACTERS = 50;
const HALF_LIFE_MS = 60_000;
/** An acceptance makes a place of this size as good as new. */
const PLACE_RADIUS = 200;
/** What has faded to this share of itself is forgotten. */
const MIN_SHARE = 1 / 16;
const RAISE_PER_EVIDENCE = 0.1;
const MAX_RAISE = 0.4;

interface Rejection {
  documentKey: string;
  offset: number;
  timeMs: number;
  by: RejectedBy;
}

/** A place in a document: an offset in characters. */
export interface DocumentPlace {
  documentKey: string;
  offset: number;
}

/** Weighs what was rejected near a place lately. */
export class RejectionMemory {
  private rejections: Rejection[] = [];

  constructor(private readonly now: () => number) {}

  reject(place: DocumentPlace, by: RejectedBy): void {
    const timeMs = this.now();
    this.rejections = this.rejections.filter(
      (each) => fade(timeMs - each.timeMs, HALF_LIFE_MS) >= MIN_SHARE,
    );
    this.rejections.push({ ...place, timeMs, by });
  }

  /** An acceptance at a place makes it as good as new. */
  accept({ documentKey, offset }: DocumentPlace): void {
    this.rejections = this.rejections.filter(
      (each) =>
        each.documentKey !== documentKey ||
        Math.abs(each.offset - offset) > PLACE_RADIUS,
    );
  }

  /** Rejections that still count at a place, and by how much they raise the confidence that is asked for there. */
  penaltyAt(place: DocumentPlace): { rejections: number; raise: number } {
    const nowMs = this.now();
    let rejections = 0;
    let evidence = 0;
    for (const { documentKey, offset, timeMs, by } of this.rejections) {
      if (documentKey !== place.documentKey) continue;
      const share =
        fade(Math.abs(offset - place.offset), HALF_LIFE_CHARACTERS) *
        fade(nowMs - timeMs, HALF_LIFE_MS);
      if (share < MIN_SHARE) continue;
      rejections++;
      evidence += share * EVIDENCE[by];
    }
    const raise = RAISE_PER_EVIDENCE * Math.max(0, evidence - FREE_EVIDENCE);
    return { rejections, raise: Math.min(MAX_RAISE, raise) };
  }

  forget(documentKey: string): void {
    this.rejections = this.rejections.filter(
      (each) => each.documentKey !== documentKey,
    );
  }
}

function fade(since: number, halfLife: number): number {
  return 2 ** -(since / halfLife);
}
