// A baseline without a model: finishes a word with the one that was used most and latest, in the workspace and in the
// document so far.

import type { Continuation } from "../completion/alignment";
import { sureContinuation, type Baseline } from "./baseline";

/** Each further word makes the earlier ones count this much less: half after about 700 words. */
const DECAY_PER_WORD = 0.999;
/** A use in the document counts as much as this many in the workspace. */
const DOCUMENT_WEIGHT = 10;

const MAX_WORD_CHARACTERS = 100;

const WORD = /\p{L}[\p{L}\p{M}\p{N}_'’-]*/gu;

/** Weighs words by use and recency. */
export class WordCache implements Baseline {
  private readonly workspace = new WordWeights();
  private document = new WordWeights();

  constructor(workspaceTexts: readonly string[]) {
    for (const text of workspaceTexts) {
      for (const [word] of text.matchAll(WORD)) this.workspace.add(word, 1);
    }
  }

  startDocument(): void {
    this.document = new WordWeights();
  }

  read(text: string): void {
    for (const [word] of text.matchAll(WORD)) {
      this.document.decay(DECAY_PER_WORD);
      this.document.add(word, DOCUMENT_WEIGHT);
    }
  }

  continueText(textBefore: string): Continuation | undefined {
    const typed = /\p{L}[\p{L}\p{M}\p{N}_'’-]*$/u.exec(
      textBefore.slice(-MAX_WORD_CHARACTERS),
    )?.[0];
    if (!typed) return undefined;
    let total = 0;
    let best = { word: "", weight: 0 };
    for (const word of new Set([
      ...this.workspace.withPrefix(typed),
      ...this.document.withPrefix(typed),
    ])) {
      const weight =
        this.workspace.weightOf(word) + this.document.weightOf(word);
      total += weight;
      if (word !== typed && weight > best.weight) best = { word, weight };
    }
    if (best.weight === 0) return undefined;
    return sureContinuation([
      { text: best.word.slice(typed.length), probability: best.weight / total },
    ]);
  }
}

/** Weights of words, found by their first letters. A decay of all is one factor. */
class WordWeights {
  private readonly weights = new Map<string, number>();
  private readonly byPrefix = new Map<string, Set<string>>();
  private scale = 1;

  add(word: string, weight: number): void {
    this.weights.set(word, (this.weights.get(word) ?? 0) + weight / this.scale);
    for (let length = 1; length <= Math.min(3, word.length); length++) {
      const prefix = word.slice(0, length);
      let words = this.byPrefix.get(prefix);
      if (!words) this.byPrefix.set(prefix, (words = new Set()));
      words.add(word);
    }
  }

  decay(factor: number): void {
    this.scale *= factor;
  }

  weightOf(word: string): number {
    return (this.weights.get(word) ?? 0) * this.scale;
  }

  withPrefix(prefix: string): string[] {
    const words = this.byPrefix.get(prefix.slice(0, 3)) ?? [];
    return [...words].filter((word) => word.startsWith(prefix));
  }
}
