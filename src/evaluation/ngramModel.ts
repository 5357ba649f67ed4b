// A baseline without a neural network: an interpolated 5-gram model over words and marks (Witten and Bell 1991,
// method C), of the workspace together with the document so far.
// Its tokens are words or marks with the white space before them, so that spaces are predicted with the words.

import type { Continuation } from "../completion/alignment";
import { sureContinuation, type Baseline } from "./baseline";

const ORDER = 5;
const SEPARATOR = "\u0000";
/** A token of the document counts as much as this many of the workspace. */
const DOCUMENT_WEIGHT = 4;
/** Tokens that are predicted in a row at the most. */
const MAX_TOKENS = 12;
/** Enough for the last four tokens and an unfinished one. */
const CONTEXT_CHARACTERS = 300;
/** Beyond this the rest of a prediction is of no use. */
const MIN_RUNNING = 0.01;
/** Most used tokens behind each context that are considered where no letter is typed yet. */
const FREQUENT_TOKENS = 30;

const TOKEN =
  /\n+|[^\S\n]*(?:[\p{L}\p{M}\p{N}_]+|[^\s\p{L}\p{M}\p{N}_])|[^\S\n]+/gu;
/** The end of a text that could still grow into a longer token. */
const UNFINISHED = /(?:[^\S\n]*[\p{L}\p{M}\p{N}_]+|[^\S\n]+)$/u;

/** Predicts the next words from the last four. */
export class NgramModel implements Baseline {
  private readonly workspace = new NgramCounts();
  private document = new NgramCounts();
  private history: string[] = [];

  constructor(workspaceTexts: readonly string[]) {
    for (const text of workspaceTexts) {
      const tokens = tokenise(text);
      tokens.forEach((token, index) => {
        this.workspace.add(
          tokens.slice(Math.max(0, index - ORDER + 1), index),
          token,
          1,
        );
      });
    }
  }

  startDocument(): void {
    this.document = new NgramCounts();
    this.history = [];
  }

  read(text: string): void {
    for (const token of tokenise(text)) {
      this.document.add(this.history, token, DOCUMENT_WEIGHT);
      this.history = [...this.history, token].slice(1 - ORDER);
    }
  }

  continueText(textBefore: string): Continuation | undefined {
    const end = textBefore.slice(-CONTEXT_CHARACTERS);
    const unfinished = UNFINISHED.exec(end)?.[0] ?? "";
    const context = tokenise(
      end.slice(0, end.length - unfinished.length),
    ).slice(1 - ORDER);
    const first = this.finish(context, unfinished);
    if (!first) return undefined;
    const pieces = [first.piece];
    let history = [...context, ...first.tokens];
    let running = first.piece.probability;
    while (pieces.length < MAX_TOKENS) {
      const next = this.best(history.slice(1 - ORDER), "");
      if (!next || running * next.probability < MIN_RUNNING) break;
      running *= next.probability;
      pieces.push({ text: next.token, probability: next.probability });
      history = [...history, next.token];
    }
    return sureContinuation(pieces);
  }

  /** The best way to go on from an unfinished token: a longer one, or that one and another behind it. */
  private finish(context: string[], unfinished: string) {
    const longer = this.best(context, unfinished);
    const asLonger = longer && {
      tokens: [longer.token],
      piece: {
        text: longer.token.slice(unfinished.length),
        probability: longer.probability * (1 - longer.shareOfWhole),
      },
    };
    if (unfinished.trim() === "" || !longer) {
      return asLonger ?? this.goOn(context, { unfinished, share: 1 });
    }
    const asWhole = this.goOn(context, {
      unfinished,
      share: longer.shareOfWhole,
    });
    if (!asWhole) return asLonger;
    return asLonger && asLonger.piece.probability >= asWhole.piece.probability
      ? asLonger
      : asWhole;
  }

  /** Takes the unfinished token for whole, which it is with probability `share`. */
  private goOn(
    context: string[],
    { unfinished, share }: { unfinished: string; share: number },
  ) {
    const history = unfinished === "" ? context : [...context, unfinished];
    const next = this.best(history.slice(1 - ORDER), "");
    return (
      next && {
        tokens: unfinished === "" ? [next.token] : [unfinished, next.token],
        piece: { text: next.token, probability: share * next.probability },
      }
    );
  }

  /** The most probable token that is longer than `prefix` and begins with it, among all that begin with it. */
  private best(context: string[], prefix: string) {
    const levels = this.levelsOf(context);
    const candidates = this.candidatesFor(levels, prefix);
    let total = 0;
    let whole = 0;
    let best = { token: "", probability: 0 };
    for (const token of candidates) {
      const probability = this.probabilityOf(token, levels);
      total += probability;
      if (token === prefix) whole = probability;
      else if (probability > best.probability) best = { token, probability };
    }
    if (best.probability === 0) return undefined;
    // Without letters the candidates are only some of all tokens, and their probabilities are whole already.
    if (prefix.trim() === "") return { ...best, shareOfWhole: 0 };
    return {
      token: best.token,
      probability: best.probability / Math.max(total - whole, best.probability),
      shareOfWhole: whole / total,
    };
  }

  /** What is known behind no token, behind the last one, the last two and so on. */
  private levelsOf(context: string[]): Level[] {
    return Array.from({ length: context.length + 1 }, (_, length) => {
      const part = context.slice(context.length - length);
      return {
        ours: this.document.behind(part),
        theirs: this.workspace.behind(part),
      };
    });
  }

  private candidatesFor(levels: Level[], prefix: string): Set<string> {
    const candidates = new Set<string>();
    if (prefix.trim() !== "") {
      for (const counts of [this.workspace, this.document]) {
        for (const token of counts.tokensWith(prefix)) candidates.add(token);
      }
      return candidates;
    }
    for (const { ours, theirs } of levels) {
      for (const successors of [ours, theirs]) {
        for (const token of successors?.mostFrequent() ?? []) {
          if (token.startsWith(prefix)) candidates.add(token);
        }
      }
    }
    return candidates;
  }

  /** P(token | context), from the shortest context to the longest. */
  private probabilityOf(token: string, levels: Level[]): number {
    const [base] = levels;
    const vocabulary =
      (base?.ours?.counts.size ?? 0) + (base?.theirs?.counts.size ?? 0) + 1;
    let probability = 1 / vocabulary;
    for (const { ours, theirs } of levels) {
      const total = (ours?.total ?? 0) + (theirs?.total ?? 0);
      if (total === 0) break;
      const types = Math.max(ours?.counts.size ?? 0, theirs?.counts.size ?? 0);
      const count =
        (ours?.counts.get(token) ?? 0) + (theirs?.counts.get(token) ?? 0);
      probability = (count + types * probability) / (total + types);
    }
    return probability;
  }
}

/** What follows one context, in the document and in the workspace. */
interface Level {
  ours: Successors | undefined;
  theirs: Successors | undefined;
}

function tokenise(text: string): string[] {
  return text.match(TOKEN) ?? [];
}

/** Counts of the tokens behind one context. */
class Successors {
  readonly counts = new Map<string, number>();
  total = 0;
  private frequent: string[] | undefined;

  add(token: string, weight: number): void {
    this.total += weight;
    this.counts.set(token, (this.counts.get(token) ?? 0) + weight);
    this.frequent = undefined;
  }

  mostFrequent(): string[] {
    this.frequent ??= [...this.counts]
      .sort((a, b) => b[1] - a[1])
      .slice(0, FREQUENT_TOKENS)
      .map(([token]) => token);
    return this.frequent;
  }
}

/** Counts of tokens behind contexts of up to four tokens. */
class NgramCounts {
  private readonly contexts = new Map<string, Successors>();
  private readonly byPrefix = new Map<string, Set<string>>();

  add(history: readonly string[], token: string, weight: number): void {
    for (let from = 0; from <= history.length; from++) {
      const key = history.slice(from).join(SEPARATOR);
      let successors = this.contexts.get(key);
      if (!successors) {
        this.contexts.set(key, (successors = new Successors()));
      }
      successors.add(token, weight);
    }
    for (let length = 1; length <= Math.min(3, token.length); length++) {
      const prefix = token.slice(0, length);
      let tokens = this.byPrefix.get(prefix);
      if (!tokens) this.byPrefix.set(prefix, (tokens = new Set()));
      tokens.add(token);
    }
  }

  behind(context: readonly string[]): Successors | undefined {
    return this.contexts.get(context.join(SEPARATOR));
  }

  /** Tokens that begin with `prefix`. */
  tokensWith(prefix: string): string[] {
    const tokens = this.byPrefix.get(prefix.slice(0, 3)) ?? [];
    return [...tokens].filter((token) => token.startsWith(prefix));
  }
}
