// The names by which tensors enter a graph and leave it. Those who build graphs and those who run them take them from
// here, so that a name that only one of them knows is an error of types.

/** Which tokens a run puts on a cache: inputs of every graph with one. */
export type SequenceInput = "tokenIds" | "lastPosition" | "totalLength";

/** How the decoding loop draws tokens, and of which it gives the probabilities (see decodeGraph.ts). */
export type DecodeInput =
  | "maxTokens"
  | "bias"
  | "stopFlags"
  | "minProbability"
  | "recentTokenIds"
  | "repetitionPenalty"
  | "inverseTemperature"
  | "topK"
  | "topP"
  | "noise"
  | "targetIds"
  | "targetRows";

/** What the decoding loop tells of the tokens that it drew; `logProbabilities` are those of all tokens in place of each. */
export type DecodeOutput =
  | "newTokenIds"
  | "probabilities"
  | "alternativeIds"
  | "alternativeProbabilities"
  | "targetLogProbabilities"
  | "logProbabilities";

/** What a scoring graph tells of given tokens. */
export type ScoringOutput = "logProbabilities" | "bestTokenIds";

/** A block of a training graph and whether gradients are wanted; parameters go by their own names. */
export type TrainingInput =
  | "tokenIds"
  | "targetIds"
  | "positions"
  | "documentIds"
  | "targetWeights"
  | "needsGradients";

/** The output that holds a block's summed loss. */
export const LOSS_NAME = "loss";

/** The output that holds the logits of a forward graph. */
export const LOGITS_NAME = "logits";

/** The output that holds the gradient of a parameter. */
export function gradientName(parameter: string): string {
  return `gradient:${parameter}`;
}

/** The output that holds how the inputs of a linear group go together. */
export function gramName(group: string): string {
  return `gram:${group}`;
}

/** What a cache holds before a run, or what a run adds to it; the decoding loop has its own two inside. */
export type CacheSide = "past" | "new" | "roundPast" | "roundPresent";

/** The two names of a layer. */
export function cacheNames(
  side: CacheSide,
  layer: number,
): { key: string; value: string } {
  return { key: `${side}Key${layer}`, value: `${side}Value${layer}` };
}

/** All names of a cache, layer by layer. */
export function allCacheNames(side: CacheSide, numLayers: number): string[] {
  return Array.from({ length: numLayers }, (_, layer) =>
    Object.values(cacheNames(side, layer)),
  ).flat();
}
