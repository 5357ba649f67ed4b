// Learns a byte-level BPE vocabulary from text (Sennrich 2016, on bytes as GPT-2 has it): the most frequent pair of
// neighbouring tokens becomes a token, again and again. Ties go to the pair with the smaller ids, which is what the
// `tokenizers` library does, so that both learn the same merges from the same text.
// Counts of pairs are kept up to date word by word: the cost is that of the words that a merge changes.

import { END_OF_TEXT } from "./patterns";
import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { alphabetOfBytes } from "./byteAlphabet";
import {
  buildTokenizerFiles,
  type TokenizerFiles,
} from "./buildTokenizerFiles";

/** The end token and the 256 bytes: a smaller vocabulary could not write every text. */
export const MIN_VOCAB_SIZE = 257;

/** GPT-2's split of text into words; white space is Unicode's, as in the tokenizer that is made of it. */
const WORD =
  /'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\p{White_Space}\p{L}\p{N}]+|\p{White_Space}+(?!\P{White_Space})|\p{White_Space}+/gu;

/** A learned vocabulary. */
export interface BpeVocabulary {
  /** By id, in the byte alphabet; id 0 is `END_OF_TEXT`. */
  tokens: string[];
  /** Pairs as `left right`, most important first. */
  merges: string[];
}

/** Learns at most `vocabSize` tokens; fewer when no pair is left that occurs `minFrequency` times. */
export function trainBpe(
  texts: Iterable<string>,
  { vocabSize, minFrequency = 2 }: { vocabSize: number; minFrequency?: number },
): BpeVocabulary {
  if (!Number.isInteger(vocabSize) || vocabSize < MIN_VOCAB_SIZE) {
    throw new RangeError(
      `Cannot train a tokenizer: vocabSize is ${vocabSize}, expected a whole number of at least ${MIN_VOCAB_SIZE}`,
    );
  }
  const alphabet = alphabetOfBytes();
  // In the order of their characters, as the library has them.
  const tokens = [END_OF_TEXT, ...[...alphabet].sort(byCodePoint)];
  const tokenIds = new Map(tokens.map((token, id) => [token, id]));
  const idOfByte = Uint32Array.from(alphabet, (char) => tokenIds.get(char)!);
  const words = countWords(texts, idOfByte);
  const pairs = new PairCounts(words);
  const merges: string[] = [];
  while (tokens.length < vocabSize) {
    const best = pairs.takeMostFrequent();
    if (!best || best.count < minFrequency) break;
    const merged = tokens[best.left]! + tokens[best.right]!;
    merges.push(`${tokens[best.left]} ${tokens[best.right]}`);
    // Two pairs may spell the same token: "a"+"bc" and "ab"+"c".
    let newId = tokenIds.get(merged);
    if (newId === undefined) {
      newId = tokens.length;
      tokens.push(merged);
      tokenIds.set(merged, newId);
    }
    pairs.merge(best, newId);
  }
  return { tokens, merges };
}

function byCodePoint(a: string, b: string): number {
  return a.codePointAt(0)! - b.codePointAt(0)!;
}

/** A word that occurs `count` times, as the ids of its tokens so far. */
interface Word {
  tokenIds: number[];
  count: number;
}

const UNPAIRED_SURROGATE = /[\uD800-\uDFFF]/gu;

function countWords(texts: Iterable<string>, idOfByte: Uint32Array): Word[] {
  const counts = new Map<string, number>();
  for (const text of texts) {
    const sound = text.replace(UNPAIRED_SURROGATE, "\uFFFD");
    for (const word of sound.match(WORD) ?? []) {
      counts.set(word, (counts.get(word) ?? 0) + 1);
    }
  }
  return Array.from(counts, ([word, count]) => ({
    tokenIds: Array.from(Buffer.from(word, "utf8"), (byte) => idOfByte[byte]!),
    count,
  }));
}

interface Pair {
  left: number;
  right: number;
  count: number;
}

/** Ids stay below this, so that a pair of them is one safe integer. */
const MAX_IDS = 2 ** 24;
const keyOf = (left: number, right: number) => left * MAX_IDS + right;

/** How often each pair of neighbours occurs, and in which words. */
class PairCounts {
  private readonly counts = new Map<number, number>();
  private readonly wordsOfPair = new Map<number, Set<number>>();
  /** May hold counts that are out of date; they are looked up anew when they come to the top. */
  private readonly heap = new PairHeap();

  constructor(private readonly words: readonly Word[]) {
    words.forEach(({ tokenIds, count }, index) => {
      for (let i = 0; i + 1 < tokenIds.length; i++) {
        this.add(keyOf(tokenIds[i]!, tokenIds[i + 1]!), { count, index });
      }
    });
    for (const [key, count] of this.counts) this.heap.push(key, count);
  }

  takeMostFrequent(): Pair | undefined {
    for (let top = this.heap.pop(); top; top = this.heap.pop()) {
      const count = this.counts.get(top.key) ?? 0;
      if (count === top.count) {
        const left = Math.floor(top.key / MAX_IDS);
        return { left, right: top.key % MAX_IDS, count };
      }
      // It has lost since; what has gained was pushed anew.
      if (count > 0 && count < top.count) this.heap.push(top.key, count);
    }
    return undefined;
  }

  /** Puts `newId` in place of a pair everywhere. */
  merge({ left, right }: Pair, newId: number): void {
    const key = keyOf(left, right);
    const gained = new Set<number>();
    for (const index of this.wordsOfPair.get(key) ?? []) {
      this.mergeInWord(index, { left, right, newId, gained });
    }
    this.counts.delete(key);
    this.wordsOfPair.delete(key);
    for (const each of gained) {
      const count = this.counts.get(each) ?? 0;
      if (count > 0) this.heap.push(each, count);
    }
  }

  private mergeInWord(
    index: number,
    {
      left,
      right,
      newId,
      gained,
    }: { left: number; right: number; newId: number; gained: Set<number> },
  ): void {
    const { tokenIds, count } = this.words[index]!;
    let written = 0;
    for (let read = 0; read < tokenIds.length; read++) {
      const isPair =
        tokenIds[read] === left &&
        read + 1 < tokenIds.length &&
        tokenIds[read + 1] === right;
      if (!isPair) {
        tokenIds[written++] = tokenIds[read]!;
        continue;
      }
      if (written > 0) {
        const before = tokenIds[written - 1]!;
        this.add(keyOf(before, left), { count: -count, index });
        this.add(keyOf(before, newId), { count, index });
        gained.add(keyOf(before, newId));
      }
      if (read + 2 < tokenIds.length) {
        const after = tokenIds[read + 2]!;
        this.add(keyOf(right, after), { count: -count, index });
        this.add(keyOf(newId, after), { count, index });
        gained.add(keyOf(newId, after));
      }
      tokenIds[written++] = newId;
      read++;
    }
    tokenIds.length = written;
  }

  private add(
    key: number,
    { count, index }: { count: number; index: number },
  ): void {
    this.counts.set(key, (this.counts.get(key) ?? 0) + count);
    if (count < 0) return;
    const words = this.wordsOfPair.get(key);
    if (words) words.add(index);
    else this.wordsOfPair.set(key, new Set([index]));
  }
}

/** A binary heap of pairs: the largest count first, the smaller ids where counts are equal. */
class PairHeap {
  private readonly entries: { key: number; count: number }[] = [];

  push(key: number, count: number): void {
    const { entries } = this;
    const entry = { key, count };
    let place = entries.length;
    entries.push(entry);
    while (place > 0) {
      const above = (place - 1) >> 1;
      if (!comesBefore(entry, entries[above]!)) break;
      entries[place] = entries[above]!;
      place = above;
    }
    entries[place] = entry;
  }

  pop(): { key: number; count: number } | undefined {
    const { entries } = this;
    const top = entries[0];
    const last = entries.pop();
    if (!last || entries.length === 0) return top;
    let place = 0;
    for (;;) {
      let below = 2 * place + 1;
      if (below >= entries.length) break;
      if (
        below + 1 < entries.length &&
        comesBefore(entries[below + 1]!, entries[below]!)
      ) {
        below++;
      }
      if (!comesBefore(entries[below]!, last)) break;
      entries[place] = entries[below]!;
      place = below;
    }
    entries[place] = last;
    return top;
  }
}

function comesBefore(
  a: { key: number; count: number },
  b: { key: number; count: number },
): boolean {
  return a.count === b.count ? a.key < b.key : a.count > b.count;
}

/** The files of a tokenizer with this vocabulary, as `loadTokenizer` and Hugging Face's `transformers` read them. */
export function buildBpeFiles({
  tokens,
  merges,
}: BpeVocabulary): TokenizerFiles {
  return buildTokenizerFiles({
    tokens,
    tokenTypes: tokens.map((_, id) => (id === 0 ? 3 : 1)),
    merges,
    preTokenizer: "gpt-2",
    bosTokenId: 0,
    eosTokenId: 0,
    unknownTokenId: 0,
    addBosToken: false,
  });
}

/** Writes a tokenizer's files into a model folder. */
export async function writeTokenizerFiles(
  folder: string,
  files: TokenizerFiles,
): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const [name, content] of Object.entries(files)) {
    await writeFile(
      path.join(folder, name),
      `${JSON.stringify(content, undefined, 2)}\n`,
    );
  }
}
