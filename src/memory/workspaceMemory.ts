// What the documents of a workspace have written, as counts: documents come, change and go, and each answer is true to
// those that are there. One large index is built seldom; what has changed since lies in two small ones, of documents
// that were added and of documents, in it, that are gone, whose counts are taken off. Nothing is written to a disk.
// Knows token ids and names; which files may be read, and when, is decided elsewhere.

import {
  INDEX_BYTES_PER_TOKEN,
  MAX_ORDER,
  SuffixIndex,
  type Continuations,
} from "./suffixIndex";

/** Bytes for each token that is held: its own array of ids, beside the index. */
export const BYTES_PER_TOKEN =
  INDEX_BYTES_PER_TOKEN + Uint32Array.BYTES_PER_ELEMENT;
/** The large index is built anew once the changes since are more than this part of it. */
const MAX_CHANGED = 1 / 8;
/** Changes below this are never worth it: an answer that finds them builds their index in some milliseconds. */
const MIN_CHANGED_TOKENS = 20_000;

/** A memory of documents, each an array of token ids under its name. */
export class WorkspaceMemory {
  private readonly documents = new Map<string, Uint32Array>();
  /** The documents that the large index holds, as they were when it was built. */
  private indexed = new Map<string, Uint32Array>();
  private large = SuffixIndex.build([]);
  private added: SuffixIndex | undefined;
  /** The names of the documents in `added`, in their order. */
  private addedNames: string[] = [];
  private gone: SuffixIndex | undefined;
  private numTokens = 0;
  /** Of one document, the one that is being written, made when it is left out of an answer. */
  private own: { tokens: Uint32Array; index: SuffixIndex } | undefined;

  constructor(private readonly budgetBytes: number) {}

  /** Estimated for all that is held once the index is built. */
  get sizeBytes(): number {
    return this.numTokens * BYTES_PER_TOKEN;
  }

  get numDocuments(): number {
    return this.documents.size;
  }

  has(name: string): boolean {
    return this.documents.has(name);
  }

  /** Holds a document from now on, in place of its earlier text; false, and it is not held, where there is no room. */
  set(name: string, tokenIds: Uint32Array): boolean {
    this.delete(name);
    const hasRoom =
      (this.numTokens + tokenIds.length) * BYTES_PER_TOKEN <= this.budgetBytes;
    if (!hasRoom) return false;
    this.documents.set(name, tokenIds);
    this.numTokens += tokenIds.length;
    this.added = this.gone = undefined;
    return true;
  }

  delete(name: string): void {
    const tokens = this.documents.get(name);
    if (!tokens) return;
    this.documents.delete(name);
    this.numTokens -= tokens.length;
    this.added = this.gone = undefined;
  }

  /** Holds the documents of an index, and no others; `names` are theirs in their order. The budget is the builder's. */
  replaceAll(names: readonly string[], index: SuffixIndex): void {
    this.clear();
    for (const [place, tokens] of index.documents().entries()) {
      this.documents.set(names[place]!, tokens);
      this.numTokens += tokens.length;
    }
    this.indexed = new Map(this.documents);
    this.large = index;
  }

  clear(): void {
    this.documents.clear();
    this.indexed.clear();
    this.large = SuffixIndex.build([]);
    this.added = this.gone = this.own = undefined;
    this.numTokens = 0;
  }

  /**
   * What follows the last 1, 2, … tokens of a context, shortest first, in all documents but the one named `except`: it is
   * being written, and what stands behind its cursor is no guess.
   */
  continuations(
    context: readonly number[],
    { except }: { except?: string | undefined } = {},
  ): Continuations[] {
    this.settle();
    const answers = [this.large, this.added].flatMap((index) =>
      index ? [index.continuations(context)] : [],
    );
    const own = except === undefined ? undefined : this.documents.get(except);
    const takenOff = [this.gone, own && this.indexOf(own)].flatMap((index) =>
      index ? [index.continuations(context)] : [],
    );
    return sumContinuations(answers, takenOff);
  }

  /** The name of a document where a token stands behind the longest ending of the context; undefined where none does. */
  findSource(
    context: readonly number[],
    tokenId: number,
    { except }: { except?: string | undefined } = {},
  ): { name: string; order: number } | undefined {
    this.settle();
    const largeNames = [...this.indexed.keys()];
    for (let order = MAX_ORDER; order >= 1; order--) {
      if (order > context.length) continue;
      const wanted = [...context.slice(-order), tokenId];
      for (const place of this.added?.documentsWith(wanted) ?? []) {
        const name = this.addedNames[place]!;
        if (name !== except) return { name, order };
      }
      for (const place of this.large.documentsWith(wanted)) {
        const name = largeNames[place]!;
        const isThere = this.documents.get(name) === this.indexed.get(name);
        if (isThere && name !== except) return { name, order };
      }
    }
    return undefined;
  }

  /** Builds what an answer needs; after many changes that takes longer, so that a host calls it between answers. */
  settle(): void {
    if (this.added && this.gone) return;
    const added = [...this.documents].filter(
      ([name, tokens]) => this.indexed.get(name) !== tokens,
    );
    const gone = [...this.indexed].filter(
      ([name, tokens]) => this.documents.get(name) !== tokens,
    );
    const numChanged = [...added, ...gone].reduce(
      (sum, [, tokens]) => sum + tokens.length,
      0,
    );
    if (
      numChanged > Math.max(MIN_CHANGED_TOKENS, this.numTokens * MAX_CHANGED)
    ) {
      this.indexed = new Map(this.documents);
      this.large = SuffixIndex.build([...this.documents.values()]);
      this.added = this.gone = SuffixIndex.build([]);
    } else {
      this.addedNames = added.map(([name]) => name);
      this.added = SuffixIndex.build(added.map(([, tokens]) => tokens));
      this.gone = SuffixIndex.build(gone.map(([, tokens]) => tokens));
    }
  }

  private indexOf(tokens: Uint32Array): SuffixIndex {
    if (this.own?.tokens !== tokens) {
      this.own = { tokens, index: SuffixIndex.build([tokens]) };
    }
    return this.own.index;
  }
}

/** Adds up the counts of several answers and takes those of others off, which are part of them. */
function sumContinuations(
  answers: readonly Continuations[][],
  takenOff: readonly Continuations[][],
): Continuations[] {
  const parts = [...answers, ...takenOff].filter((each) => each.length > 0);
  if (parts.length === 1 && takenOff.every((each) => each.length === 0)) {
    return parts[0]!;
  }
  const sums: Continuations[] = [];
  const add = (levels: readonly Continuations[], sign: 1 | -1) => {
    for (const { order, counts, total } of levels) {
      const sum = (sums[order - 1] ??= { order, counts: new Map(), total: 0 });
      sum.total += sign * total;
      for (const [token, count] of counts) {
        const left = (sum.counts.get(token) ?? 0) + sign * count;
        if (left === 0) sum.counts.delete(token);
        else sum.counts.set(token, left);
      }
    }
  };
  for (const levels of answers) add(levels, 1);
  for (const levels of takenOff) add(levels, -1);
  return sums.filter(({ total }) => total > 0);
}
