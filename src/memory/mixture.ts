// The model's distribution mixed with what memory counted. Each memory hands its escape to the model, so that a mixture
// is the model's distribution times one number, plus probabilities of the few tokens that memory knows of.

import { blendOrders } from "./contextDistribution";
import fitted from "./gateWeights.json";
import { weigh, type GateInput, type GateWeights } from "./gate";
import type { Continuations } from "./suffixIndex";

/**
 * A token's probability is `modelShare` times that of the model, plus what stands in `additions` for it; `modelShare`
 * and all additions sum to 1. Where memory is empty it is the model's own: 1, and none.
 */
export interface Mixture {
  modelShare: number;
  additions: ReadonlyMap<number, number>;
}

/** What memory counted of one place: see `WorkspaceMemory.continuations` and `continuationsWithin`. */
export interface Recollection {
  workspace: readonly Continuations[];
  document: readonly Continuations[];
}

/** Mixes at one place; pure. */
export function mix(
  { workspace, document }: Recollection,
  {
    weights = fitted,
    ...opinions
  }: Pick<GateInput, "model" | "continuesWord"> & { weights?: GateWeights },
): Mixture {
  if (workspace.length === 0 && document.length === 0) {
    return { modelShare: 1, additions: new Map() };
  }
  return mixBlended(
    {
      workspace: blendOrders(workspace),
      document: blendOrders(document),
      ...opinions,
    },
    weights,
  );
}

function mixBlended(input: GateInput, weights: GateWeights): Mixture {
  const shares = weigh(input, weights);
  const { workspace, document } = input;
  const additions = new Map<number, number>();
  for (const [tokenId, probability] of workspace.probabilities) {
    additions.set(tokenId, shares.workspace * probability);
  }
  for (const [tokenId, probability] of document.probabilities) {
    additions.set(
      tokenId,
      (additions.get(tokenId) ?? 0) + shares.document * probability,
    );
  }
  return {
    modelShare:
      shares.model +
      shares.workspace * workspace.escape +
      shares.document * document.escape,
    additions,
  };
}
