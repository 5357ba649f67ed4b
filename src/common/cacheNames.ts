// The names under which the keys and values of a layer enter a graph and leave it. Those who build graphs and those who
// run them take them from here.

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
