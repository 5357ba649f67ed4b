// Which tokens may come next when the first bytes of the text to come are already typed (token healing).
// Tokens lie sorted by their bytes, so those that begin alike lie side by side.

import type { Tokenizer } from "./tokenizer";

/** Tokens that agree with typed bytes. */
export interface PrefixMatches {
  /** Their bytes begin with all the typed ones. */
  covering: number[];
  /** Their bytes are a beginning of the typed ones, shorter: more tokens must follow. */
  partial: number[];
}

/** What the index needs of a tokenizer. */
export type TokenVocabulary = Pick<Tokenizer, "tokenBytes" | "vocabSize">;

/** Finds tokens by their first bytes in microseconds; sorting takes some 50 ms, at the first question. */
export class PrefixIndex {
  private sorted: { keys: string[]; tokenIds: number[] } | undefined;

  constructor(private readonly vocabulary: TokenVocabulary) {}

  /** Looks up typed bytes. Tokens without bytes, the special ones, never match. */
  lookup(prefixBytes: Uint8Array): PrefixMatches {
    const prefix = keyOf(prefixBytes);
    const partial: number[] = [];
    for (let length = 1; length < prefix.length; length++) {
      partial.push(...this.tokensEqualTo(prefix.slice(0, length)));
    }
    return { covering: this.tokensFrom(prefix), partial };
  }

  private tokensEqualTo(key: string): number[] {
    // Nothing lies between a string and the same with U+0000 behind it.
    return this.tokensBetween(key, `${key}\0`);
  }

  private tokensFrom(prefix: string): number[] {
    // U+FFFF is above every byte, so this is above every key that begins with the prefix.
    return this.tokensBetween(prefix, `${prefix}\uffff`);
  }

  private tokensBetween(from: string, to: string): number[] {
    this.sorted ??= sortByBytes(this.vocabulary);
    const { keys, tokenIds } = this.sorted;
    return tokenIds.slice(lowerBound(keys, from), lowerBound(keys, to));
  }
}

function sortByBytes(vocabulary: TokenVocabulary) {
  const entries: { key: string; tokenId: number }[] = [];
  for (let tokenId = 0; tokenId < vocabulary.vocabSize; tokenId++) {
    const key = keyOf(vocabulary.tokenBytes(tokenId));
    if (key !== "") entries.push({ key, tokenId });
  }
  entries.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
  return {
    keys: entries.map(({ key }) => key),
    tokenIds: entries.map(({ tokenId }) => tokenId),
  };
}

/** One character per byte: strings compare faster than arrays of bytes, in the same order. */
function keyOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("latin1");
}

/** Index of the first key that is not below `wanted`. */
function lowerBound(keys: string[], wanted: string): number {
  let low = 0;
  let high = keys.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((keys[middle] as string) < wanted) low = middle + 1;
    else high = middle;
  }
  return low;
}
