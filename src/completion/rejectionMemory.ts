// Remembers where suggestions were rejected lately, so that the gate asks for more there for a while.

/** How far from a rejection the document still counts as the same place, in characters. */
const PLACE_RADIUS = 200;
const MEMORY_MS = 120_000;
/** A single rejection says nothing: people dismiss right suggestions as well. */
const FREE_REJECTIONS = 1;
const STEP = 0.1;
const MAX_STEPS = 4;

interface Rejection {
  documentKey: string;
  offset: number;
  timeMs: number;
}

/** A place in a document: an offset in characters. */
export interface DocumentPlace {
  documentKey: string;
  offset: number;
}

/** Counts rejections near a place within the last two minutes. */
export class RejectionMemory {
  private rejections: Rejection[] = [];

  constructor(private readonly now: () => number) {}

  reject(place: DocumentPlace): void {
    this.forgetOld();
    this.rejections.push({ ...place, timeMs: this.now() });
  }

  /** An acceptance at a place makes it as good as new. */
  accept(place: DocumentPlace): void {
    this.rejections = this.rejections.filter((each) => !isNear(each, place));
  }

  /** Rejections near a place, and by how much they raise the confidence that is asked for there. */
  penaltyAt(place: DocumentPlace): { rejections: number; raise: number } {
    this.forgetOld();
    const rejections = this.rejections.filter((each) =>
      isNear(each, place),
    ).length;
    const steps = Math.max(
      0,
      Math.min(MAX_STEPS, rejections - FREE_REJECTIONS),
    );
    return { rejections, raise: steps * STEP };
  }

  forget(documentKey: string): void {
    this.rejections = this.rejections.filter(
      (each) => each.documentKey !== documentKey,
    );
  }

  private forgetOld(): void {
    const oldest = this.now() - MEMORY_MS;
    this.rejections = this.rejections.filter((each) => each.timeMs > oldest);
  }
}

function isNear(a: DocumentPlace, b: DocumentPlace): boolean {
  return (
    a.documentKey === b.documentKey &&
    Math.abs(a.offset - b.offset) <= PLACE_RADIUS
  );
}
