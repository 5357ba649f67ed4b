// Finds documents that are nearly the same, so that none of them is held out while another is learned from.
// A document is the set of its runs of five words; how much of two sets is common (Jaccard) is estimated from MinHash
// sketches (Broder 1997), and which pairs are worth a look from bands of them. One hash of each run serves all places of
// a sketch (Li 2012), and places that stay empty copy others (Shrivastava 2017): a megabyte takes a tenth of the second
// that 128 hashes of each run take.

import { UNSPACED_LETTERS } from "../text/scripts";
import { hashText, mixBits } from "../common/random";

const NUM_HASHES = 128;
const SHINGLE_WORDS = 5;
/** 32 bands of 4: a pair that shares 0.7 meets in one of them with 99.98%, one that shares 0.2 with 5%. */
const BAND_HASHES = 4;

/** Above this two documents belong together; the estimate's standard error there is 0.04. */
const NEAR_DUPLICATE_SIMILARITY = 0.7;

/**
 * Groups of one bucket that a document is compared with: what a thousand documents share, as the words of a template,
 * fills a bucket with documents that are not alike, and those that are meet in other ones too.
 */
const MAX_COMPARED = 16;

/** Above this the second one teaches nothing new. */
export const COPY_SIMILARITY = 0.95;

/** What is left of a document's words; two of them can be compared. */
export type Sketch = Uint32Array;

/** No run of words has come to this place of a sketch. */
const EMPTY = 0xffffffff;

/** Each run of five words, in lower case, falls to one of 128 places; the least hash of each place is kept. */
export function sketchText(text: string): Sketch {
  const least = new Uint32Array(NUM_HASHES).fill(EMPTY);
  forEachShingle(text, (shingle) => {
    const place = shingle % NUM_HASHES;
    const value = mixBits(shingle ^ 0x9e3779b9);
    if (value < least[place]!) least[place] = value;
  });
  return fillEmptyPlaces(least);
}

/** A place that is empty takes the value of another; which one depends on the place alone, so that copies agree. */
function fillEmptyPlaces(least: Uint32Array): Sketch {
  if (least.every((value) => value === EMPTY)) return least;
  return least.map((value, place) => {
    let found = value;
    for (let attempt = 1; found === EMPTY; attempt++) {
      found =
        least[mixBits(place * 0x10001 + attempt * 0x9e3779b1) % NUM_HASHES]!;
    }
    return found;
  });
}

/** Words, or single letters of scripts that write without spaces. */
const WORD = new RegExp(
  `[${UNSPACED_LETTERS}]|(?![${UNSPACED_LETTERS}])[\\p{L}\\p{M}\\p{N}_]+`,
  "gu",
);

function forEachShingle(text: string, use: (hash: number) => void): void {
  const words = (text.toLowerCase().match(WORD) ?? []).map((word) =>
    hashText(word),
  );
  const length = Math.min(SHINGLE_WORDS, words.length);
  for (let start = 0; start + length <= words.length && length > 0; start++) {
    let hash = 0;
    for (let i = start; i < start + length; i++) {
      hash = mixBits(Math.imul(hash, 31) ^ words[i]!);
    }
    use(hash);
  }
}

/** Estimates what share of two documents' runs of five words is common, 0 to 1. */
export function estimateSimilarity(a: Sketch, b: Sketch): number {
  let same = 0;
  for (let i = 0; i < NUM_HASHES; i++) if (a[i] === b[i]) same++;
  return same / NUM_HASHES;
}

/**
 * Puts documents that are alike, directly or over a third, into one group: gives each document the index of the first
 * document of its group.
 */
export function groupNearDuplicates(
  sketches: readonly Sketch[],
  minSimilarity = NEAR_DUPLICATE_SIMILARITY,
): number[] {
  const parents = sketches.map((_, index) => index);
  const rootOf = (index: number): number => {
    let root = index;
    while (parents[root] !== root) root = parents[root]!;
    parents[index] = root;
    return root;
  };
  for (let first = 0; first < NUM_HASHES; first += BAND_HASHES) {
    for (const bucket of bucketsOfBand(sketches, first)) {
      joinWithin(bucket);
    }
  }
  return sketches.map((_, index) => rootOf(index));

  function joinWithin(bucket: number[]): void {
    // One document of each group met so far is compared, so that a thousand copies are not a million pairs.
    const met: number[] = [];
    for (const index of bucket) {
      const like = met.find(
        (other) =>
          rootOf(other) === rootOf(index) ||
          estimateSimilarity(sketches[other]!, sketches[index]!) >=
            minSimilarity,
      );
      if (like === undefined) {
        met.push(index);
        if (met.length > MAX_COMPARED) met.shift();
        continue;
      }
      const [earlier, later] = [rootOf(like), rootOf(index)].sort(
        (a, b) => a - b,
      );
      parents[later!] = earlier!;
    }
  }
}

/** Documents whose hashes of one band are the same; those that are alone are left out. */
function bucketsOfBand(sketches: readonly Sketch[], first: number): number[][] {
  const buckets = new Map<string, number[]>();
  sketches.forEach((sketch, index) => {
    const key = sketch.subarray(first, first + BAND_HASHES).join(" ");
    const bucket = buckets.get(key);
    if (bucket) bucket.push(index);
    else buckets.set(key, [index]);
  });
  return [...buckets.values()].filter((bucket) => bucket.length > 1);
}
