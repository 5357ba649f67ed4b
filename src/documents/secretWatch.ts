// Whether the text of an open document holds a secret, once for each of its versions and at little cost: a long text is
// looked at again only when enough time has gone by, so that a person who types fast pays a small share of the time.

import { holdsSecret } from "./secretText";

/** An open document as far as it matters here. */
export interface WatchedDocument {
  /** Grows with every change. */
  readonly version: number;
  getText(): string;
}

/** Looking may take one twentieth of the time, 5%. */
const TIMES_THE_COST = 20;
/** Beyond this a text is looked at in its first part: no person writes so much. */
const MAX_CHARACTERS = 1_000_000;

interface Verdict {
  version: number;
  isSecret: boolean;
  atMs: number;
  costMs: number;
}

/** Remembers the answers; a document that is gone is forgotten with it. */
export class SecretWatch {
  private readonly verdicts = new WeakMap<WatchedDocument, Verdict>();

  constructor(private readonly now: () => number = () => performance.now()) {}

  /** The answer for this version, or for one that is a moment old. */
  holdsSecret(document: WatchedDocument): boolean {
    const known = this.verdicts.get(document);
    const { version } = document;
    const atMs = this.now();
    if (known) {
      const isFresh = atMs - known.atMs < TIMES_THE_COST * known.costMs;
      if (known.version === version || isFresh) return known.isSecret;
    }
    const isSecret = holdsSecret(document.getText().slice(0, MAX_CHARACTERS));
    const costMs = this.now() - atMs;
    this.verdicts.set(document, { version, isSecret, atMs, costMs });
    return isSecret;
  }
}
