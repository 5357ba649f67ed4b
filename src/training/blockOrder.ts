// The order in which an epoch takes its blocks: drawn from the seed and the epoch alone, so that a run can be taken up
// anywhere without replaying what came before.

import { mixBits, seededRandom, shuffledIndices } from "../common/random";

/** The numbers below `count` in the order of an epoch. */
export function orderOfEpoch(
  count: number,
  { seed, epoch }: { seed: number; epoch: number },
): Uint32Array {
  return shuffledIndices(count, seededRandom(mixBits(mixBits(seed) + epoch)));
}
