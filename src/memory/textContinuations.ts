// Counts what followed a context earlier in the very text that it ends: the document that is being written. A look at
// each of its tokens takes microseconds for a prompt, so that there is nothing to keep or to keep true.

import { MAX_ORDER, type Continuations } from "./suffixIndex";

/** The continuations of the last 1, 2, … MAX_ORDER tokens of `tokenIds` within these; shortest first. */
export function continuationsWithin(
  tokenIds: readonly number[],
): Continuations[] {
  const found: Continuations[] = [];
  const end = tokenIds.length;
  for (let place = 1; place < end; place++) {
    for (let order = 1; order <= Math.min(MAX_ORDER, place); order++) {
      if (tokenIds[place - order] !== tokenIds[end - order]) break;
      const continuations = (found[order - 1] ??= {
        order,
        counts: new Map(),
        total: 0,
      });
      const { counts } = continuations;
      const tokenId = tokenIds[place]!;
      counts.set(tokenId, (counts.get(tokenId) ?? 0) + 1);
      continuations.total++;
    }
  }
  return found;
}
