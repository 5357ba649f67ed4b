// Seeded random numbers for sampling; not for secrets.

/** Numbers from 0 up to 1 that repeat with the seed (mulberry32, a public-domain 32-bit generator). */
export function createRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
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
