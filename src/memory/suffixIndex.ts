// Counts which tokens follow a context, of any length up to a limit, in texts that do not change: a suffix array over
// token ids. The unbounded n-gram of Liu et al. 2024 (infini-gram, arXiv:2401.17377) rests on the same structure.
// Knows token ids only; which texts are in it, and what is made of the counts, is its owner's.

/** Contexts longer than this are told apart no further. */
export const MAX_ORDER = 8;

/** Ends each document, so that no context and no continuation goes past it. */
const END = 0xffffffff;

/** How often each token followed a context of `order` tokens. */
export interface Continuations {
  order: number;
  /** Token id -> count, at least 1. */
  counts: Map<number, number>;
  /** The sum of the counts. */
  total: number;
}

/** Bytes that an index takes for each token that it holds. */
export const INDEX_BYTES_PER_TOKEN = 8;

/** An index as plain data, to be handed from one thread to another. */
export interface SuffixIndexParts {
  tokens: Uint32Array<ArrayBuffer>;
  order: Uint32Array<ArrayBuffer>;
}

/** An index of documents, as arrays of token ids; asking costs some microseconds for each different continuation. */
export class SuffixIndex {
  private ends: number[] | undefined;

  private constructor(
    /** All documents, each with END behind it: [N]. */
    private readonly tokens: Uint32Array<ArrayBuffer>,
    /** Places in `tokens`, in the order of what stands there, told apart by the first MAX_ORDER + 1 tokens: [N]. */
    private readonly order: Uint32Array<ArrayBuffer>,
  ) {}

  /** The index whose parts another thread has built; they stay the index's. */
  static of({ tokens, order }: SuffixIndexParts): SuffixIndex {
    return new SuffixIndex(tokens, order);
  }

  static build(documents: readonly Uint32Array[]): SuffixIndex {
    const length = documents.reduce((sum, each) => sum + each.length + 1, 0);
    const tokens = new Uint32Array(length);
    let end = 0;
    for (const document of documents) {
      tokens.set(document, end);
      end += document.length;
      tokens[end++] = END;
    }
    return new SuffixIndex(tokens, sortSuffixes(tokens));
  }

  get sizeBytes(): number {
    return this.tokens.byteLength + this.order.byteLength;
  }

  /** What `of` takes; not copied. */
  get parts(): SuffixIndexParts {
    return { tokens: this.tokens, order: this.order };
  }

  /** The documents that were built in, in their order; not copied. */
  documents(): Uint32Array[] {
    const documents: Uint32Array[] = [];
    let start = 0;
    for (let place = 0; place < this.tokens.length; place++) {
      if (this.tokens[place] !== END) continue;
      documents.push(this.tokens.subarray(start, place));
      start = place + 1;
    }
    return documents;
  }

  /** What follows the last 1, 2, … MAX_ORDER tokens of a context, as far as they stand there; shortest first. */
  continuations(context: readonly number[]): Continuations[] {
    const found: Continuations[] = [];
    for (let order = 1; order <= MAX_ORDER; order++) {
      if (order > context.length) break;
      const suffix = context.slice(-order);
      const start = this.firstNotBelow(suffix);
      const end = this.firstNotBelow(suffix, { isAbove: true, from: start });
      if (start === end) break;
      const continuations = this.countFrom(start, { end, order });
      if (continuations.total === 0) break;
      found.push(continuations);
    }
    return found;
  }

  /** Which documents, by their place in the building, hold these tokens one after the other; one for each time they do. */
  *documentsWith(tokenIds: readonly number[]): Generator<number> {
    const start = this.firstNotBelow(tokenIds);
    const end = this.firstNotBelow(tokenIds, { isAbove: true, from: start });
    for (let place = start; place < end; place++) {
      yield this.documentAt(this.order[place]!);
    }
  }

  /** How many documents have ended before a place: kept from the first question on. */
  private documentAt(place: number): number {
    this.ends ??= this.findEnds();
    let low = 0;
    let high = this.ends.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.ends[middle]! < place) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  private findEnds(): number[] {
    const ends: number[] = [];
    for (let place = 0; place < this.tokens.length; place++) {
      if (this.tokens[place] === END) ends.push(place);
    }
    return ends;
  }

  /** The first place in the order whose tokens are not below `wanted`, or are above it. */
  private firstNotBelow(
    wanted: readonly number[],
    { isAbove = false, from = 0 }: { isAbove?: boolean; from?: number } = {},
  ): number {
    let low = from;
    let high = this.order.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const difference = this.compare(this.order[middle]!, wanted);
      if (difference < 0 || (isAbove && difference === 0)) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Negative where the tokens at `place` are below `wanted`, 0 where they begin with it. */
  private compare(place: number, wanted: readonly number[]): number {
    for (let i = 0; i < wanted.length; i++) {
      // Behind the end of all documents, whose last token is END, nothing is compared.
      const difference = this.tokens[place + i]! - wanted[i]!;
      if (difference !== 0) return difference;
    }
    return 0;
  }

  /** Counts the tokens behind contexts that lie side by side; equal ones do too, so that each costs a few steps. */
  private countFrom(
    start: number,
    { end, order }: { end: number; order: number },
  ): Continuations {
    const counts = new Map<number, number>();
    let total = 0;
    for (let place = start; place < end;) {
      const token = this.tokens[this.order[place]! + order]!;
      if (token === END) break;
      const next = this.endOfRun(place, { end, order, token });
      counts.set(token, next - place);
      total += next - place;
      place = next;
    }
    return { order, counts, total };
  }

  /** Where another token than `token` stands behind the context: by doubled steps, then halved ones. */
  private endOfRun(
    place: number,
    { end, order, token }: { end: number; order: number; token: number },
  ): number {
    let low = place + 1;
    let high = end;
    for (let step = 1; place + step < end; step *= 2) {
      if (this.tokens[this.order[place + step]! + order] !== token) {
        high = place + step;
        break;
      }
      low = place + step + 1;
    }
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.tokens[this.order[middle]! + order] === token) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/**
 * Sorts all places by their next MAX_ORDER + 1 tokens, by counting, last token first. A pass for each of them is linear
 * in the tokens, where comparing them would look at every pair of neighbours many times.
 */
function sortSuffixes(tokens: Uint32Array): Uint32Array<ArrayBuffer> {
  const { length } = tokens;
  let largest = 0;
  for (let i = 0; i < length; i++) {
    const token = tokens[i]!;
    if (token !== END && token > largest) largest = token;
  }
  // END sorts last, and so does what lies behind everything.
  const last = largest + 1;
  const keys = new Uint32Array(length + MAX_ORDER + 1).fill(last);
  for (let i = 0; i < length; i++) {
    if (tokens[i] !== END) keys[i] = tokens[i]!;
  }
  /** Of the tokens that the pass at hand looks at: one depth less takes in a token in front and loses one behind. */
  const counts = new Uint32Array(last + 1);
  for (let i = 0; i < length; i++) counts[keys[i + MAX_ORDER + 1]!]!++;
  let order = Uint32Array.from({ length }, (_, place) => place);
  let sorted = new Uint32Array(length);
  const next = new Uint32Array(last + 1);
  for (let depth = MAX_ORDER; depth >= 0; depth--) {
    counts[keys[depth]!]!++;
    counts[keys[depth + length]!]!--;
    for (let key = 0, sum = 0; key <= last; key++) {
      next[key] = sum;
      sum += counts[key]!;
    }
    for (let i = 0; i < length; i++) {
      const place = order[i]!;
      sorted[next[keys[place + depth]!]!++] = place;
    }
    [order, sorted] = [sorted, order];
  }
  return order;
}
