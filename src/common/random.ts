// Seeded numbers and stable hashes of text, for choices that must come out the same again. Not for secrets.

/** Numbers from 0 up to 1 that repeat with the seed (mulberry32, a public-domain 32-bit generator). */
export function seededRandom(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** The numbers from 0 to `count - 1` in an order drawn at random (Fisher and Yates). */
export function shuffledIndices(
  count: number,
  random: () => number,
): Uint32Array {
  const indices = Uint32Array.from({ length: count }, (_, index) => index);
  for (let last = count - 1; last > 0; last--) {
    const drawn = Math.floor(random() * (last + 1));
    const kept = indices[last]!;
    indices[last] = indices[drawn]!;
    indices[drawn] = kept;
  }
  return indices;
}

/** `count` different elements in an order drawn at random; all of them when there are fewer. */
export function drawSample<T>(
  elements: readonly T[],
  { count, random }: { count: number; random: () => number },
): T[] {
  const rest = [...elements];
  const drawn: T[] = [];
  while (drawn.length < count && rest.length > 0) {
    const index = Math.floor(random() * rest.length);
    drawn.push(rest[index]!);
    rest[index] = rest.at(-1)!;
    rest.pop();
  }
  return drawn;
}

/** A 32-bit hash of a text that is the same in every run and on every machine (FNV-1a, then mixed). */
export function hashText(text: string, seed = 0): number {
  let hash = (0x811c9dc5 ^ seed) | 0;
  for (let i = 0; i < text.length; i++) {
    hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  }
  return mixBits(hash);
}

/** Spreads the bits of a number over all 32 (the finaliser of MurmurHash3, public domain). */
export function mixBits(bits: number): number {
  let mixed = bits | 0;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}
