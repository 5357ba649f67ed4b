// A small seeded source of random numbers, so that a seed gives the same text again.

/** Uniform numbers in [0, 1): the mulberry32 generator (public domain, Tommy Ettinger 2017), period 2^32. */
export function createRandom(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Fills an array with Gumbel noise: the largest of logit + noise falls on a token with its softmax probability. */
export function gumbelNoise(random: () => number, size: number): Float32Array {
  return Float32Array.from({ length: size }, () => {
    const uniform = Math.max(random(), Number.EPSILON);
    return -Math.log(-Math.log(uniform));
  });
}
